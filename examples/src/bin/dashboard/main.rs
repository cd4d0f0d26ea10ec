//! A multi-tenant quality dashboard: suites, cases, executions and figures about them, over
//! HTTP and a real SQLite database whose statistics really cost something.
//!
//! ```text
//! cargo run --release -p examples --bin dashboard                  the tour: a table of calls, then the end
//! cargo run --release -p examples --bin dashboard -- --serve       serves until Ctrl-C
//! curl -i -H 'x-tenant: acme' http://127.0.0.1:3000/dashboard/stats
//! ```
//!
//! Without `REDIS_URL` the cache lives in this process. With it, several instances share
//! one cache and see each other's writes; they must then share the data, too:
//!
//! ```text
//! REDIS_URL=redis://127.0.0.1 cargo run --release -p examples --bin dashboard -- --serve 127.0.0.1:3001 --data quality.db
//! REDIS_URL=redis://127.0.0.1 cargo run --release -p examples --bin dashboard -- --serve 127.0.0.1:3002 --data quality.db
//! ```
//!
//! Where to read: `service/` has the cached functions and is the point of it all; `web.rs`
//! puts each request into its tenant; `database.rs` takes that tenant to the rows; the rest
//! makes the data (`generate.rs`) and shows what happens (`tour.rs`).

mod database;
mod generate;
mod model;
mod service;
mod tour;
mod web;

use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use database::Db;
use tempfile::TempDir;
use tokio::net::TcpListener;

const USAGE: &str = "\
usage: dashboard [--serve [ADDR]] [--data PATH]

  (nothing)       start on a free port, go through the tour, end
  --serve [ADDR]  serve until Ctrl-C (127.0.0.1:3000 unless told)
  --data PATH     keep the database there; without it, in a folder that is removed at the end

REDIS_URL and the other variables of the cache are read from the environment.";

#[derive(Default)]
struct Options {
    serve: Option<SocketAddr>,
    data: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> ExitCode {
    // The cache says at the start which store it uses, or why it has none.
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .without_time()
        .init();
    let options = match read_options(std::env::args().skip(1)) {
        Ok(Some(options)) => options,
        Ok(None) => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(mistake) => {
            eprintln!("{mistake}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match run(options).await {
        Ok(exit) => exit,
        Err(error) => {
            eprintln!("dashboard: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> Result<ExitCode, Box<dyn Error + Send + Sync>> {
    cache_runtime::init_from_env().await?;

    // Removed with everything in it when `run` returns, Ctrl-C included.
    let mut temporary = None::<TempDir>;
    let file = match options.data {
        Some(path) => path,
        None => temporary
            .insert(TempDir::with_prefix("dashboard-")?)
            .path()
            .join("quality.db"),
    };
    let is_new = tokio::task::spawn_blocking({
        let file = file.clone();
        move || generate::fill_if_new(&file)
    });
    if is_new.await??
        // The data is new, so whatever a shared cache remembers is of other data. A store that
        // is away gets to know it before it is trusted again; that is no reason not to serve.
        && let Err(error) = cache_runtime::current().clear_all().await
    {
        eprintln!("the cache will be cleared later: {error}");
    }

    let address = options
        .serve
        .unwrap_or(SocketAddr::from(([127, 0, 0, 1], 0)));
    let listener = TcpListener::bind(address).await?;
    let url = format!("http://{}", listener.local_addr()?);
    let service = axum::serve(listener, web::router(Db::new(&file)));

    if options.serve.is_some() {
        println!("serving {url}/dashboard/stats and more (Ctrl-C stops)");
        service.with_graceful_shutdown(stop_signal()).await?;
        return Ok(ExitCode::SUCCESS);
    }
    tokio::select! {
        served = service.into_future() => served.map(|()| ExitCode::FAILURE).map_err(Into::into),
        () = stop_signal() => Ok(ExitCode::FAILURE),
        toured = tour::tour(&url) => {
            Ok(if toured? { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
    }
}

/// `None`: the person asked for help.
fn read_options(arguments: impl Iterator<Item = String>) -> Result<Option<Options>, String> {
    let mut options = Options::default();
    let mut arguments = arguments.peekable();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--serve" => {
                let address = arguments.next_if(|next| !next.starts_with("--"));
                let address = address.as_deref().unwrap_or("127.0.0.1:3000");
                let parsed = address.parse().map_err(|_| {
                    format!("`{address}` is no address; one looks like 127.0.0.1:3000")
                })?;
                options.serve = Some(parsed);
            }
            "--data" => {
                let path = arguments.next().ok_or("`--data` needs a path")?;
                options.data = Some(path.into());
            }
            "--help" | "-h" => return Ok(None),
            other => return Err(format!("unknown argument `{other}`")),
        }
    }
    Ok(Some(options))
}

/// Ctrl-C, or what a process supervisor sends instead.
async fn stop_signal() {
    #[cfg(unix)]
    if let Ok(mut terminate) =
        tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
    {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        return;
    }
    // Without a way to be told, stopping is left to the operating system.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

//! Another process, such as `src/bin/worker`: told what to do in lines.

use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::within;

/// A worker process; killed when dropped.
#[derive(Debug)]
pub struct Worker {
    process: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

impl Worker {
    /// Starts the worker `program` (`env!("CARGO_BIN_EXE_worker")`) in a scenario, with only
    /// these variables of the library set.
    pub fn start(program: &str, scenario: &[&str], variables: &[(&str, &str)]) -> Worker {
        let mut command = Command::new(program);
        command.args(scenario).kill_on_drop(true);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        for (name, _) in std::env::vars_os() {
            let foreign = name.to_string_lossy();
            if foreign.starts_with("REDIS_") || foreign.starts_with("CACHE_") {
                command.env_remove(name);
            }
        }
        command.envs(variables.iter().copied());
        let mut process = command.spawn().expect("the worker starts");
        let input = process.stdin.take().expect("stdin is piped");
        let output = process.stdout.take().expect("stdout is piped");
        Worker {
            process,
            input,
            output: BufReader::new(output).lines(),
        }
    }

    /// Writes one line to the worker.
    pub async fn tell(&mut self, line: &str) {
        let line = format!("{line}\n");
        self.input
            .write_all(line.as_bytes())
            .await
            .expect("the worker listens");
    }

    /// Reads one line from the worker.
    pub async fn line(&mut self) -> String {
        within("a line from a worker", self.output.next_line())
            .await
            .expect("a line of text")
            .expect("the worker lives")
    }

    /// Tells a line and reads the reply.
    pub async fn ask(&mut self, line: &str) -> String {
        self.tell(line).await;
        self.line().await
    }

    /// SIGKILL, and waits until the process is gone.
    pub async fn kill(&mut self) {
        self.process.kill().await.expect("the worker is our child");
    }
}

/// In a worker: answers one line.
pub fn say(line: impl std::fmt::Display) {
    use std::io::Write;
    let mut output = std::io::stdout().lock();
    // A test that has ended no longer listens; then there is nothing left to do.
    if writeln!(output, "{line}")
        .and_then(|()| output.flush())
        .is_err()
    {
        std::process::exit(0);
    }
}

/// In a worker: the next line told; the process ends when the test does.
pub async fn told() -> String {
    let line = tokio::task::spawn_blocking(|| std::io::stdin().lines().next()).await;
    match line {
        Ok(Some(Ok(line))) => line,
        _ => std::process::exit(0),
    }
}

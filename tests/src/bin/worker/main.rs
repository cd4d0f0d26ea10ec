//! The other process of the multi-process tests. The first argument names the scenario; the
//! rest is told in lines on standard input, and answered in lines on standard output.

mod check;
mod environment;
mod global;
mod keys;
mod mutator;
mod serve;

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["check", which, truth, load] => check::run(which, truth, load).await,
        ["keys"] => keys::run().await,
        ["mutator", database] => mutator::run(database).await,
        ["serve"] => serve::run().await,
        ["environment"] => environment::run().await,
        ["never_initialised"] => global::never_initialised().await,
        ["initialised_twice"] => global::initialised_twice().await,
        other => panic!("no such scenario: {other:?}"),
    }
}

/// Answers one line.
fn say(line: impl std::fmt::Display) {
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

/// The next line told; the process ends when the test does.
async fn told() -> String {
    let line = tokio::task::spawn_blocking(|| std::io::stdin().lines().next()).await;
    match line {
        Ok(Some(Ok(line))) => line,
        _ => std::process::exit(0),
    }
}

/// A variable that the test sets.
fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("the test sets {name}"))
}

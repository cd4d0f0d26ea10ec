//! The other process of the multi-process tests. The first argument names the scenario; the
//! rest is told in lines on standard input, and answered in lines on standard output.

mod check;
mod environment;
mod global;
mod keys;
mod mutator;
mod serve;

use tests::worker::{say, told};

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

/// A variable that the test sets.
fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("the test sets {name}"))
}

//! What the tour prints of each call, and its memory of what went wrong.

use std::time::Duration;

use super::client::Answer;

#[derive(Debug, Default)]
pub(super) struct Report {
    broken: Vec<String>,
}

impl Report {
    /// One line: who asked what, where the answer came from, and how long it took.
    pub(super) fn call(&self, tenant: &str, call: &str, answer: &Answer) {
        let (status, time) = (answer.status.as_u16(), milliseconds(answer.time));
        println!(
            "  {tenant:<7} {call:<46} {status}  {:<4} {time:>10}",
            answer.outcome.to_string()
        );
    }

    /// Says nothing while `holds`; otherwise the tour will have failed. What breaks again
    /// and again is said once.
    pub(super) fn expect(&mut self, holds: bool, expectation: &str) {
        if !holds && !self.broken.iter().any(|known| known == expectation) {
            println!("  ^ BROKEN: {expectation}");
            self.broken.push(expectation.to_owned());
        }
    }

    /// Whether everything was as expected, said in the last line.
    pub(super) fn conclude(&self) -> bool {
        match self.broken.len() {
            0 => println!(
                "\nEverything was as expected.\n\
                 Next: the same with `-- --serve` stays and answers you; what is cached, and what\n\
                 clears it, is written in examples/src/bin/dashboard/service/."
            ),
            count => println!("\n{count} broken: {}", self.broken.join("; ")),
        }
        self.broken.is_empty()
    }
}

pub(super) fn milliseconds(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1000.0)
}

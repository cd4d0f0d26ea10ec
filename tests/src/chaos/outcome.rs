//! How a chaos run ended: the table, and what in it must not be.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::Fault;
use crate::checker::Report;
use crate::times::shown;

/// What was seen and how long the hits stayed away.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Of the plan.
    pub seed: u64,
    /// How long it went on.
    pub time: Duration,
    /// What all processes saw.
    pub report: Report,
    /// For each fault, how long after its end every process had hits again; `None` if that
    /// took longer than the hang limit.
    pub recoveries: BTreeMap<Fault, Vec<Option<Duration>>>,
    /// What happened and when.
    pub log: Vec<String>,
}

/// What questions may cost a call, by default.
const BUDGET: Duration = Duration::from_millis(50);

impl Outcome {
    /// What must not be: nothing, if the library keeps its promises.
    pub fn failures(&self, expected: &[Fault]) -> Vec<String> {
        let counts = self.report.faults();
        let counts = counts.iter().filter(|(_, count)| *count > 0);
        let mut failures: Vec<String> = counts.map(|(what, n)| format!("{n} {what}")).collect();
        for fault in expected {
            match self.recoveries.get(fault).map(Vec::as_slice) {
                None | Some([]) => failures.push(format!("never happened: {}", fault.name())),
                Some(times) if times.contains(&None) => {
                    failures.push(format!("no hits came back after: {}", fault.name()));
                }
                Some(_) => {}
            }
        }
        failures
    }

    /// Everything, for whoever looks for the cause of a failure.
    pub fn story(&self) -> String {
        let Outcome {
            seed, log, report, ..
        } = self;
        let (log, findings) = (log.join("\n"), report.findings.join("\n"));
        format!("{log}\n{self}\nseed {seed}\n{findings}")
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Report {
            reads,
            hits,
            runs,
            invalidations,
            settled,
            overhead,
            ..
        } = &self.report;
        let mut rows = vec![
            ("time", format!("{:.0} s", self.time.as_secs_f64())),
            ("seed", self.seed.to_string()),
            ("reads", reads.to_string()),
            ("hits", hits.to_string()),
            ("runs of the body", runs.to_string()),
            ("invalidations acknowledged", invalidations.to_string()),
            ("of them owed first", settled.to_string()),
        ];
        let faults = self.report.faults();
        rows.extend(faults.map(|(what, count)| (what, format!("**{count}**"))));
        rows.extend([
            ("overhead of a read: median", shown(overhead.at(0.5))),
            ("99th percentile", shown(overhead.at(0.99))),
            ("99.9th percentile", shown(overhead.at(0.999))),
            ("slowest", shown(overhead.slowest())),
            (
                "beyond the budget of 50 ms",
                overhead.over(BUDGET).to_string(),
            ),
            (
                "beyond a second",
                overhead.over(Duration::from_secs(1)).to_string(),
            ),
        ]);
        writeln!(f, "| what | seen |\n|---|---|")?;
        for (what, seen) in rows {
            writeln!(f, "| {what} | {seen} |")?;
        }
        writeln!(
            f,
            "\nOverhead is what a read took beside its own body. Waiting is in it: for the body of \
             another call, or for the lease that a killed process left (3 s).\n\n\
             | fault | times | all processes have hits again: median | longest |\n|---|---|---|---|"
        )?;
        for (fault, times) in &self.recoveries {
            let mut sorted: Vec<Duration> = times.iter().flatten().copied().collect();
            sorted.sort_unstable();
            let at = |n: usize| sorted.get(n).map_or("never".into(), |&time| shown(time));
            let (median, longest) = (at(sorted.len() / 2), at(sorted.len().saturating_sub(1)));
            let (name, times) = (fault.name(), times.len());
            writeln!(f, "| {name} | {times} | {median} | {longest} |")?;
        }
        Ok(())
    }
}

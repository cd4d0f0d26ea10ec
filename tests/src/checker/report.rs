//! What a run of the checker saw; processes add up what each of them saw.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Item, Seen};
use crate::times::Times;

/// Counts, and the first few findings in words.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Report {
    /// Reads that ended.
    pub reads: u64,
    /// Of those, answered from an entry.
    pub hits: u64,
    /// Runs of the body.
    pub runs: u64,
    /// Acknowledged invalidations.
    pub invalidations: u64,
    /// Invalidations that were not acknowledged at once: they were tried again, or stayed owed.
    pub owed: u64,
    /// Of those that stayed owed, how many were acknowledged in the end.
    pub settled: u64,
    /// Reads that returned less than was acknowledged before they started.
    pub stale: u64,
    /// Reads that returned a version that never existed.
    pub invented: u64,
    /// Reads that returned another item of the same tenant.
    pub wrong: u64,
    /// Reads that returned another tenant's item.
    pub crossed: u64,
    /// Calls that returned an error of the cache's.
    pub failed: u64,
    /// Calls that did not return within the hang limit.
    pub stuck: u64,
    /// What reads took beside their own body.
    pub overhead: Times,
    /// The first few of what must not be, from each process.
    pub findings: Vec<String>,
}

const FINDINGS: usize = 3;

impl Report {
    /// Judges one read. `floor` was acknowledged before it began, `ceiling` is committed now.
    pub(super) fn judge(
        &mut self,
        (item, floor, ceiling): (Item, u64, u64),
        read: Option<Result<Seen, String>>,
        overhead: Duration,
    ) {
        self.reads += 1;
        self.overhead.add(overhead);
        let fault = match &read {
            None => &mut self.stuck,
            Some(Err(_)) => &mut self.failed,
            Some(Ok(seen)) if seen.item.tenant != item.tenant => &mut self.crossed,
            Some(Ok(seen)) if seen.item != item => &mut self.wrong,
            Some(Ok(seen)) if seen.version < floor => &mut self.stale,
            Some(Ok(seen)) if seen.version > ceiling => &mut self.invented,
            Some(Ok(_)) => return,
        };
        *fault += 1;
        if self.findings.len() < FINDINGS {
            let at = crate::log::wall_clock();
            self.findings.push(format!(
                "{at}: {item:?} with {floor} acknowledged and {ceiling} committed was read in \
                 {overhead:?} as {read:?}"
            ));
        }
    }

    /// Adds what another process saw.
    pub fn add(&mut self, other: &Report) {
        self.reads += other.reads;
        self.hits += other.hits;
        self.runs += other.runs;
        self.invalidations += other.invalidations;
        self.owed += other.owed;
        self.settled += other.settled;
        self.stale += other.stale;
        self.invented += other.invented;
        self.wrong += other.wrong;
        self.crossed += other.crossed;
        self.failed += other.failed;
        self.stuck += other.stuck;
        self.overhead.merge(&other.overhead);
        self.findings.extend_from_slice(&other.findings);
    }

    /// Everything that must be zero.
    pub fn faults(&self) -> [(&'static str, u64); 6] {
        [
            ("stale reads", self.stale),
            ("invented versions", self.invented),
            ("wrong values", self.wrong),
            ("values of another tenant", self.crossed),
            ("failed calls", self.failed),
            ("stuck calls", self.stuck),
        ]
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Report {
            reads,
            hits,
            runs,
            invalidations,
            owed,
            ..
        } = self;
        write!(
            f,
            "{reads} reads, {hits} hits, {runs} runs, {invalidations} invalidations ({owed} not \
             at once)"
        )?;
        for (what, count) in self.faults() {
            write!(f, ", {count} {what}")?;
        }
        self.findings
            .iter()
            .try_for_each(|finding| write!(f, "\n{finding}"))
    }
}

//! What the dashboard talks about. The answers are what the cache keeps, so they can be
//! written down and read back (`Serialize`, `Deserialize`) and handed to several callers
//! at once (`Clone`); what stands in a key only needs `Serialize`.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Suite {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) owner: String,
}

/// A suite as a client sends it, to create one or to change one.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct SuiteDraft {
    pub(crate) name: String,
    pub(crate) owner: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Case {
    pub(crate) id: u64,
    pub(crate) suite: u64,
    pub(crate) name: String,
    pub(crate) kind: String,
}

/// One run of one case.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Execution {
    pub(crate) id: u64,
    pub(crate) suite: u64,
    pub(crate) case: u64,
    pub(crate) status: Status,
    pub(crate) duration_ms: u32,
    /// Seconds since 1970.
    pub(crate) started_at: u64,
}

/// An execution as a client reports it. The suite is not said: the case knows it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct ExecutionReport {
    pub(crate) case: u64,
    pub(crate) status: Status,
    pub(crate) duration_ms: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    Passed,
    Failed,
    Skipped,
}

/// Which executions to list. The whole struct is one argument of the cached function, so
/// every field of it is part of the key, those added later included.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct ExecutionFilter {
    pub(crate) suite: Option<u64>,
    pub(crate) status: Option<Status>,
}

#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Page {
    pub(crate) skip: u32,
    pub(crate) limit: u32,
}

/// The figures of a whole tenant.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Stats {
    pub(crate) suites: u64,
    pub(crate) cases: u64,
    pub(crate) executions: u64,
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) average_ms: f64,
    pub(crate) p95_ms: u32,
    pub(crate) flakiest: Vec<FlakyCase>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct FlakyCase {
    pub(crate) case: String,
    pub(crate) suite: String,
    pub(crate) executions: u64,
    pub(crate) failed: u64,
}

/// The figures of one suite.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct SuiteStats {
    pub(crate) suite: u64,
    pub(crate) executions: u64,
    pub(crate) failed: u64,
    pub(crate) average_ms: f64,
}

/// One day of the trend.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Day {
    pub(crate) day: String,
    pub(crate) executions: u64,
    pub(crate) failed: u64,
    pub(crate) average_ms: f64,
}

/// How many cases there are of one kind.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct KindCount {
    pub(crate) kind: String,
    pub(crate) cases: u64,
}

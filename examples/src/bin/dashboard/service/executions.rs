//! Executions: recorded all the time, so what is cached of them lives shortly.

use cache_runtime::{cached, invalidates, ttl};
use rusqlite::{OptionalExtension, Row, params};

use crate::database::{Db, ServiceError};
use crate::model::{Execution, ExecutionFilter, ExecutionReport, Page};

/// The columns of an [`Execution`], in the order [`execution`] reads them.
pub(crate) const COLUMNS: &str = "id, suite, case_id, status, duration_ms, started_at";

/// Whole structs as arguments: each combination of filter and page has a key of its own.
#[cached(ttl = ttl::SHORT, prefix = "executions", skip(db))]
pub(crate) async fn list_executions(
    db: &Db,
    filter: ExecutionFilter,
    page: Page,
) -> Result<Vec<Execution>, ServiceError> {
    db.read(move |db, tenant| {
        let mut executions = db.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM executions
             WHERE tenant = ?1 AND (?2 IS NULL OR suite = ?2) AND (?3 IS NULL OR status = ?3)
             ORDER BY started_at DESC, id DESC LIMIT ?4 OFFSET ?5"
        ))?;
        let rows = executions.query_map(
            params![tenant, filter.suite, filter.status, page.limit, page.skip],
            execution,
        )?;
        Ok(rows.collect::<Result<_, _>>()?)
    })
    .await
}

/// The event says what happened, not who has to know: `execution.recorded:7` reaches those
/// who listen to suite 7 and those who listen to every suite.
#[invalidates(list_executions(..), events = ["execution.recorded:{ok.suite}"])]
pub(crate) async fn record_execution(
    db: &Db,
    report: ExecutionReport,
) -> Result<Execution, ServiceError> {
    let ExecutionReport {
        case,
        status,
        duration_ms,
    } = report;
    db.write(move |db, tenant| {
        let suite: u64 = db
            .prepare_cached("SELECT suite FROM cases WHERE tenant = ?1 AND id = ?2")?
            .query_row(params![tenant, case], |row| row.get(0))
            .optional()?
            .ok_or(ServiceError::NotFound("case", case))?;
        let recorded = db
            .prepare_cached(&format!(
                "INSERT INTO executions (tenant, suite, case_id, status, duration_ms, started_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, unixepoch()) RETURNING {COLUMNS}"
            ))?
            .query_row(params![tenant, suite, case, status, duration_ms], execution)?;
        Ok(recorded)
    })
    .await
}

pub(crate) fn execution(row: &Row<'_>) -> rusqlite::Result<Execution> {
    Ok(Execution {
        id: row.get(0)?,
        suite: row.get(1)?,
        case: row.get(2)?,
        status: row.get(3)?,
        duration_ms: row.get(4)?,
        started_at: row.get(5)?,
    })
}

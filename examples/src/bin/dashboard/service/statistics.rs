//! The figures of the dashboard: each counts through many executions, and is therefore
//! worth keeping. They listen to events, so nobody who writes has to know of them.

use cache_runtime::{cached, ttl};
use rusqlite::{Connection, OptionalExtension, params};

use super::executions::{COLUMNS, execution};
use crate::database::{Db, ServiceError};
use crate::model::{Day, Execution, FlakyCase, KindCount, Stats, SuiteStats};

/// The figures of the tenant. They count executions and name suites, so both matter.
#[cached(
    ttl = ttl::SHORT,
    prefix = "dashboard",
    key = "stats",
    skip(db),
    invalidate_on = ["execution.recorded", "suite.changed"]
)]
pub(crate) async fn dashboard_stats(db: &Db) -> Result<Stats, ServiceError> {
    db.read(|db, tenant| {
        let mut stats = totals(db, tenant)?;
        stats.p95_ms = slowest_but(stats.executions / 20, db, tenant)?;
        stats.flakiest = flakiest_cases(db, tenant)?;
        Ok(stats)
    })
    .await
}

/// The figures of one suite. It listens to the executions of that suite alone.
#[cached(
    ttl = ttl::SHORT,
    prefix = "suite",
    skip(db),
    tags = ["suite:{suite}"],
    invalidate_on = "execution.recorded:{suite}"
)]
pub(crate) async fn suite_stats(db: &Db, suite: u64) -> Result<SuiteStats, ServiceError> {
    db.read(move |db, tenant| {
        Ok(db.query_row(
            "SELECT count(*), coalesce(sum(status = 'failed'), 0), coalesce(avg(duration_ms), 0.0)
             FROM executions WHERE tenant = ?1 AND suite = ?2",
            params![tenant, suite],
            |row| {
                let (executions, failed, average_ms) = (row.get(0)?, row.get(1)?, row.get(2)?);
                Ok(SuiteStats {
                    suite,
                    executions,
                    failed,
                    average_ms,
                })
            },
        )?)
    })
    .await
}

/// Day by day. No suite is named here, so a renamed suite leaves it alone.
#[cached(
    ttl = "5m",
    prefix = "dashboard",
    key = "trends:days:{days}",
    skip(db),
    invalidate_on = "execution.recorded"
)]
pub(crate) async fn dashboard_trends(db: &Db, days: u32) -> Result<Vec<Day>, ServiceError> {
    db.read(move |db, tenant| {
        let mut trend = db.prepare_cached(
            "SELECT date(started_at, 'unixepoch') AS day, count(*), sum(status = 'failed'),
                    avg(duration_ms)
             FROM executions
             WHERE tenant = ?1 AND started_at >= unixepoch('now', 'start of day') - 86400 * (?2 - 1)
             GROUP BY day ORDER BY day",
        )?;
        let rows = trend.query_map(params![tenant, days], |row| {
            Ok(Day {
                day: row.get(0)?,
                executions: row.get(1)?,
                failed: row.get(2)?,
                average_ms: row.get(3)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    })
    .await
}

/// The newest executions of all suites.
#[cached(
    ttl = ttl::SHORT,
    prefix = "dashboard",
    key = "recent:limit:{limit}",
    skip(db),
    invalidate_on = "execution.recorded"
)]
pub(crate) async fn recent_executions(db: &Db, limit: u32) -> Result<Vec<Execution>, ServiceError> {
    db.read(move |db, tenant| {
        let mut recent = db.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM executions WHERE tenant = ?1
             ORDER BY started_at DESC, id DESC LIMIT ?2"
        ))?;
        let rows = recent.query_map(params![tenant, limit], execution)?;
        Ok(rows.collect::<Result<_, _>>()?)
    })
    .await
}

/// How many cases there are of each kind. Only a deleted suite changes it, and
/// `delete_suite` clears all of `dashboard:*`; so it may live for an hour.
#[cached(ttl = ttl::LONG, prefix = "dashboard", key = "test_types_distribution", skip(db))]
pub(crate) async fn case_distribution(db: &Db) -> Result<Vec<KindCount>, ServiceError> {
    db.read(|db, tenant| {
        let mut kinds = db.prepare_cached(
            "SELECT kind, count(*) FROM cases WHERE tenant = ?1 GROUP BY kind ORDER BY kind",
        )?;
        let rows = kinds.query_map([tenant], |row| {
            Ok(KindCount {
                kind: row.get(0)?,
                cases: row.get(1)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    })
    .await
}

fn totals(db: &Connection, tenant: &str) -> rusqlite::Result<Stats> {
    let mut totals = db.prepare_cached(
        "SELECT (SELECT count(*) FROM suites WHERE tenant = ?1),
                (SELECT count(*) FROM cases WHERE tenant = ?1),
                count(*), coalesce(sum(status = 'passed'), 0),
                coalesce(sum(status = 'failed'), 0), coalesce(avg(duration_ms), 0.0)
         FROM executions WHERE tenant = ?1",
    )?;
    totals.query_row([tenant], |row| {
        Ok(Stats {
            suites: row.get(0)?,
            cases: row.get(1)?,
            executions: row.get(2)?,
            passed: row.get(3)?,
            failed: row.get(4)?,
            average_ms: row.get(5)?,
            p95_ms: 0,
            flakiest: Vec::new(),
        })
    })
}

/// How long an execution took that `slower` others outlasted.
fn slowest_but(slower: u64, db: &Connection, tenant: &str) -> rusqlite::Result<u32> {
    let mut durations = db.prepare_cached(
        "SELECT duration_ms FROM executions WHERE tenant = ?1
         ORDER BY duration_ms DESC LIMIT 1 OFFSET ?2",
    )?;
    let duration = durations.query_row(params![tenant, slower], |row| row.get(0));
    Ok(duration.optional()?.unwrap_or(0))
}

fn flakiest_cases(db: &Connection, tenant: &str) -> rusqlite::Result<Vec<FlakyCase>> {
    let mut cases = db.prepare_cached(
        "SELECT cases.name, suites.name, count(*) AS executed, sum(status = 'failed') AS failed
         FROM executions
         JOIN cases ON cases.id = executions.case_id
         JOIN suites ON suites.id = executions.suite
         WHERE executions.tenant = ?1
         GROUP BY executions.case_id ORDER BY 1.0 * failed / executed DESC, cases.id LIMIT 5",
    )?;
    let rows = cases.query_map([tenant], |row| {
        Ok(FlakyCase {
            case: row.get(0)?,
            suite: row.get(1)?,
            executions: row.get(2)?,
            failed: row.get(3)?,
        })
    })?;
    rows.collect()
}

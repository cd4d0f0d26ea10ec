//! Suites and their cases: seldom changed, often read.

use cache_runtime::{cached, invalidates, ttl};
use rusqlite::{OptionalExtension, Row, params};

use crate::database::{Db, ServiceError};
use crate::model::{Case, Page, Suite, SuiteDraft};

/// The default key: prefix, function, arguments. `db` says nothing about the answer.
#[cached(ttl = ttl::MEDIUM, prefix = "suite", skip(db))]
pub(crate) async fn get_suite(db: &Db, id: u64) -> Result<Suite, ServiceError> {
    db.read(move |db, tenant| {
        db.prepare_cached("SELECT id, name, owner FROM suites WHERE tenant = ?1 AND id = ?2")?
            .query_row(params![tenant, id], suite)
            .optional()?
            .ok_or(ServiceError::NotFound("suite", id))
    })
    .await
}

/// A key of one's own: each `:` makes a level that can be invalidated with all below it.
#[cached(ttl = ttl::MEDIUM, prefix = "suites", key = "list:skip:{page.skip}:limit:{page.limit}", skip(db))]
pub(crate) async fn list_suites(db: &Db, page: Page) -> Result<Vec<Suite>, ServiceError> {
    db.read(move |db, tenant| {
        let mut suites = db.prepare_cached(
            "SELECT id, name, owner FROM suites WHERE tenant = ?1 ORDER BY id LIMIT ?2 OFFSET ?3",
        )?;
        let rows = suites.query_map(params![tenant, page.limit, page.skip], suite)?;
        Ok(rows.collect::<Result<_, _>>()?)
    })
    .await
}

/// A tag names what the answer depends on, across functions: `suite_stats` bears it too.
#[cached(ttl = ttl::MEDIUM, prefix = "cases", key = "suite:{suite}", skip(db), tags = ["suite:{suite}"])]
pub(crate) async fn suite_cases(db: &Db, suite: u64) -> Result<Vec<Case>, ServiceError> {
    db.read(move |db, tenant| {
        let mut cases = db.prepare_cached(
            "SELECT id, suite, name, kind FROM cases WHERE tenant = ?1 AND suite = ?2 ORDER BY id",
        )?;
        let rows = cases.query_map(params![tenant, suite], |row| {
            Ok(Case {
                id: row.get(0)?,
                suite: row.get(1)?,
                name: row.get(2)?,
                kind: row.get(3)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    })
    .await
}

/// The number of the new suite is known only afterwards: `{ok.id}` is that of the result.
#[invalidates(list_suites(..), events = ["suite.changed:{ok.id}"])]
pub(crate) async fn create_suite(db: &Db, draft: SuiteDraft) -> Result<Suite, ServiceError> {
    let SuiteDraft { name, owner } = checked(draft)?;
    db.write(move |db, tenant| {
        let id = db
            .prepare_cached("INSERT INTO suites (tenant, name, owner) VALUES (?1, ?2, ?3)")?
            .insert(params![tenant, name, owner])?;
        Ok(Suite {
            id: id.unsigned_abs(),
            name,
            owner,
        })
    })
    .await
}

/// `get_suite(id)` is a call shape: were the function renamed or its arguments changed,
/// this line would no longer compile. Other suites, and the cases of this one, stay.
#[invalidates(get_suite(id), list_suites(..), events = ["suite.changed:{id}"])]
pub(crate) async fn update_suite(
    db: &Db,
    id: u64,
    draft: SuiteDraft,
) -> Result<Suite, ServiceError> {
    let SuiteDraft { name, owner } = checked(draft)?;
    db.write(move |db, tenant| {
        let changed = db
            .prepare_cached(
                "UPDATE suites SET name = ?3, owner = ?4 WHERE tenant = ?1 AND id = ?2",
            )?
            .execute(params![tenant, id, name, owner])?;
        found(changed, id)?;
        Ok(Suite { id, name, owner })
    })
    .await
}

/// A deleted suite takes its cases and executions along, so more is stale: whole branches,
/// and whatever bears the suite's tag.
#[invalidates(get_suite(id), list_suites(..), "executions:*", "dashboard:*", tags = ["suite:{id}"])]
pub(crate) async fn delete_suite(db: &Db, id: u64) -> Result<(), ServiceError> {
    db.write(move |db, tenant| {
        let deleted = db.execute(
            "DELETE FROM suites WHERE tenant = ?1 AND id = ?2",
            params![tenant, id],
        )?;
        found(deleted, id)?;
        db.execute(
            "DELETE FROM cases WHERE tenant = ?1 AND suite = ?2",
            params![tenant, id],
        )?;
        db.execute(
            "DELETE FROM executions WHERE tenant = ?1 AND suite = ?2",
            params![tenant, id],
        )?;
        Ok(())
    })
    .await
}

fn suite(row: &Row<'_>) -> rusqlite::Result<Suite> {
    Ok(Suite {
        id: row.get(0)?,
        name: row.get(1)?,
        owner: row.get(2)?,
    })
}

fn found(rows: usize, id: u64) -> Result<(), ServiceError> {
    if rows == 0 {
        Err(ServiceError::NotFound("suite", id))
    } else {
        Ok(())
    }
}

fn checked(draft: SuiteDraft) -> Result<SuiteDraft, ServiceError> {
    if draft.name.trim().is_empty() {
        return Err(ServiceError::Rejected("a suite needs a name"));
    }
    Ok(draft)
}

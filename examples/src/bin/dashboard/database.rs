//! The embedded database: one SQLite file and a few connections to it. Nothing here knows
//! of the cache, except that the tenant of a statement is the tenant of the cache key.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cache_runtime::{carry_blocking, current_tenant};
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::Semaphore;

use crate::model::Status;

/// How many statements run side by side; further ones wait their turn.
const CONNECTIONS: usize = 8;

/// What a service function can answer instead of its value. It is `Clone`, so one failed
/// run answers all callers that waited for it. An error is never cached.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum ServiceError {
    #[error("there is no {0} {1}")]
    NotFound(&'static str, u64),
    #[error("{0}")]
    Rejected(&'static str),
    #[error("the database failed: {0}")]
    Database(Arc<rusqlite::Error>),
    #[error("the statement was given up: {0}")]
    GivenUp(String),
}

impl From<rusqlite::Error> for ServiceError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(Arc::new(error))
    }
}

/// A handle to the database; clones share its connections.
#[derive(Clone, Debug)]
pub(crate) struct Db {
    pool: Arc<Pool>,
}

#[derive(Debug)]
struct Pool {
    file: PathBuf,
    idle: Mutex<Vec<Connection>>,
    turns: Arc<Semaphore>,
    reads: AtomicU64,
}

tokio::task_local! {
    /// How many reads the request in progress has sent to the database.
    static READS_OF_THIS_REQUEST: Cell<u64>;
}

/// Runs a request and says how many reads it sent to the database: none means that it was
/// answered from the cache, or by the run of somebody else that it waited for.
pub(crate) async fn counting_reads<F: Future>(request: F) -> (F::Output, u64) {
    READS_OF_THIS_REQUEST
        .scope(Cell::new(0), async {
            let output = request.await;
            (output, READS_OF_THIS_REQUEST.with(Cell::get))
        })
        .await
}

impl Db {
    pub(crate) fn new(file: &Path) -> Self {
        Self {
            pool: Arc::new(Pool {
                file: file.to_owned(),
                idle: Mutex::new(Vec::new()),
                turns: Arc::new(Semaphore::new(CONNECTIONS)),
                reads: AtomicU64::new(0),
            }),
        }
    }

    /// Asks the database. All statements of one question see the same snapshot.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Transaction<'_>, &str) -> Result<T, ServiceError> + Send + 'static,
    ) -> Result<T, ServiceError> {
        self.pool.reads.fetch_add(1, Ordering::Relaxed);
        // Outside a request nobody counts, and that is fine.
        let _ = READS_OF_THIS_REQUEST.try_with(|reads| reads.set(reads.get() + 1));
        self.run(TransactionBehavior::Deferred, question).await
    }

    /// Changes the database. What returned `Ok` is committed: an `#[invalidates]` around
    /// the caller therefore speaks after the commit, never before it.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        change: impl FnOnce(&Transaction<'_>, &str) -> Result<T, ServiceError> + Send + 'static,
    ) -> Result<T, ServiceError> {
        self.run(TransactionBehavior::Immediate, change).await
    }

    /// How many reads reached the database since the start.
    pub(crate) fn reads(&self) -> u64 {
        self.pool.reads.load(Ordering::Relaxed)
    }

    async fn run<T: Send + 'static>(
        &self,
        behavior: TransactionBehavior,
        work: impl FnOnce(&Transaction<'_>, &str) -> Result<T, ServiceError> + Send + 'static,
    ) -> Result<T, ServiceError> {
        let pool = Arc::clone(&self.pool);
        let turn = Arc::clone(&pool.turns)
            .acquire_owned()
            .await
            .map_err(given_up)?;
        // SQLite blocks, so it works on a thread of its own. The tenant belongs to the task,
        // not to that thread: `carry_blocking` takes it along. Rows and cache key get their
        // tenant from the same place, so they cannot disagree.
        let work = carry_blocking(move || {
            let tenant = current_tenant().ok_or(ServiceError::Rejected("no tenant was named"))?;
            let mut connection = pool.take()?;
            let answer = in_transaction(&mut connection, behavior, tenant.name(), work);
            pool.put_back(connection);
            drop(turn);
            answer
        });
        tokio::task::spawn_blocking(work).await.map_err(given_up)?
    }
}

impl Pool {
    fn take(&self) -> Result<Connection, ServiceError> {
        let idle = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        Ok(idle.map_or_else(|| connect(&self.file), Ok)?)
    }

    fn put_back(&self, connection: Connection) {
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(connection);
    }
}

/// An error leaves the transaction uncommitted, which rolls it back.
fn in_transaction<T>(
    connection: &mut Connection,
    behavior: TransactionBehavior,
    tenant: &str,
    work: impl FnOnce(&Transaction<'_>, &str) -> Result<T, ServiceError>,
) -> Result<T, ServiceError> {
    let transaction = connection.transaction_with_behavior(behavior)?;
    let answer = work(&transaction, tenant)?;
    transaction.commit()?;
    Ok(answer)
}

/// Opens one connection, ready to share the file with others.
pub(crate) fn connect(file: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(file)?;
    // Somebody else may be generating the data in this very moment.
    connection.busy_timeout(Duration::from_secs(60))?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "normal")?;
    Ok(connection)
}

fn given_up(error: impl std::fmt::Display) -> ServiceError {
    ServiceError::GivenUp(error.to_string())
}

impl Status {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

impl ToSql for Status {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.as_str().into())
    }
}

impl FromSql for Status {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value.as_str()? {
            "passed" => Ok(Self::Passed),
            "failed" => Ok(Self::Failed),
            "skipped" => Ok(Self::Skipped),
            _ => Err(FromSqlError::InvalidType),
        }
    }
}

//! What threads share and wait by: std's, or under `cfg(shuttle)` that of a scheduler which runs
//! them in many orders, one after another. Time stands still there: no timer ever fires.
//!
//! What never blocks and decides nothing by its order (counters, `Arc`) is std's throughout.

#[cfg(not(shuttle))]
pub(crate) use std::{
    sync::{Mutex, MutexGuard, atomic::AtomicU64},
    thread::{Thread, current, park},
};
#[cfg(not(shuttle))]
pub(crate) use tokio::{task::AbortHandle, time::sleep};

#[cfg(shuttle)]
pub(crate) use shuttle::{
    future::AbortHandle,
    sync::{Mutex, MutexGuard, atomic::AtomicU64},
    thread::{Thread, current, park},
};

#[cfg(shuttle)]
pub(crate) async fn sleep(_: std::time::Duration) {
    std::future::pending().await
}

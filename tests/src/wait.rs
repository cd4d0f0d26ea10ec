//! Waiting without asserting on time: only a generous limit past which something hangs.

use std::time::{Duration, Instant};

use tokio::sync::{Mutex, MutexGuard};

/// Past this, something hangs. Nothing finer is ever asserted.
pub const HANG: Duration = Duration::from_secs(60);

/// The result of `work`, or a panic that names what hung.
pub async fn within<T>(what: &str, work: impl Future<Output = T>) -> T {
    match tokio::time::timeout(HANG, work).await {
        Ok(result) => result,
        Err(_) => panic!("{what}: still waiting after {HANG:?}"),
    }
}

/// Asks again and again until `is_true` says so.
pub async fn eventually<F: Future<Output = bool>>(what: &str, mut is_true: impl FnMut() -> F) {
    let start = Instant::now();
    while !is_true().await {
        assert!(start.elapsed() < HANG, "{what}: still not after {HANG:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Held by tests that load the machine, so that those of one binary run one after another.
pub async fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::const_new(());
    ALONE.lock().await
}

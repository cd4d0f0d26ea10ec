//! What a recorder of the [`metrics`](https://docs.rs/metrics) facade is told about the store:
//! the names, and the only calls of the facade. Without the feature `metrics` nobody is told.
//!
//! The label `store` is the store without credentials: `redis at 127.0.0.1:6379`.

/// Gauge: 0 ready, 1 late (the circuit breaker is open), 2 away.
pub const STORE_STATE: &str = "cache_store_state";

/// Counter: how often a connection to the store was made.
pub const STORE_CONNECTS: &str = "cache_store_connects_total";

/// Gauge: scopes and entries that are stale and that the store has not heard of yet.
pub const INVALIDATIONS_OWED: &str = "cache_invalidations_owed";

pub(crate) fn store_state(store: &str, state: crate::StoreState) {
    gauge(STORE_STATE, store, f64::from(state as u8));
}

pub(crate) fn store_connected(store: &str) {
    #[cfg(feature = "metrics")]
    ::metrics::counter!(STORE_CONNECTS, "store" => store.to_owned()).increment(1);
    #[cfg(not(feature = "metrics"))]
    let _ = store;
}

pub(crate) fn invalidations_owed(store: &str, owed: usize) {
    gauge(
        INVALIDATIONS_OWED,
        store,
        u32::try_from(owed).unwrap_or(u32::MAX).into(),
    );
}

fn gauge(name: &'static str, store: &str, value: f64) {
    #[cfg(feature = "metrics")]
    ::metrics::gauge!(name, "store" => store.to_owned()).set(value);
    #[cfg(not(feature = "metrics"))]
    let _ = (name, store, value);
}

#![doc = include_str!("../../README.md")]
#![cfg_attr(
    not(feature = "redis"),
    allow(
        dead_code,
        reason = "what only a shared store needs is idle without one"
    )
)]

mod background;
mod blocking;
mod cache;
mod call;
mod clock;
mod codec;
mod config;
mod context;
mod entry;
mod error;
mod flight;
mod invalidation;
mod kept;
mod key;
mod kind;
mod left_over;
#[cfg(feature = "redis")]
pub mod metrics;
#[cfg(all(test, feature = "redis"))]
mod model;
#[cfg(all(test, shuttle))]
mod schedules;
mod scope;
mod stats;
mod store;
mod sync;
mod tenant;
pub mod ttl;

/// What must hold for any input.
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;

/// What the attributes' expansions name.
#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

pub use blocking::Blocking;
pub use cache::Cache;
pub use cache_macros::{cached, invalidates};
pub use clock::Clock;
pub use config::{Builder, Tenancy};
pub use context::{
    carry, carry_blocking, current, current_tenant, init, init_from_env, with_cache,
    with_cache_blocking, with_tenant, with_tenant_blocking,
};
pub use entry::WIRE_VERSION;
pub use error::Error;
pub use key::Key;
pub use kind::CacheValue;
#[doc(hidden)]
pub use left_over::LeftOver;
pub use stats::Stats;
#[cfg(feature = "redis")]
pub use store::redis::OnServerChange;
pub use store::{Health, StoreState};
pub use tenant::Tenant;
pub use ttl::Ttl;

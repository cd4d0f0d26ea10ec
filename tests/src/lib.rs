//! What the integration tests stand on: servers they start themselves, worker processes,
//! counting bodies, the consistency checker, and chaos.

mod body;
pub mod chaos;
pub mod checker;
mod cut;
pub mod keyed;
pub mod latency;
pub mod leaks;
mod liar;
mod log;
mod proxy;
mod redis_server;
pub mod report;
pub mod shared;
mod stage;
pub mod times;
pub mod value;
mod wait;
pub mod worker;

pub use body::{Counted, CountingBody};
pub use cut::{Cut, at_every_await};
pub use liar::Liar;
pub use log::Log;
pub use proxy::{Proxy, Weather};
pub use redis_server::RedisServer;
pub use stage::{Stage, patient, stages, stages_with};
pub use wait::{HANG, alone, eventually, within};
pub use worker::Worker;

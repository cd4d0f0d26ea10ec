//! What the integration tests stand on: servers they start themselves, worker processes,
//! counting bodies, and the consistency checker.

mod body;
pub mod checker;
mod cut;
pub mod keyed;
pub mod leaks;
mod liar;
mod log;
mod redis_server;
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
pub use redis_server::RedisServer;
pub use stage::{Stage, patient, stages, stages_with};
pub use wait::{HANG, alone, eventually, within};
pub use worker::Worker;

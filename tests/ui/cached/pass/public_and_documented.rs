#![deny(warnings)]

//! A crate that documents everything.

use cache_runtime::cached;

/// Something public.
#[derive(Debug)]
pub struct Service;

impl Service {
    /// A cached method.
    #[cached(skip(self))]
    pub async fn load(&self, id: u64) -> u64 {
        id
    }
}

/// A cached function.
#[cached]
pub async fn load(id: u64) -> u64 {
    id
}

fn main() {}

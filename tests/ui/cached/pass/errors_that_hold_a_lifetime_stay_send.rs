//! A future stays `Send` whatever its error is made of.

use std::borrow::Cow;
use std::error::Error;

use cache_runtime::{cached, invalidates};

#[cached]
async fn boxed(id: u64) -> Result<u64, Box<dyn Error + Send + Sync>> {
    Ok("1".parse::<u64>()? + id)
}

#[cached]
async fn borrowed(id: u64) -> Result<Option<u64>, Cow<'static, str>> {
    Ok(Some(id))
}

#[invalidates(boxed(id))]
async fn change(id: u64) -> Result<(), Box<dyn Error + Send + Sync>> {
    Ok(())
}

fn is_send<T: Send>(_: T) {}

fn main() {
    is_send(boxed(1));
    is_send(borrowed(1));
    is_send(change(1));
    is_send(boxed::refresh(1));
}

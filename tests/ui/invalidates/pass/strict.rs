//! `strict` on every form of function, with every form of error that the runtime's goes into.

use std::future::Future;
use std::pin::Pin;

use cache_runtime::{Error, cached, invalidates};

#[cached]
async fn get(id: u64) -> u64 {
    id
}

#[invalidates(get(id), strict)]
async fn the_error_itself(id: u64) -> Result<(), Error> {
    Ok(())
}

#[invalidates(get(ok), "suite:{ok}", strict, when = always)]
async fn any_error(id: u64) -> Result<u64, Box<dyn std::error::Error + Send + Sync>> {
    let id: u64 = id.to_string().parse()?;
    Ok(id)
}

type Done<T> = Result<T, Own>;

struct Own;

impl From<Error> for Own {
    fn from(_: Error) -> Self {
        Own
    }
}

#[invalidates("suite:*", strict)]
fn an_alias_in_sync(id: u64) -> Done<Option<u64>> {
    Ok(Some(id))
}

#[invalidates("suite:*", strict)]
fn boxed(id: u64) -> Pin<Box<dyn Future<Output = Done<u64>> + Send>> {
    Box::pin(async move { Ok(id) })
}

#[invalidates("suite:*", strict)]
async fn generic<E: From<Error>>(id: u64) -> Result<u64, E> {
    Ok(id)
}

struct Service;

#[async_trait::async_trait]
trait Mutator {
    async fn change(&self, id: u64) -> Done<u64>;
}

#[async_trait::async_trait]
impl Mutator for Service {
    #[invalidates("suite:{id}", strict)]
    async fn change(&self, id: u64) -> Done<u64> {
        Ok(id)
    }
}

fn is_send<T: Send>(_: T) {}

fn main() {
    is_send(the_error_itself(1));
    is_send(any_error(1));
    is_send(generic::<Error>(1));
    is_send(Service.change(1));
    is_send(boxed(1));
    let _ = an_alias_in_sync(1);
}

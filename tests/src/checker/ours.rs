//! The library under check.

use std::sync::Arc;

use cache_runtime::{Cache, Error, cached, invalidates, with_cache, with_tenant};

use super::{Change, Item, Load, Source, Subject};

/// Everything is read and written as one tenant, so that clearing it is one of the changes.
const TENANT: &str = "acme";

/// A cached function and all ways to invalidate it.
#[derive(Debug)]
pub struct Ours(pub Cache);

#[cached(
    ttl = "10m",
    prefix = "check",
    key = "item:{group}:{id}",
    skip(source),
    tags = ["group:{group}"],
    invalidate_on = "item.changed:{group},{id}"
)]
async fn version(source: Arc<Source>, group: u32, id: u32) -> u64 {
    source.load(Item { group, id }).await
}

/// The version was committed before; this is what a service does after its commit.
#[invalidates(version(group, id))]
async fn change(group: u32, id: u32) -> Result<(), Error> {
    Ok(())
}

impl Subject for Ours {
    async fn read(&self, source: &Arc<Source>, item: Item) -> u64 {
        let (source, Item { group, id }) = (Arc::clone(source), item);
        let call = async {
            // Now and then an entry is refreshed, which must not bring back anything old either.
            match fastrand::u8(..) {
                0..3 => version::refresh(source, group, id).await,
                _ => version(source, group, id).await,
            }
        };
        with_cache(self.0.clone(), with_tenant(TENANT, call)).await
    }

    async fn invalidate(&self, said: Change, _: &Load) -> bool {
        let cache = &self.0;
        let work = async {
            match said {
                Change::Exact(Item { group, id }) => {
                    cache.invalidate(&format!("check:item:{group}:{id}")).await
                }
                Change::CallShape(Item { group, id }) => version::invalidate(group, id).await,
                Change::Mutator(Item { group, id }) => {
                    let done = change(group, id).await;
                    cache.settled().await;
                    done
                }
                Change::Event(Item { group, id }) => {
                    cache.publish(&format!("item.changed:{group},{id}")).await
                }
                Change::Pattern(group) => cache.invalidate(&format!("check:item:{group}:*")).await,
                Change::Tag(group) => cache.invalidate_tag(&format!("group:{group}")).await,
                Change::Tenant => cache.clear_tenant(TENANT).await,
                Change::All => cache.clear_all().await,
            }
        };
        with_cache(cache.clone(), with_tenant(TENANT, work))
            .await
            .is_ok()
    }

    fn hits(&self) -> u64 {
        self.0.stats().hits
    }
}

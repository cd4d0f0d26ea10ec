//! The library under check.

use std::sync::Arc;

use cache_runtime::{Cache, Error, cached, invalidates, with_cache, with_tenant};

use super::{Change, Item, Load, Seen, Source, Subject};

/// A cached function and all ways to invalidate it.
#[derive(Debug)]
pub struct Ours(pub Cache);

#[cached(
    ttl = "10m",
    prefix = "check",
    key = "item:{group}:{id}",
    skip(source, place),
    tags = ["group:{group}"],
    invalidate_on = "item.changed:{group},{id}"
)]
async fn item(source: Arc<Source>, place: Item, group: u32, id: u32) -> Result<Seen, String> {
    debug_assert_eq!((group, id), (place.group, place.id));
    Ok(source.load(place).await)
}

/// The version was committed before; this is what a service does after its commit.
#[invalidates(item(group, id))]
async fn change(group: u32, id: u32) -> Result<(), Error> {
    Ok(())
}

impl Subject for Ours {
    async fn read(&self, source: &Arc<Source>, place: Item) -> Result<Seen, String> {
        let source = Arc::clone(source);
        let Item { tenant, group, id } = place;
        let call = async {
            // Now and then an entry is refreshed, which must not bring back anything old either.
            match fastrand::u8(..) {
                0..3 => item::refresh(source, place, group, id).await,
                _ => item(source, place, group, id).await,
            }
        };
        with_cache(self.0.clone(), with_tenant(name(tenant), call)).await
    }

    async fn invalidate(&self, said: Change, _: &Load) -> bool {
        let tenant = match said {
            Change::Exact(item)
            | Change::CallShape(item)
            | Change::Mutator(item)
            | Change::Event(item)
            | Change::Pattern(item)
            | Change::Tag(item)
            | Change::Tenant(item) => name(item.tenant),
            Change::All => name(0),
        };
        let work = with_tenant(tenant.clone(), say(&self.0, said, &tenant));
        with_cache(self.0.clone(), work).await.is_ok()
    }

    async fn settled(&self) -> bool {
        self.0.settled().await;
        true
    }

    fn hits(&self) -> u64 {
        self.0.stats().hits
    }
}

async fn say(cache: &Cache, said: Change, tenant: &str) -> Result<(), Error> {
    match said {
        Change::Exact(Item { group, id, .. }) => {
            cache.invalidate(&format!("check:item:{group}:{id}")).await
        }
        Change::CallShape(Item { group, id, .. }) => item::invalidate(group, id).await,
        Change::Mutator(Item { group, id, .. }) => {
            let done = change(group, id).await;
            cache.settled().await;
            done
        }
        Change::Event(Item { group, id, .. }) => {
            cache.publish(&format!("item.changed:{group},{id}")).await
        }
        Change::Pattern(Item { group, .. }) => {
            cache.invalidate(&format!("check:item:{group}:*")).await
        }
        Change::Tag(Item { group, .. }) => cache.invalidate_tag(&format!("group:{group}")).await,
        Change::Tenant(_) => cache.clear_tenant(tenant).await,
        Change::All => cache.clear_all().await,
    }
}

fn name(tenant: u32) -> String {
    format!("tenant-{tenant}")
}

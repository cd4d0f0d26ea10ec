//! What callers do: they read and they change things (`mutators.rs`), and they go away in the middle
//! of it.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, timeout};

use crate::cache::Cache;
use crate::call::{self, Directive, Typed};
use crate::codec::{Codec, ValueType};
use crate::entry::Fingerprint;
use crate::key::Key;
use crate::kind::{Fallible, Sharing};
use crate::scope::{Scope, dependencies};
use crate::store::Request;
use crate::tenant::Tenant;
use crate::ttl::Ttl;

use super::truth::{ITEMS, Value};
use super::world::{Node, World, on};
use super::{draw, note, one_in, pause};

/// No call takes longer, whatever happens: `max_wait`, and what questions and bodies may cost.
pub(super) const STUCK: Duration = Duration::from_secs(12);

impl World {
    /// All callers, until they are done or their node is killed.
    pub(super) async fn callers(self: &Rc<Self>) {
        let (done, mut all_done) = tokio::sync::mpsc::channel::<()>(1);
        for _ in 0..self.plan.callers {
            let (world, done) = (self.clone(), done.clone());
            let threads = &super::model().threads;
            let node = draw(0..=self.plan.nodes as u64 - 1) as usize;
            threads.start(threads.new_thread(Some(node)), async move {
                for _ in 0..world.plan.operations {
                    pause(world.plan.pause.clone()).await;
                    if one_in(world.plan.changes) {
                        world.change(node).await;
                    } else {
                        let item = draw(0..=world.plan.items as u64 - 1) as usize;
                        world
                            .clone()
                            .read_here(node, item, one_in(world.plan.refresh))
                            .await;
                    }
                }
                drop(done);
            });
        }
        drop(done);
        let limit = Duration::from_secs(600);
        assert!(
            timeout(limit, all_done.recv()).await.is_ok(),
            "a caller is stuck"
        );
    }

    /// Reads on a thread of its own.
    pub(super) async fn read(self: &Rc<Self>, node: usize, item: usize, refresh: bool) {
        on(node, self.clone().read_here(node, item, refresh)).await;
    }

    /// Starts to read on a thread of its own.
    pub(super) fn start_read(self: &Rc<Self>, node: usize, item: usize) -> u64 {
        let threads = &super::model().threads;
        let read = self.clone().read_here(node, item, false);
        threads.start(threads.new_thread(Some(node)), read).0
    }

    async fn read_here(self: Rc<Self>, node: usize, item: usize, refresh: bool) {
        let floor = self.truth.floor(node, item);
        let (start, failed) = (Instant::now(), Cell::new(false));
        let read = self.call(node, item, refresh, &failed);
        let result = if !self.quiet.get() && one_in(self.plan.drop_reads) {
            let dropped = timeout(Duration::from_millis(draw(0..=30)), read).await;
            match dropped {
                Ok(result) => result,
                Err(_) => return note(|| format!("a read of {item} is dropped")),
            }
        } else {
            timeout(STUCK, read).await.expect("a read is stuck")
        };
        note(|| {
            format!(
                "{item} is {result:?}, {floor} is needed, {:?}",
                start.elapsed()
            )
        });
        match result {
            Ok(value) => self.truth.check(item, floor, &value),
            Err(()) => assert!(failed.get(), "a call failed, and its body did not"),
        }
    }

    async fn call(
        &self,
        node: usize,
        item: usize,
        refresh: bool,
        failed: &Cell<bool>,
    ) -> Result<Value, ()> {
        let Node { cache, .. } = self.node(node);
        let directive = if refresh {
            Directive::Refresh
        } else {
            Directive::Cached
        };
        let asked = cache.0.ask(request(&cache, item), directive);
        let typed = Typed {
            kind: Fallible,
            sharing: Sharing::none(),
            codec: Codec::new(),
        };
        let takes = draw(self.plan.body.clone());
        let body = async {
            let value = self.truth.body(item, takes).await;
            failed.set(!self.quiet.get() && one_in(self.plan.fail));
            if failed.get() { Err(()) } else { Ok(value) }
        };
        call::run(&cache, asked, typed, |_| true, body).await
    }
}

fn request(cache: &Cache, item: usize) -> Arc<Request> {
    let key = Key::of(Tenant::none(), ITEMS[item].0).expect("a path");
    let value = ValueType::of::<Value>();
    let request = Request {
        scopes: scopes(&key, item),
        fingerprint: Fingerprint::by_hand(&key, (value.name)()),
        key,
        value,
        ttl: Ttl::Default,
        name: "an item",
        cache_none: false,
    };
    cache.0.usable(request).expect("a lifetime")
}

fn scopes(key: &Key, item: usize) -> Vec<Scope> {
    dependencies(key, &[ITEMS[item].1.to_owned()], &[])
}

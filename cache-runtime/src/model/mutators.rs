//! Every way to change something and to say so, and what nobody may miss from when on.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use tokio::time::{Instant, timeout};

use crate::__private::Owner;
use crate::context::with_cache;
use crate::error::Error;
use crate::invalidation::{After, Targets, mutate, mutate_strict, refused};
use crate::key::Part;
use crate::kind::Fallible;

use super::callers::STUCK;
use super::plan::{Reach, Way};
use super::truth::ITEMS;
use super::world::{Node, World};
use super::{draw, note, one_in, pause, pick};

impl World {
    /// Changes something and says so.
    pub(super) async fn change(self: &Rc<Self>, node: usize) {
        let item = draw(0..=self.plan.items as u64 - 1) as usize;
        let (way, reach) = (pick(self.plan.ways), pick(self.plan.reaches));
        note(|| format!("changes {item} {way:?}, {reach:?}"));
        match way {
            Way::ByHand => self.change_by_hand(node, item, reach).await,
            Way::Mutator => self.mutate(node, item, reach).await,
            Way::Strict => self.mutate_strictly(node, item, reach).await,
        }
    }

    pub(super) async fn change_by_hand(self: &Rc<Self>, node: usize, item: usize, reach: Reach) {
        let Node { cache, .. } = self.node(node);
        self.truth.commit(item);
        let before = self.truth.committed();
        let level = below(item);
        let answer = match reach {
            Reach::Entry => cache.invalidate(ITEMS[item].0).await,
            Reach::Below => cache.invalidate(&format!("{level}:*")).await,
            Reach::Tag => cache.invalidate_tag(ITEMS[item].1).await,
            Reach::Tenant => cache.invalidate("*").await,
        };
        note(|| format!("invalidated {item} {reach:?}: {}", answer.is_ok()));
        let items = reached(item, reach);
        self.truth.raise(Some(node), &items, before);
        match answer {
            Ok(()) => self.truth.raise(None, &items, before),
            Err(_) => self.when_settled(node, items, before),
        }
    }

    /// What is owed is acknowledged when it is settled.
    fn when_settled(self: &Rc<Self>, node: usize, items: Vec<usize>, before: [u64; ITEMS.len()]) {
        let world = self.clone();
        let Node { cache, .. } = self.node(node);
        let threads = &super::model().threads;
        threads.start(threads.new_thread(Some(node)), async move {
            cache.settled().await;
            note(|| format!("settled: {before:?} for {items:?}"));
            world.truth.raise(None, &items, before);
        });
    }

    async fn mutate(self: &Rc<Self>, node: usize, item: usize, reach: Reach) {
        let Node { cache, .. } = self.node(node);
        let committed = Cell::new(None);
        let fails = one_in(self.plan.fail);
        let body = async {
            pause(0..=10).await;
            if !fails {
                self.truth.commit(item);
                committed.set(Some(self.truth.committed()));
                pause(0..=10).await;
            }
            if fails { Err(()) } else { Ok(()) }
        };
        let mutator = with_cache(cache, async {
            let targets = targets(item, reach);
            mutate(targets, Fallible, After::Success, |(), _| {}, body).await
        });
        let returned = self.perhaps_dropped(mutator).await;
        if let Some(before) = committed.get() {
            let items = reached(item, reach);
            if returned {
                self.truth.raise(Some(node), &items, before);
            }
            self.when_settled(node, items, before);
        }
    }

    async fn mutate_strictly(self: &Rc<Self>, node: usize, item: usize, reach: Reach) {
        let Node { cache, .. } = self.node(node);
        let (start, forgot) = (Instant::now(), super::faults::forgotten());
        let items = reached(item, reach);
        let committed = Cell::new(None);
        let body = async {
            pause(0..=20).await;
            self.truth.commit(item);
            let before = self.truth.committed();
            committed.set(Some(before));
            // The mark stands, if nobody let it expire and the server did not forget it. Then
            // the commit itself is what nobody may miss.
            let lease = Duration::from_millis(self.plan.lease);
            if start.elapsed() < lease && forgot == super::faults::forgotten() {
                note(|| format!("committed {before:?} under a mark"));
                self.truth.raise(None, &items, before);
            }
            pause(0..=20).await;
            Ok::<(), Error>(())
        };
        let mutator = with_cache(cache, async {
            let targets = targets(item, reach);
            mutate_strict(targets, Fallible, After::Success, |(), _| {}, refused, body).await
        });
        self.perhaps_dropped(mutator).await;
        if let Some(before) = committed.get() {
            self.when_settled(node, items.clone(), before);
        }
    }

    /// Whether it came to its end.
    async fn perhaps_dropped<T>(&self, mutator: impl Future<Output = T>) -> bool {
        let limit = match one_in(self.plan.drop_changes) {
            true => Duration::from_millis(draw(0..=30)),
            false => STUCK,
        };
        let returned = timeout(limit, mutator).await.is_ok();
        assert!(returned || limit < STUCK, "a mutator is stuck");
        returned
    }
}

fn targets(item: usize, reach: Reach) -> Targets {
    let mut targets = Targets::new(Owner::Ambient);
    let path = match reach {
        Reach::Entry => ITEMS[item].0.to_owned(),
        Reach::Below => format!("{}:*", below(item)),
        Reach::Tenant => "*".to_owned(),
        Reach::Tag => {
            targets.tag(&[Part::Literal(ITEMS[item].1)]);
            return targets;
        }
    };
    targets.path(&[Part::Literal(&path)]);
    targets
}

/// The first level of an item's path.
fn below(item: usize) -> &'static str {
    ITEMS[item].0.split(':').next().unwrap_or_default()
}

/// What an invalidation reaches, in words of the model's own.
fn reached(item: usize, reach: Reach) -> Vec<usize> {
    let is_reached = |other: &usize| match reach {
        Reach::Entry => *other == item,
        Reach::Below => below(*other) == below(item),
        Reach::Tag => ITEMS[*other].1 == ITEMS[item].1,
        Reach::Tenant => true,
    };
    (0..ITEMS.len()).filter(is_reached).collect()
}

//! The nodes of one world, each with a cache of its own, and what must be true of them at the end.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::{Instant, timeout};

use crate::cache::Cache;
use crate::config::{Settings, Tenancy};
use crate::store::redis::{Options, Redis};
use crate::ttl::Ttl;

use super::network::Weather;
use super::plan::Plan;
use super::truth::Truth;
use super::{draw, model, note, pause, pick};

pub(super) struct World {
    pub(super) plan: Plan,
    nodes: RefCell<Vec<Node>>,
    pub(super) truth: Truth,
    /// Nothing is dropped any more, and nothing fails.
    pub(super) quiet: Cell<bool>,
}

#[derive(Clone)]
pub(super) struct Node {
    pub(super) cache: Cache,
    alive: Rc<Cell<bool>>,
}

/// Runs on a new thread of a node; `None` when the node is killed first.
pub(super) async fn on<T: 'static>(
    node: usize,
    work: impl Future<Output = T> + 'static,
) -> Option<T> {
    let (sender, receiver) = oneshot::channel();
    let threads = &model().threads;
    threads.start(threads.new_thread(Some(node)), async move {
        let _ = sender.send(work.await);
    });
    receiver.await.ok()
}

impl World {
    pub(super) async fn new(plan: Plan) -> Rc<Self> {
        let server = Default::default();
        model().network.server.borrow_mut().restart(server);
        *model().network.weather.borrow_mut() = plan.weather.clone();
        let world = Rc::new(World {
            plan,
            nodes: RefCell::default(),
            truth: Truth::default(),
            quiet: Cell::new(false),
        });
        for _ in 0..world.plan.nodes {
            world.add_node().await;
        }
        world
    }

    /// Another node, with a cache of its own.
    pub(super) async fn add_node(&self) {
        let node = self.nodes.borrow().len();
        let lease = Duration::from_millis(self.plan.lease);
        let options = Options {
            connections: draw(1..=2) as usize,
            lease,
            ..Options::default()
        };
        let settings = Settings {
            enabled: true,
            default_ttl: pick(&[Ttl::Never, Ttl::Of(Duration::from_secs(300))]),
            tenancy: Tenancy::Optional,
            budget: Duration::from_millis(50),
            max_wait: Duration::from_secs(5),
            lease,
        };
        let connected = on(node, Redis::connect("redis://server", options)).await;
        let store = Arc::new(connected.expect("nobody killed it").expect("an address"));
        let node = Node {
            cache: Cache::new(store, settings),
            alive: Rc::new(Cell::new(true)),
        };
        self.nodes.borrow_mut().push(node);
    }

    pub(super) fn node(&self, node: usize) -> Node {
        self.nodes.borrow()[node].clone()
    }

    pub(super) fn alive(&self) -> Vec<usize> {
        let nodes = self.nodes.borrow();
        (0..nodes.len())
            .filter(|node| nodes[*node].alive.get())
            .collect()
    }

    /// Everything this process would still have done is not done.
    pub(super) fn kill(&self, node: usize) {
        self.nodes.borrow()[node].alive.set(false);
        model().threads.kill(node);
        model().network.cut(Some(node));
    }

    /// When all is quiet again, everything is settled, everybody reads the truth, the cache
    /// caches, and nothing is left behind.
    pub(super) async fn end(self: &Rc<Self>) {
        *model().network.weather.borrow_mut() = Weather::default();
        self.quiet.set(true);
        model().network.close_dead();
        note(|| "all is quiet".into());
        pause(10..=10).await;
        for node in self.alive() {
            let Node { cache, .. } = self.node(node);
            let settled = timeout(Duration::from_secs(60), cache.settled()).await;
            assert!(
                settled.is_ok(),
                "node {node} owes for ever: {}",
                cache.health()
            );
            let start = Instant::now();
            while !cache.health().connected {
                assert!(
                    start.elapsed() < Duration::from_secs(60),
                    "node {node} never came back"
                );
                pause(50..=50).await;
            }
            assert_eq!(cache.health().owed, 0, "node {node} owes what is settled");
        }
        // Leases and marks of those who are gone.
        pause(self.plan.lease..=self.plan.lease + 500).await;
        for item in 0..self.plan.items {
            for (nth, node) in self.alive().into_iter().enumerate() {
                let runs = self.truth.runs();
                self.read(node, item, false).await;
                assert!(
                    nth == 0 || self.truth.runs() == runs,
                    "node {node} does not find what another stored"
                );
                // The fill that nobody waits for.
                pause(20..=20).await;
            }
        }
        pause(100..=100).await;
        let kept = |kind| model().network.server.borrow().keyspace.keys(kind).len();
        assert_eq!((kept('l'), kept('w')), (0, 0), "leases are left behind");
        for node in self.alive() {
            let left = self.node(node).cache.left_over();
            assert_eq!(
                (left.flights, left.listeners),
                (0, 0),
                "left on node {node}"
            );
        }
    }
}

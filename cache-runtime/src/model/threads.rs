//! The threads of all nodes, on one. A node has one background thread, on which work takes turns
//! in the order it was woken, and a thread for each of its callers. Which thread goes on next is
//! drawn, so every order that real threads could take is taken by some seed.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use tokio::sync::oneshot;
use tokio::task::{AbortHandle, unconstrained};

/// A world that takes more turns than this goes round in circles.
const MOST_TURNS: u64 = 5_000_000;

/// Where work runs. Without a node, it is the network's or the world's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Thread {
    pub(super) node: Option<usize>,
    number: u64,
}

impl Thread {
    pub(super) fn background(self) -> Self {
        Thread { number: 0, ..self }
    }
}

impl fmt::Display for Thread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.node, self.number) {
            (None, _) => f.write_str("world"),
            (Some(node), 0) => write!(f, "node {node}"),
            (Some(node), number) => write!(f, "node {node}, caller {number}"),
        }
    }
}

#[derive(Default)]
pub(super) struct Threads {
    tasks: RefCell<BTreeMap<u64, Task>>,
    ready: Arc<Mutex<Ready>>,
    current: Cell<Thread>,
    born: Cell<u64>,
    /// Nodes whose process is gone.
    gone: RefCell<BTreeSet<usize>>,
    closed: Cell<bool>,
}

struct Task {
    thread: Thread,
    /// Away while it takes its turn.
    work: Option<Work>,
    waker: Waker,
    _ended: oneshot::Sender<()>,
}

type Work = Pin<Box<dyn Future<Output = ()>>>;

/// What can go on, by when it was woken. What is woken in one turn counts as woken at once:
/// channels wake those who wait for the same thing in no particular order.
#[derive(Default)]
struct Ready {
    turn: u64,
    tasks: BTreeSet<(u64, u64)>,
    listed: BTreeSet<u64>,
    world: Option<Waker>,
}

struct Wakes(u64, Arc<Mutex<Ready>>);

fn lock(ready: &Mutex<Ready>) -> MutexGuard<'_, Ready> {
    ready.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        let mut ready = lock(&self.1);
        if ready.listed.insert(self.0) {
            let turn = ready.turn;
            ready.tasks.insert((turn, self.0));
        }
        if let Some(world) = ready.world.clone() {
            drop(ready);
            world.wake();
        }
    }
}

impl Threads {
    pub(super) fn current(&self) -> Thread {
        self.current.get()
    }

    /// A new thread of a node, or of the world.
    pub(super) fn new_thread(&self, node: Option<usize>) -> Thread {
        let number = self.number();
        Thread { node, number }
    }

    fn number(&self) -> u64 {
        self.born.set(self.born.get() + 1);
        self.born.get()
    }

    /// The handle is tokio's own, of a task that ends with the work and takes it along.
    pub(super) fn start(
        &self,
        thread: Thread,
        work: impl Future<Output = ()> + 'static,
    ) -> (u64, AbortHandle) {
        let id = self.number();
        let (ended, end) = oneshot::channel();
        let waker = Waker::from(Arc::new(Wakes(id, self.ready.clone())));
        let gone = |node| self.gone.borrow().contains(&node);
        if !self.closed.get() && !thread.node.is_some_and(gone) {
            let task = Task {
                thread,
                work: Some(Box::pin(unconstrained(work))),
                waker: waker.clone(),
                _ended: ended,
            };
            self.tasks.borrow_mut().insert(id, task);
            waker.wake();
        }
        let stop = Stop(id);
        let stands_for = tokio::spawn(async move {
            let _stop = stop;
            let _ = end.await;
        });
        (id, stands_for.abort_handle())
    }

    /// Until this piece of work is done, or stopped.
    pub(super) async fn wait(&self, id: u64) {
        while self.tasks.borrow().contains_key(&id) {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
    }

    /// Ends one piece of work where it is.
    pub(super) fn stop(&self, id: u64) {
        let task = self.tasks.borrow_mut().remove(&id);
        if let Some(task) = task {
            let before = self.current.replace(task.thread);
            drop(task);
            self.current.set(before);
        }
    }

    /// The process of a node is killed: nothing it would do at the end is done.
    pub(super) fn kill(&self, node: usize) {
        self.gone.borrow_mut().insert(node);
        let tasks = self.tasks.borrow();
        let of_node = tasks
            .iter()
            .filter(|(_, task)| task.thread.node == Some(node));
        let ids: Vec<u64> = of_node.map(|(id, _)| *id).collect();
        drop(tasks);
        for id in ids {
            self.stop(id);
        }
    }

    pub(super) fn close(&self) {
        self.closed.set(true);
        drop(self.tasks.take());
    }

    /// Lets everything go on until `world` is done.
    pub(super) async fn run(&self, world: impl Future<Output = ()> + 'static) {
        let (world, _) = self.start(Thread::default(), world);
        poll_fn(|context| {
            lock(&self.ready).world = Some(context.waker().clone());
            while self.tasks.borrow().contains_key(&world) {
                match self.next() {
                    Some(id) => self.turn(id),
                    None => return Poll::Pending,
                }
            }
            Poll::Ready(())
        })
        .await;
    }

    /// Draws a thread, and takes what was woken first on it.
    fn next(&self) -> Option<u64> {
        let mut ready = lock(&self.ready);
        ready.turn += 1;
        assert!(ready.turn < MOST_TURNS, "the world goes round in circles");
        let tasks = self.tasks.borrow();
        let mut first: BTreeMap<Thread, (u64, u64)> = BTreeMap::new();
        for place in &ready.tasks {
            if let Some(task) = tasks.get(&place.1) {
                first.entry(task.thread).or_insert(*place);
            }
        }
        if first.is_empty() {
            return None;
        }
        let drawn = match first.len() {
            1 => 0,
            many => super::draw(0..=many as u64 - 1) as usize,
        };
        let place = first.into_values().nth(drawn)?;
        ready.tasks.remove(&place);
        ready.listed.remove(&place.1);
        Some(place.1)
    }

    fn turn(&self, id: u64) {
        let taken = self.tasks.borrow_mut().get_mut(&id).and_then(|task| {
            let work = task.work.take()?;
            Some((work, task.waker.clone(), task.thread))
        });
        let Some((mut work, waker, thread)) = taken else {
            return;
        };
        self.current.set(thread);
        let done = work.as_mut().poll(&mut Context::from_waker(&waker));
        if done.is_pending()
            && let Some(task) = self.tasks.borrow_mut().get_mut(&id)
        {
            task.work = Some(work);
            return;
        }
        drop(work);
        self.stop(id);
    }
}

struct Stop(u64);

impl Drop for Stop {
    fn drop(&mut self) {
        if super::is_on() {
            super::model().threads.stop(self.0);
        }
    }
}

//! Connections whose bytes take their time. A connection keeps its order; between connections
//! there is none. It may be cut before a command is executed or after it (the reply is lost),
//! it may go dead (everything is swallowed), and a node may be cut off for a while: then nothing
//! is lost, and all of it comes late.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, ConnectionInfo, RedisError, RedisResult};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, ReadHalf, WriteHalf, duplex, split};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::watch;

use super::server::Server;
use super::threads::Thread;
use super::{draw, model, note, one_in, pause, wire};

#[derive(Default)]
pub(super) struct Network {
    pub(super) server: RefCell<Server>,
    pub(super) weather: RefCell<Weather>,
    /// Whether a node is cut off.
    cut_off: RefCell<BTreeMap<usize, watch::Sender<bool>>>,
    lines: RefCell<BTreeMap<u64, Line>>,
    born: Cell<u64>,
}

/// One connection, as the network sees it.
struct Line {
    node: Option<usize>,
    /// Both directions.
    pumps: [u64; 2],
    dead: bool,
}

/// How the network behaves. Times are in milliseconds; one command in so many, 0 for none.
#[derive(Clone)]
pub(super) struct Weather {
    pub(super) delay: RangeInclusive<u64>,
    /// What is much slower.
    pub(super) slow: u64,
    pub(super) slow_delay: RangeInclusive<u64>,
    /// Commands of this name are slow on their way, half of the time.
    pub(super) aim: &'static [&'static str],
    pub(super) cut: u64,
}

impl Default for Weather {
    fn default() -> Self {
        Weather {
            delay: 0..=3,
            slow: 0,
            slow_delay: 5..=40,
            aim: &[],
            cut: 0,
        }
    }
}

/// A connection to the server from the node that asks.
pub(crate) async fn dial(
    info: &ConnectionInfo,
    config: AsyncConnectionConfig,
) -> RedisResult<MultiplexedConnection> {
    let thread = model().threads.current();
    pause(1..=3).await;
    reachable(thread.node).await;
    if model().network.server.borrow().down {
        return Err(RedisError::from(std::io::Error::from(
            std::io::ErrorKind::ConnectionRefused,
        )));
    }
    let (ours, theirs) = duplex(1 << 16);
    model().network.open(thread, theirs);
    let (connection, driver) =
        MultiplexedConnection::new_with_config(info.redis_settings(), ours, config).await?;
    model().threads.start(thread, driver);
    Ok(connection)
}

async fn reachable(node: Option<usize>) {
    let mut cut_off = {
        let model = model();
        let mut cut_off = model.network.cut_off.borrow_mut();
        cut_off
            .entry(node.unwrap_or(usize::MAX))
            .or_default()
            .subscribe()
    };
    let _ = cut_off.wait_for(|cut_off| !cut_off).await;
}

impl Network {
    /// From now on, nothing gets through to or from a node, or all that was held does.
    pub(super) fn cut_off(&self, node: usize, whether: bool) {
        self.cut_off
            .borrow_mut()
            .entry(node)
            .or_default()
            .send_replace(whether);
    }

    /// Cuts the connections of a node, or of all.
    pub(super) fn cut(&self, node: Option<usize>) {
        self.of(node).into_iter().for_each(|line| self.close(line));
    }

    /// The connections of a node stay, and nothing comes through them any more.
    pub(super) fn deaden(&self, node: usize) {
        for line in self.of(Some(node)) {
            if let Some(line) = self.lines.borrow_mut().get_mut(&line) {
                line.dead = true;
            }
        }
    }

    /// What is dead is seen to be.
    pub(super) fn close_dead(&self) {
        let dead = self.of(None).into_iter().filter(|line| self.dead(*line));
        dead.for_each(|line| self.close(line));
    }

    fn of(&self, node: Option<usize>) -> Vec<u64> {
        let lines = self.lines.borrow();
        let meant = lines
            .iter()
            .filter(|(_, line)| node.is_none() || line.node == node);
        meant.map(|(number, _)| *number).collect()
    }

    fn close(&self, line: u64) {
        let gone = self.lines.borrow_mut().remove(&line);
        self.server.borrow_mut().disconnect(line);
        for pump in gone.into_iter().flat_map(|line| line.pumps) {
            model().threads.stop(pump);
        }
    }

    fn dead(&self, line: u64) -> bool {
        self.lines.borrow().get(&line).is_none_or(|line| line.dead)
    }

    fn open(&self, thread: Thread, end: DuplexStream) {
        self.born.set(self.born.get() + 1);
        let number = self.born.get();
        let (commands, answers) = split(end);
        let (replies, queue) = unbounded_channel();
        self.server.borrow_mut().connect(number, replies.clone());
        let threads = &model().threads;
        let start = |pump| threads.start(threads.new_thread(None), pump).0;
        let up: std::pin::Pin<Box<dyn Future<Output = ()>>> =
            Box::pin(up(number, thread.node, commands, replies));
        let down = Box::pin(down(number, thread.node, answers, queue));
        let line = Line {
            node: thread.node,
            pumps: [start(up), start(down)],
            dead: false,
        };
        self.lines.borrow_mut().insert(number, line);
    }

    fn delay(&self, command: &str) -> RangeInclusive<u64> {
        let weather = self.weather.borrow();
        let aimed_at = weather.aim.contains(&command) && one_in(2);
        if aimed_at || one_in(weather.slow) {
            weather.slow_delay.clone()
        } else {
            weather.delay.clone()
        }
    }
}

/// Takes commands to the server and executes them there.
async fn up(
    line: u64,
    node: Option<usize>,
    mut commands: ReadHalf<DuplexStream>,
    replies: UnboundedSender<Vec<u8>>,
) {
    let network = || model();
    let mut arrived = Vec::new();
    loop {
        while let Some(command) = wire::take_command(&mut arrived) {
            let name = network().network.server.borrow().name(&command);
            let delay = network().network.delay(&name);
            pause(delay).await;
            reachable(node).await;
            if network().network.dead(line) {
                continue;
            }
            let cut = one_in(network().network.weather.borrow().cut).then(|| draw(0..=1));
            if cut == Some(0) {
                note(|| format!("line {line} cut before {name}"));
                return network().network.close(line);
            }
            let reply = network()
                .network
                .server
                .borrow_mut()
                .execute(line, &command);
            note(|| format!("{line} {name} -> {}", shown(&reply)));
            if cut == Some(1) {
                note(|| format!("line {line} cut after {name}"));
                return network().network.close(line);
            }
            let _ = replies.send(reply);
        }
        match commands.read_buf(&mut arrived).await {
            Ok(1..) => {}
            _ => return network().network.server.borrow_mut().disconnect(line),
        }
    }
}

/// Brings replies and pushes back.
async fn down(
    line: u64,
    node: Option<usize>,
    mut answers: WriteHalf<DuplexStream>,
    mut queue: UnboundedReceiver<Vec<u8>>,
) {
    while let Some(bytes) = queue.recv().await {
        let delay = model().network.delay("reply");
        pause(delay).await;
        reachable(node).await;
        if !model().network.dead(line) && answers.write_all(&bytes).await.is_err() {
            return;
        }
    }
}

/// The beginning of a reply, on one line.
fn shown(reply: &[u8]) -> String {
    let head = &reply[..reply.len().min(24)];
    head.escape_ascii().to_string()
}

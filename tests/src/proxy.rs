//! A TCP proxy in front of a server, on a thread of its own, that swallows, delays, cuts and
//! resets what passes. What it once swallowed never flows again: TCP has no holes.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// A proxy that runs until it is dropped.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    control: watch::Sender<Control>,
}

/// What happens to bytes on their way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weather {
    /// They arrive.
    Clear,
    /// They vanish, and connections stay open: also those that are made meanwhile.
    HalfOpen,
    /// They arrive this much later, each way.
    Slow(Duration),
    /// Half of the next reply arrives, then the connection is reset.
    Cut,
}

#[derive(Clone, Copy, Debug)]
struct Control {
    server: u16,
    weather: Weather,
    resets: u64,
    /// A reset meets one in this many connections.
    one_in: u8,
}

impl Proxy {
    /// A proxy in front of a port of this machine.
    pub fn start(server: u16) -> Proxy {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = listener.local_addr();
        let port = address.expect("a bound socket has an address").port();
        let (control, controlled) = watch::channel(Control {
            server,
            weather: Weather::Clear,
            resets: 0,
            one_in: 1,
        });
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            let runtime = runtime.expect("a runtime of the proxy's own");
            runtime.block_on(accept(listener, controlled));
        });
        Proxy { port, control }
    }

    /// `redis://127.0.0.1:<port>` of the proxy.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Changes what happens to bytes from now on.
    pub fn set(&self, weather: Weather) {
        self.control
            .send_modify(|control| control.weather = weather);
    }

    /// Resets one in so many connections, as chance picks them.
    pub fn reset(&self, one_in: u8) {
        self.control.send_modify(|control| {
            control.resets += 1;
            control.one_in = one_in;
        });
    }

    /// Leads new connections to another server; those that are there stay where they are.
    pub fn lead_to(&self, server: u16) {
        self.control.send_modify(|control| control.server = server);
    }
}

async fn accept(listener: std::net::TcpListener, mut control: watch::Receiver<Control>) {
    listener.set_nonblocking(true).expect("a plain socket");
    let listener = TcpListener::from_std(listener).expect("inside a runtime");
    loop {
        tokio::select! {
            accepted = listener.accept() => if let Ok((client, _)) = accepted {
                tokio::spawn(connect(client, control.clone()));
            },
            // The proxy was dropped, and with this runtime all its connections are.
            () = async { while control.changed().await.is_ok() {} } => return,
        }
    }
}

async fn connect(mut client: TcpStream, mut control: watch::Receiver<Control>) {
    let Control {
        server, weather, ..
    } = *control.borrow_and_update();
    if weather == Weather::HalfOpen {
        let mut swallowed = [0; 4096];
        while let Ok(1..) = client.read(&mut swallowed).await {}
        return;
    }
    if let Ok(mut server) = TcpStream::connect((Ipv4Addr::LOCALHOST, server)).await {
        let _ = (client.set_nodelay(true), server.set_nodelay(true));
        let lost = Arc::new(AtomicBool::new(false));
        let (from_client, to_client) = client.split();
        let (from_server, to_server) = server.split();
        let (up, down) = (control.clone(), control.clone());
        tokio::select! {
            () = pump(from_client, to_server, Way::Up, up, &lost) => {}
            () = pump(from_server, to_client, Way::Down, down, &lost) => {}
            () = until_reset(control) => {}
        }
        let _ = server.set_zero_linger();
    }
    let _ = client.set_zero_linger();
}

async fn until_reset(mut control: watch::Receiver<Control>) {
    loop {
        let resets = control.borrow_and_update().resets;
        let reset = control.wait_for(|now| now.resets != resets).await;
        if reset.map_or(true, |now| fastrand::u8(..now.one_in) == 0) {
            return;
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Up,
    Down,
}

/// Moves bytes one way; returns when the connection is to be closed.
async fn pump(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    way: Way,
    mut control: watch::Receiver<Control>,
    lost: &AtomicBool,
) {
    let mut buffer = vec![0; 1 << 16];
    while let Ok(n @ 1..) = from.read(&mut buffer).await {
        let weather = control.borrow_and_update().weather;
        if weather == Weather::HalfOpen {
            lost.store(true, Relaxed);
        }
        if lost.load(Relaxed) {
            continue;
        }
        if let Weather::Slow(delay) = weather {
            let changed = control.wait_for(|now| now.weather != weather);
            let _ = tokio::time::timeout(delay, changed).await;
        }
        let cut = weather == Weather::Cut && way == Way::Down;
        let arrives = if cut { n / 2 } else { n };
        if to.write_all(&buffer[..arrives]).await.is_err() || cut {
            break;
        }
    }
    // That the server has gone is swallowed too.
    if way == Way::Down && (lost.load(Relaxed) || control.borrow().weather == Weather::HalfOpen) {
        std::future::pending().await
    }
}

//! A `redis-server` of the test's own: on a free port, in a folder of its own, gone with the test.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

use crate::HANG;

/// A running (or killed, or stopped) Redis.
#[derive(Debug)]
pub struct RedisServer {
    process: Child,
    folder: TempDir,
    port: u16,
    options: Vec<String>,
}

impl RedisServer {
    /// Starts a server and waits until it answers.
    ///
    /// # Panics
    ///
    /// When `redis-server` is not installed; the message says how to install it.
    pub fn start() -> RedisServer {
        RedisServer::start_with(&[])
    }

    /// Starts a server with further options of the command line, such as
    /// `["--requirepass", "secret"]`.
    pub fn start_with(options: &[&str]) -> RedisServer {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let options: Vec<String> = options.iter().map(|&option| option.to_owned()).collect();
        // Another process may take the free port before the server does: then try the next.
        for _ in 0..10 {
            let port = free_port();
            let mut process = spawn(port, &folder, &options);
            if answers(port, &mut process) {
                return RedisServer {
                    process,
                    folder,
                    port,
                    options,
                };
            }
        }
        panic!("redis-server did not start with {options:?}");
    }

    /// An address where nothing listens, as a URL.
    pub fn absent() -> String {
        format!("redis://127.0.0.1:{}", free_port())
    }

    /// `redis://127.0.0.1:<port>`.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// The port, which no other test has.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The URL of the server's Unix socket, which it always has beside its port.
    pub fn socket_path(&self) -> String {
        socket(&self.folder)
    }

    /// A plain client's connection, for looking at what the library stored.
    pub fn connection(&self) -> redis::Connection {
        let start = Instant::now();
        loop {
            match self.try_connection() {
                Ok(connection) => return connection,
                // Such as a signal while connecting.
                Err(_) if start.elapsed() < HANG => std::thread::sleep(Duration::from_millis(5)),
                Err(error) => panic!("the server does not answer: {error}"),
            }
        }
    }

    /// Sends one command with a plain client: `server.cli(&["GET", "key"])`.
    pub fn cli<T: redis::FromRedisValue>(&self, command: &[&str]) -> T {
        let mut words = redis::cmd(command[0]);
        for word in &command[1..] {
            words.arg(word);
        }
        words
            .query(&mut self.connection())
            .expect("a command that the server accepts")
    }

    /// All keys, sorted.
    pub fn keys(&self) -> Vec<String> {
        let mut keys: Vec<String> = self.cli(&["KEYS", "*"]);
        keys.sort();
        keys
    }

    /// How often each command ran since the server started, without those that only keep
    /// a connection alive or look at the server.
    pub fn commands_processed(&self) -> BTreeMap<String, u64> {
        let report: String = self.cli(&["INFO", "commandstats"]);
        let uncounted = ["info", "ping", "hello", "config|resetstat"];
        report
            .lines()
            .filter_map(|line| {
                let (name, numbers) = line.strip_prefix("cmdstat_")?.split_once(':')?;
                let calls = numbers.strip_prefix("calls=")?.split(',').next()?;
                Some((name.to_owned(), calls.parse().ok()?))
            })
            .filter(|(name, _)| !uncounted.contains(&name.as_str()) && !name.starts_with("client"))
            .collect()
    }

    /// Forgets the commands counted so far.
    pub fn count_from_here(&self) {
        let _: String = self.cli(&["CONFIG", "RESETSTAT"]);
    }

    /// Deletes every key.
    pub fn flush(&self) {
        let _: String = self.cli(&["FLUSHALL"]);
    }

    /// Writes a snapshot of the data, which `restart` brings back.
    pub fn save(&self) {
        let _: String = self.cli(&["SAVE"]);
    }

    /// SIGKILL: what was not saved is lost.
    pub fn kill(&mut self) {
        // A failure means that it is dead already, which is what was asked for.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    /// SIGSTOP: connections stay open, nothing is answered.
    pub fn stop(&self) {
        self.signal(Signal::SIGSTOP);
    }

    /// SIGCONT: goes on where `stop` held it.
    pub fn cont(&self) {
        self.signal(Signal::SIGCONT);
    }

    /// Kills the server and starts it again on the same port, with the last saved snapshot.
    pub fn restart(&mut self) {
        self.kill();
        let start = Instant::now();
        loop {
            self.process = spawn(self.port, &self.folder, &self.options);
            if answers(self.port, &mut self.process) {
                return;
            }
            assert!(start.elapsed() < HANG, "redis-server did not start again");
        }
    }

    /// Kills the server and starts it again on the same port, without any data.
    pub fn restart_empty(&mut self) {
        self.kill();
        let _ = std::fs::remove_file(self.folder.path().join("dump.rdb"));
        self.restart();
    }

    /// A copy of what the server has written to disk so far: snapshots and append-only files.
    pub fn copy_files(&self) -> TempDir {
        let copy = tempfile::tempdir().expect("a temporary folder");
        copy_folder(self.folder.path(), copy.path());
        copy
    }

    /// Kills the server and starts it again on the same port, with these files alone.
    pub fn restart_from(&mut self, files: &TempDir) {
        self.kill();
        let _ = std::fs::remove_dir_all(self.folder.path().join("appendonlydir"));
        let _ = std::fs::remove_file(self.folder.path().join("dump.rdb"));
        copy_folder(files.path(), self.folder.path());
        self.restart();
    }

    fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.process.id()).expect("a process id");
        kill(Pid::from_raw(id), signal).expect("the server is our child");
    }

    fn try_connection(&self) -> redis::RedisResult<redis::Connection> {
        // Through the socket, where neither `requirepass` of a URL nor a full backlog matters.
        let mut connection = redis::Client::open(format!("unix://{}", self.socket_path()))?
            .get_connection_with_timeout(HANG)?;
        if let Some(at) = self
            .options
            .iter()
            .position(|option| option == "--requirepass")
        {
            redis::cmd("AUTH")
                .arg(&self.options[at + 1])
                .exec(&mut connection)?;
        }
        Ok(connection)
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Copies the plain files and folders: sockets stay where they are.
fn copy_folder(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).expect("a folder of our own") {
        let entry = entry.expect("a folder of our own");
        let (kind, to) = (
            entry.file_type().expect("a kind"),
            to.join(entry.file_name()),
        );
        if kind.is_dir() {
            std::fs::create_dir_all(&to).expect("a new folder");
            copy_folder(&entry.path(), &to);
        } else if kind.is_file() {
            std::fs::copy(entry.path(), to).expect("a file of our own");
        }
    }
}

fn socket(folder: &TempDir) -> String {
    folder.path().join("redis.sock").display().to_string()
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener
        .local_addr()
        .expect("a bound socket has an address")
        .port()
}

fn spawn(port: u16, folder: &TempDir, options: &[String]) -> Child {
    let started = Command::new("redis-server")
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1"])
        .args(["--unixsocket", &socket(folder)])
        .args(["--save", "", "--appendonly", "no", "--daemonize", "no"])
        .arg("--dir")
        .arg(folder.path())
        .args(options)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    match started {
        Ok(process) => process,
        Err(error) if error.kind() == ErrorKind::NotFound => panic!(
            "these tests start their own `redis-server`, and there is none on the PATH\n\
             help: `apt-get install redis-server` on Debian and Ubuntu, \
             `brew install redis` on macOS"
        ),
        Err(error) => panic!("redis-server cannot be started: {error}"),
    }
}

/// Whether the server that was just started answers; no when it ended instead.
fn answers(port: u16, process: &mut Child) -> bool {
    let start = Instant::now();
    loop {
        if process
            .try_wait()
            .expect("the server is our child")
            .is_some()
        {
            return false;
        }
        if pong(port) {
            return true;
        }
        assert!(start.elapsed() < HANG, "redis-server does not answer");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Any reply to PING will do, for with a password the reply is an error.
fn pong(port: u16) -> bool {
    use std::io::{Read, Write};
    let Ok(mut stream) = std::net::TcpStream::connect(("127.0.0.1", port)) else {
        return false;
    };
    let mut reply = [0; 32];
    stream.write_all(b"PING\r\n").is_ok()
        && matches!(stream.read(&mut reply), Ok(n @ 1..)
            if !reply[..n].starts_with(b"-LOADING"))
}

//! A small Redis: its keys, which expire by the model's time, its scripts, its channels, and who
//! it says it is.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;
use tokio::time::Instant;

use super::script;
use super::wire::Reply;

#[derive(Default)]
pub(super) struct Server {
    pub(super) keyspace: Keyspace,
    /// Drawn anew by each start.
    run: u64,
    /// Drawn anew when it takes another's data.
    replication: u64,
    pub(super) replica: bool,
    pub(super) down: bool,
    scripts: BTreeMap<Vec<u8>, Vec<u8>>,
    connections: BTreeMap<u64, UnboundedSender<Vec<u8>>>,
    subscribers: BTreeMap<Vec<u8>, BTreeSet<u64>>,
}

/// What a snapshot holds.
#[derive(Clone, Default)]
pub(super) struct Keyspace {
    keys: BTreeMap<Vec<u8>, Stored>,
    /// What a command wants published.
    published: Vec<(Vec<u8>, Vec<u8>)>,
}

#[derive(Clone)]
struct Stored {
    value: Vec<u8>,
    until: Option<Instant>,
}

impl Server {
    /// Comes up as another run with these keys; of all that was connected nothing is left.
    pub(super) fn restart(&mut self, keyspace: Keyspace) {
        *self = Server {
            keyspace,
            run: super::draw(1..=u64::MAX),
            replication: super::draw(1..=u64::MAX),
            ..Server::default()
        };
    }

    pub(super) fn connect(&mut self, line: u64, replies: UnboundedSender<Vec<u8>>) {
        self.connections.insert(line, replies);
    }

    pub(super) fn disconnect(&mut self, line: u64) {
        self.connections.remove(&line);
        for lines in self.subscribers.values_mut() {
            lines.remove(&line);
        }
    }

    /// What a command does, in a word.
    pub(super) fn name(&self, command: &[Vec<u8>]) -> String {
        let name = String::from_utf8_lossy(&command[0]).to_lowercase();
        match (name.as_str(), command.get(1)) {
            ("evalsha", Some(hash)) => self
                .scripts
                .get(hash)
                .map_or(name, |code| script::name(code).to_owned()),
            _ => name,
        }
    }

    pub(super) fn execute(&mut self, line: u64, command: &[Vec<u8>]) -> Vec<u8> {
        let reply = self.reply(line, command);
        for (channel, message) in std::mem::take(&mut self.keyspace.published) {
            let push = [b"message".to_vec(), channel.clone(), message];
            let mut bytes = Vec::new();
            Reply::Push(push.into_iter().map(Reply::Bytes).collect()).write(&mut bytes);
            let lines = self.subscribers.get(&channel).into_iter().flatten();
            for connection in lines.filter_map(|line| self.connections.get(line)) {
                let _ = connection.send(bytes.clone());
            }
        }
        let mut bytes = Vec::new();
        reply.write(&mut bytes);
        bytes
    }

    fn reply<'a>(&mut self, line: u64, command: &'a [Vec<u8>]) -> Reply {
        let text = |word: &'a Vec<u8>| std::str::from_utf8(word).unwrap_or_default();
        let words: Vec<&str> = command.iter().map(text).collect();
        match (words[0].to_uppercase().as_str(), &words[1..]) {
            ("HELLO", _) => Reply::Array(vec![]),
            ("CLIENT", _) => Reply::Ok,
            ("PING", _) => Reply::bytes("PONG"),
            ("INFO", ["server"]) => {
                Reply::Bytes(format!("run_id:{:x}\r\nredis_version:7.0.0\r\n", self.run).into())
            }
            ("INFO", _) => {
                let role = if self.replica { "slave" } else { "master" };
                Reply::Bytes(
                    format!("role:{role}\r\nmaster_replid:{:x}\r\n", self.replication).into(),
                )
            }
            ("SUBSCRIBE", [_]) => {
                self.subscribers
                    .entry(command[1].clone())
                    .or_default()
                    .insert(line);
                let confirmed = [
                    Reply::bytes("subscribe"),
                    Reply::bytes(&command[1]),
                    Reply::Number(1),
                ];
                Reply::Push(confirmed.into())
            }
            ("SCRIPT", [_, _]) => {
                let hash = script::hash(&command[2]);
                self.scripts.insert(hash.clone(), command[2].clone());
                Reply::Bytes(hash)
            }
            ("EVALSHA", _) if self.replica => Reply::Error("READONLY it is a replica".into()),
            ("EVALSHA", [_, keys, ..]) => {
                let Some(code) = self.scripts.get(&command[1]) else {
                    return Reply::Error("NOSCRIPT no such script".into());
                };
                let (keys, args) = command[3..].split_at(keys.parse().expect("a number of keys"));
                let name = script::name(code);
                let leased = self.keyspace.lease_of_another(name, keys, args);
                let reply = script::run(code, keys, args, &mut self.keyspace);
                let left = self.keyspace.lease_of_another(name, keys, args);
                assert_eq!(leased, left, "{name} ended the lease of another");
                reply
            }
            _ => self.keyspace.execute(command),
        }
    }
}

impl Keyspace {
    pub(super) fn execute(&mut self, command: &[Vec<u8>]) -> Reply {
        let name = String::from_utf8_lossy(&command[0]).to_uppercase();
        let (_, words) = command.split_first().expect("a command");
        match (name.as_str(), words) {
            ("GET", [key]) => self.get(key).map_or(Reply::Nothing, Reply::bytes),
            ("MGET", keys) => {
                let values = keys
                    .iter()
                    .map(|key| self.get(key).map_or(Reply::Nothing, Reply::bytes));
                Reply::Array(values.collect())
            }
            ("GETRANGE", [key, from, to]) => {
                let (from, to) = (number(from) as usize, number(to) as usize);
                let value = self.get(key).unwrap_or_default();
                Reply::bytes(&value[from.min(value.len())..(to + 1).min(value.len())])
            }
            ("SET", [key, value, options @ ..]) => self.set(key, value, options),
            ("DEL", [key]) => Reply::Number(i64::from(self.remove(key))),
            ("PTTL", [key]) => match self.stored(key).map(|stored| stored.until) {
                None => Reply::Number(-2),
                Some(None) => Reply::Number(-1),
                Some(Some(until)) => Reply::Number((until - Instant::now()).as_millis() as i64),
            },
            ("PEXPIRE", [key, millis]) => self.expire(key, Some(millis)),
            ("PERSIST", [key]) => self.expire(key, None),
            ("PUBLISH", [channel, message]) => {
                self.published.push((channel.clone(), message.clone()));
                Reply::Number(0)
            }
            _ => panic!(
                "the model's server does not know {name} with {} words",
                words.len()
            ),
        }
    }

    /// A lease that a fill, a renewal or a release must leave alone. Taken all the same, nothing
    /// would be stale and nobody would wait: a body would run once more.
    fn lease_of_another(&self, name: &str, keys: &[Vec<u8>], args: &[Vec<u8>]) -> Option<Vec<u8>> {
        let lease = match name {
            "fill" => &keys[1],
            "renew" | "release" => &keys[0],
            _ => return None,
        };
        let lease = self.get(lease)?;
        (lease[..16] != args[0][..16]).then(|| lease.to_vec())
    }

    fn stored(&self, key: &[u8]) -> Option<&Stored> {
        let stands = |stored: &&Stored| stored.until.is_none_or(|until| until > Instant::now());
        self.keys.get(key).filter(stands)
    }

    fn get(&self, key: &[u8]) -> Option<&[u8]> {
        self.stored(key).map(|stored| stored.value.as_slice())
    }

    fn set(&mut self, key: &[u8], value: &[u8], options: &[Vec<u8>]) -> Reply {
        let until = match options {
            [] => None,
            [keep] if keep == b"KEEPTTL" => self.stored(key).and_then(|stored| stored.until),
            [px, millis] if px == b"PX" => {
                Some(Instant::now() + Duration::from_millis(number(millis)))
            }
            _ => panic!("the model's server does not know these options of SET"),
        };
        let value = value.to_vec();
        self.keys.insert(key.to_vec(), Stored { value, until });
        Reply::Ok
    }

    fn expire(&mut self, key: &[u8], millis: Option<&Vec<u8>>) -> Reply {
        let until = millis.map(|millis| Instant::now() + Duration::from_millis(number(millis)));
        let there = self.stored(key).is_some();
        if let Some(stored) = self.keys.get_mut(key).filter(|_| there) {
            stored.until = until;
        }
        Reply::Number(i64::from(there))
    }

    pub(super) fn remove(&mut self, key: &[u8]) -> bool {
        let there = self.stored(key).is_some();
        self.keys.remove(key);
        there
    }

    /// The keys of one type: `e` entries, `g` epochs, `l` leases, `w` waiters.
    pub(super) fn keys(&self, kind: char) -> Vec<Vec<u8>> {
        let kind = format!("cache:{kind}:");
        let keys = self
            .keys
            .keys()
            .filter(|key| key.starts_with(kind.as_bytes()));
        keys.filter(|key| self.stored(key).is_some())
            .cloned()
            .collect()
    }
}

fn number(text: &[u8]) -> u64 {
    let text = String::from_utf8_lossy(text);
    // Lua writes large numbers its own way.
    text.parse::<f64>().map_or(0, |number| number as u64)
}

//! A stored entry's bytes: header, then payload. The only place that knows the wire format.
//!
//! | bytes | what |
//! |---|---|
//! | 0 | wire version |
//! | 1 | flags: bit 0, the value is `None` |
//! | 2..18 | stamp: what the epochs were before the body ran |
//! | 18..34 | fingerprint: what kind of value this is |
//! | 34..42 | when it was stored, milliseconds of the Unix epoch; for people, never for validity |
//! | 42..50 | its lifetime in milliseconds; zero for none |
//! | 50..58 | checksum (XXH3) of everything else |
//! | 58.. | payload |
//!
//! Numbers are little-endian. Whatever does not fit is a miss.

use std::time::{SystemTime, UNIX_EPOCH};

use xxhash_rust::xxh3::Xxh3Default;

use crate::clock::millis_of;
use crate::codec::CODEC;
use crate::error::Error;
use crate::key::{Function, Key, Part, write_generics};
use crate::scope::Scope;

/// The version of keys and entries. Raise it with every change to either: entries of other
/// versions are misses.
pub const WIRE_VERSION: u8 = 1;

/// Where the stamp stands.
pub(crate) const STAMP: std::ops::Range<usize> = 2..18;
/// Where the fingerprint stands, right behind the stamp.
pub(crate) const FINGERPRINT: std::ops::Range<usize> = 18..34;
pub(crate) const STORED_AT: std::ops::Range<usize> = 34..42;
pub(crate) const TTL: std::ops::Range<usize> = 42..50;
pub(crate) const CHECKSUM: std::ops::Range<usize> = 50..58;
pub(crate) const PAYLOAD: usize = 58;
const NOTHING: u8 = 1;

/// 128 random bits: an epoch or a lease. Never a counter, which would repeat itself after the
/// store forgot where it stood.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Token(pub(crate) [u8; 16]);

impl Token {
    pub(crate) fn random() -> Result<Self, Error> {
        #[cfg(all(test, feature = "redis"))]
        if crate::model::is_on() {
            return Ok(Token(crate::model::random()));
        }
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(|error| Error::System {
            what: "random numbers",
            source: std::io::Error::other(error.to_string()),
        })?;
        Ok(Token(bytes))
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&crate::key::encoding::hex(&self.0[..4]))
    }
}

/// What kind of value an entry holds. Two functions that share a path by accident never read
/// each other's values: they miss.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Fingerprint(pub(crate) [u8; 16]);

impl Fingerprint {
    /// Of a cached function's entry: its whole key, its value's type, `version`; where the
    /// function stands, its name, its type parameters and, for a default key, what its arguments
    /// are called; and what the entry depends on.
    pub(crate) fn of_function(
        key: &Key,
        scopes: &[Scope],
        function: &Function,
        place: &str,
        generics: &[Part<'_>],
        value: &str,
    ) -> Self {
        let mut hash = Hash::new(key, value, function.version);
        hash.part(place);
        hash.part(function.name);
        let mut types = String::new();
        // A constant that refuses to be written has already made the key unusable.
        let _ = write_generics(generics, &mut types);
        hash.part(&types);
        for name in function.arguments {
            hash.part(name);
        }
        for scope in scopes {
            hash.part(scope.name());
        }
        hash.finish()
    }

    /// Of an entry put under a path by hand.
    pub(crate) fn by_hand(key: &Key, value: &str) -> Self {
        Hash::new(key, value, 0).finish()
    }
}

struct Hash(Xxh3Default);

impl Hash {
    fn new(key: &Key, value: &str, version: u32) -> Self {
        let mut hash = Hash(Xxh3Default::new());
        hash.part(key.text().unwrap_or_default());
        hash.part(value);
        hash.part(CODEC);
        hash.0.update(&version.to_le_bytes());
        hash
    }

    /// Each part with its length, so that two never run into each other.
    fn part(&mut self, text: &str) {
        self.0.update(&(text.len() as u64).to_le_bytes());
        self.0.update(text.as_bytes());
    }

    fn finish(self) -> Fingerprint {
        Fingerprint(self.0.digest128().to_le_bytes())
    }
}

/// The bytes of an entry. `payload` is `None` for a stored `None`; `ttl` is in milliseconds.
pub(crate) fn write(
    stamp: &[u8; 16],
    fingerprint: Fingerprint,
    ttl: Option<u64>,
    stored_at: u64,
    payload: Option<&[u8]>,
) -> Vec<u8> {
    let mut bytes = vec![0; PAYLOAD];
    bytes[0] = WIRE_VERSION;
    bytes[1] = if payload.is_none() { NOTHING } else { 0 };
    bytes[STAMP].copy_from_slice(stamp);
    bytes[FINGERPRINT].copy_from_slice(&fingerprint.0);
    bytes[STORED_AT].copy_from_slice(&stored_at.to_le_bytes());
    bytes[TTL].copy_from_slice(&ttl.unwrap_or(0).to_le_bytes());
    bytes.extend_from_slice(payload.unwrap_or_default());
    let sum = checksum(&bytes);
    bytes[CHECKSUM].copy_from_slice(&sum.to_le_bytes());
    bytes
}

/// The payload of an entry: `Some(None)` for a stored `None`, nothing at all for bytes that are
/// no entry of this version with this fingerprint. The stamp is the store's to compare.
pub(crate) fn open(bytes: &[u8], fingerprint: Fingerprint) -> Option<Option<&[u8]>> {
    let whole = bytes.len() >= PAYLOAD
        && bytes[0] == WIRE_VERSION
        && bytes[1] & !NOTHING == 0
        && bytes[FINGERPRINT] == fingerprint.0
        && bytes[CHECKSUM] == checksum(bytes).to_le_bytes();
    match whole {
        true if bytes[1] & NOTHING != 0 => (bytes.len() == PAYLOAD).then_some(None),
        true => Some(Some(&bytes[PAYLOAD..])),
        false => None,
    }
}

pub(crate) fn checksum(bytes: &[u8]) -> u64 {
    let mut hash = Xxh3Default::new();
    hash.update(&bytes[..CHECKSUM.start]);
    hash.update(&bytes[CHECKSUM.end..]);
    hash.digest()
}

/// Milliseconds of the Unix epoch.
pub(crate) fn now() -> u64 {
    #[cfg(all(test, feature = "redis"))]
    if crate::model::is_on() {
        return crate::model::wall_clock();
    }
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, millis_of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_none_that_has_a_payload_is_no_entry() {
        let fingerprint = Fingerprint([7; 16]);
        let mut bytes = write(&[0; 16], fingerprint, None, 0, None);
        assert_eq!(open(&bytes, fingerprint), Some(None));
        bytes.push(b'x');
        let sum = checksum(&bytes);
        bytes[CHECKSUM].copy_from_slice(&sum.to_le_bytes());
        assert_eq!(open(&bytes, fingerprint), None);
    }
}

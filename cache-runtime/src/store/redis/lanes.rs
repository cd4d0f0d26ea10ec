//! The lanes of a link: most of its connections are for values that take no time to send, one is
//! for large ones, so that nobody waits behind them.
//!
//! How large a value is shows when it is stored or read; until then, or once forgotten, it
//! travels with the others. A value that was late is taken for a large one until it is read.

use std::sync::atomic::{AtomicU64, Ordering};

/// A value of this many bytes is large: about the time of a round trip at a gigabit a second.
const LARGE: usize = 64 * 1024;

/// How many large values are remembered, each at a place of its own.
const REMEMBERED: usize = 1024;

/// Which connection something travels on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lane {
    Usual,
    Large,
}

/// Which entries are large, as far as this process knows.
#[derive(Debug)]
pub(super) struct Sizes(Box<[AtomicU64]>);

impl Default for Sizes {
    fn default() -> Self {
        Sizes((0..REMEMBERED).map(|_| AtomicU64::new(0)).collect())
    }
}

impl Sizes {
    /// The lane for an entry whose size is not known here.
    pub(super) fn lane(&self, digest: [u8; 16]) -> Lane {
        let (place, name) = self.place(digest);
        if place.load(Ordering::Relaxed) == name {
            Lane::Large
        } else {
            Lane::Usual
        }
    }

    /// The lane for a value of this many bytes, which is remembered.
    pub(super) fn seen(&self, digest: [u8; 16], bytes: usize) -> Lane {
        let (place, name) = self.place(digest);
        if bytes >= LARGE {
            place.store(name, Ordering::Relaxed);
            return Lane::Large;
        }
        // Another's name stays.
        let _ = place.compare_exchange(name, 0, Ordering::Relaxed, Ordering::Relaxed);
        Lane::Usual
    }

    /// Its answer was late, for which its size may be the reason.
    pub(super) fn late(&self, digest: [u8; 16]) {
        self.seen(digest, LARGE);
    }

    fn place(&self, digest: [u8; 16]) -> (&AtomicU64, u64) {
        let [a, b, c, d, e, f, g, h, low, high, ..] = digest;
        let place = usize::from(u16::from_le_bytes([low, high])) % self.0.len();
        let name = u64::from_le_bytes([a, b, c, d, e, f, g, h]);
        (&self.0[place], name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_value_is_remembered_until_it_is_small() {
        let sizes = Sizes::default();
        let (one, two) = ([1; 16], [2; 16]);
        assert_eq!(sizes.lane(one), Lane::Usual);
        assert_eq!(sizes.seen(one, LARGE), Lane::Large);
        assert_eq!(
            (sizes.lane(one), sizes.lane(two)),
            (Lane::Large, Lane::Usual)
        );
        sizes.seen(two, 10);
        assert_eq!(sizes.lane(one), Lane::Large);
        assert_eq!(sizes.seen(one, 10), Lane::Usual);
        assert_eq!(sizes.lane(one), Lane::Usual);
        sizes.late(two);
        assert_eq!(sizes.lane(two), Lane::Large);
    }
}

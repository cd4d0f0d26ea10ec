//! How leases of other processes end: a message on one channel per namespace, sent only when
//! somebody waits.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::store::Ending;

pub(super) fn channel(namespace: &str) -> String {
    format!("{namespace}:notes")
}

/// A note: how it ended, and which entry.
pub(super) fn write(ending: Ending, digest: &[u8; 16]) -> Vec<u8> {
    let kind = match ending {
        Ending::Filled => b'f',
        Ending::Unshared => b'u',
        Ending::Abandoned => b'a',
    };
    [&[kind], digest.as_slice()].concat()
}

fn read(note: &[u8]) -> Option<(Ending, [u8; 16])> {
    let (kind, digest) = note.split_first()?;
    let ending = match kind {
        b'f' => Ending::Filled,
        b'u' => Ending::Unshared,
        b'a' => Ending::Abandoned,
        _ => return None,
    };
    Some((ending, digest.try_into().ok()?))
}

/// Who listens in this process, by entry.
#[derive(Clone, Debug, Default)]
pub(super) struct Notes(Arc<Mutex<Listeners>>);

type Listeners = HashMap<[u8; 16], watch::Sender<Option<Ending>>>;

impl Notes {
    fn listeners(&self) -> MutexGuard<'_, Listeners> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Listens from now on, not only from when the returned future is polled.
    pub(super) fn listen(&self, digest: [u8; 16]) -> impl Future<Output = Ending> + Send + use<> {
        let ending = self
            .listeners()
            .entry(digest)
            .or_insert_with(|| watch::Sender::new(None))
            .subscribe();
        let mut ear = Ear {
            notes: self.clone(),
            digest,
            ending: Some(ending),
        };
        async move {
            let ending = match &mut ear.ending {
                Some(ending) => ending
                    .wait_for(Option::is_some)
                    .await
                    .ok()
                    .and_then(|it| *it),
                None => None,
            };
            ending.unwrap_or(Ending::Abandoned)
        }
    }

    pub(super) fn len(&self) -> usize {
        self.listeners().len()
    }

    /// Passes a note on to those who listen.
    pub(super) fn hear(&self, note: &[u8]) {
        if let Some((ending, digest)) = read(note)
            && let Some(sender) = self.listeners().remove(&digest)
        {
            sender.send_replace(Some(ending));
        }
    }

    /// Wakes everybody: notes may have been missed.
    pub(super) fn hear_nothing(&self) {
        for (_, sender) in self.listeners().drain() {
            sender.send_replace(Some(Ending::Abandoned));
        }
    }
}

/// One listener; the last of an entry takes the list's row with it.
struct Ear {
    notes: Notes,
    digest: [u8; 16],
    /// There until it is dropped.
    ending: Option<watch::Receiver<Option<Ending>>>,
}

impl Drop for Ear {
    fn drop(&mut self) {
        // Goes and counts under one lock: so of two that go at once, the second is the last.
        let mut listeners = self.notes.listeners();
        self.ending = None;
        if let Some(sender) = listeners.get(&self.digest)
            && sender.receiver_count() == 0
        {
            listeners.remove(&self.digest);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

    use super::*;

    /// Many threads that come and go at once, two or more for each entry.
    #[test]
    fn the_last_of_several_listeners_takes_the_row_along() {
        let notes = Notes::default();
        let turn = AtomicU64::new(0);
        let come_and_go = || {
            while let entry @ ..50_000 = turn.fetch_add(1, Relaxed) / 4 {
                drop(notes.listen(u128::from(entry).to_be_bytes()));
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(come_and_go);
            }
        });
        assert_eq!(notes.len(), 0);
    }
}

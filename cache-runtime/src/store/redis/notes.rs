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
            ending,
        };
        async move {
            match ear.ending.wait_for(Option::is_some).await {
                Ok(ending) => ending.unwrap_or(Ending::Abandoned),
                Err(_) => Ending::Abandoned,
            }
        }
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
    ending: watch::Receiver<Option<Ending>>,
}

impl Drop for Ear {
    fn drop(&mut self) {
        let mut listeners = self.notes.listeners();
        if let Some(sender) = listeners.get(&self.digest)
            && self.ending.same_channel(&sender.subscribe())
            // This one, and the one that was made to compare.
            && sender.receiver_count() <= 1
        {
            listeners.remove(&self.digest);
        }
    }
}

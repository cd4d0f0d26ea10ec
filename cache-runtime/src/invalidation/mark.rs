//! What a strict mutator leaves at the store while its body runs: a mark on everything that it
//! may change, kept for as long as this is.

use std::sync::Arc;

use crate::background::{self, Held};
use crate::cache::Cache;
use crate::entry::Token;
use crate::error::Error;
use crate::scope::Stale;
use crate::store::{Form, Reply};

/// A mark. It does not end by being dropped, but by an invalidation that names its token, or by
/// itself when nobody renews it.
#[derive(Debug)]
pub(super) struct Mark {
    pub(super) token: Token,
    pub(super) stale: Arc<[Stale]>,
    /// Keeps the mark while the body runs. A renewal that the end overtakes leaves a mark that
    /// nobody renews: for one more lease calls are computed, and nothing is wrong.
    _renewal: Option<Held>,
}

impl Mark {
    /// Sets a mark; whether it stands is in the reply.
    pub(super) fn set(cache: &Cache, stale: Vec<Stale>) -> Result<(Self, Reply<()>), Error> {
        let (token, stale): (_, Arc<[Stale]>) = (Token::random()?, stale.into());
        let store = cache.0.store.clone();
        let reply = store.mark(stale.clone(), token);
        let shared = store.form() == Form::Bytes;
        let period = cache.0.settings.lease / 3;
        let kept = stale.clone();
        let renewal = shared.then(|| {
            background::hold(async move {
                loop {
                    tokio::time::sleep(period).await;
                    // A store that is away may be back in time for the next.
                    let _ = store.mark(kept.clone(), token).await;
                }
            })
        });
        let mark = Mark {
            token,
            stale,
            _renewal: renewal,
        };
        Ok((mark, reply))
    }
}

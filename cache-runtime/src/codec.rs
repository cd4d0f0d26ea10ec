//! Values ↔ bytes, and what the store needs to know of a value's type once the type itself is
//! out of sight.

mod lossless;

use std::any::{TypeId, type_name};

use crate::error::Error;
use crate::kept::{self, Shared};
use crate::kind::CacheValue;

/// What a body returned: a value, or `None` where that is stored.
pub(crate) type Payload = Option<Shared>;

/// What can be done with values of one type.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ValueType {
    pub(crate) id: fn() -> TypeId,
    pub(crate) name: fn() -> &'static str,
    decode: fn(&[u8]) -> Option<Shared>,
}

impl ValueType {
    pub(crate) fn of<T: CacheValue>() -> Self {
        ValueType {
            id: kept::type_id::<T>,
            name: type_name::<T>,
            decode: |bytes| {
                // A user's `Deserialize` may panic; a value it cannot read is only a miss.
                let read = kept::quietly(|| serde_json::from_slice::<T>(bytes));
                Some(kept::keep(read?.ok()?))
            },
        }
    }

    /// The value in `bytes`, or `None` if they hold none of this type.
    pub(crate) fn decode(&self, bytes: &[u8]) -> Option<Shared> {
        (self.decode)(bytes)
    }
}

/// The name that enters the fingerprint, so that a changed codec is a miss.
pub(crate) const CODEC: &str = "json";

/// What a call does with values of its own type. Made where the type is known to be a
/// [`CacheValue`], so that nothing after it has to ask again.
pub(crate) struct Codec<V> {
    /// See [`kept::copied`].
    pub(crate) copied: fn(&V) -> Option<Shared>,
    /// See [`kept::taken`].
    pub(crate) taken: fn(Shared) -> Option<V>,
    pub(crate) encode: fn(&V) -> Result<Vec<u8>, Error>,
}

impl<V: CacheValue> Codec<V> {
    pub(crate) fn new() -> Self {
        Codec {
            copied: kept::copied,
            taken: kept::taken,
            encode,
        }
    }
}

impl<V> std::fmt::Debug for Codec<V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(CODEC)
    }
}

/// The bytes of `value`.
fn encode<T: CacheValue>(value: &T) -> Result<Vec<u8>, Error> {
    let refused = |why: String| Error::Encode { why };
    let written = kept::quietly(|| {
        lossless::check(value)?;
        serde_json::to_vec(value).map_err(|error| error.to_string())
    });
    written
        .unwrap_or_else(|| Err("its `Serialize` panicked".into()))
        .map_err(refused)
}

//! A user's value in the cache's hands. Its `Clone` and its `Drop` are user code, run wherever a
//! copy is needed or the last one goes: whatever they panic with reaches no caller.

use std::any::{Any, TypeId};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// A value whose type is out of sight, shared by all who hold it.
pub(crate) type Shared = Arc<dyn Any + Send + Sync>;

/// Never empty but in [`taken`] and in `Drop`.
struct Kept<V>(Option<V>);

impl<V> Drop for Kept<V> {
    fn drop(&mut self) {
        let value = self.0.take();
        let _ = quietly(|| drop(value));
    }
}

/// What user code returns, or `None` if it panics. What it panics with is user code too, and
/// must not run when it is dropped: that is leaked.
pub(crate) fn quietly<T>(user_code: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(user_code))
        .map_err(std::mem::forget)
        .ok()
}

pub(crate) fn keep<V: Send + Sync + 'static>(value: V) -> Shared {
    Arc::new(Kept(Some(value)))
}

/// `None` if the value cannot be copied.
pub(crate) fn copied<V: Clone + Send + Sync + 'static>(value: &V) -> Option<Shared> {
    quietly(|| value.clone()).map(keep)
}

/// Back in sight, without a copy where nobody else holds it. `None` if it is of another type, or
/// cannot be copied.
pub(crate) fn taken<V: Clone + Send + Sync + 'static>(shared: Shared) -> Option<V> {
    match Arc::try_unwrap(shared.downcast::<Kept<V>>().ok()?) {
        Ok(mut kept) => kept.0.take(),
        Err(kept) => quietly(|| kept.0.clone()).flatten(),
    }
}

/// What tells one type of kept values from another.
pub(crate) fn type_id<V: 'static>() -> TypeId {
    TypeId::of::<Kept<V>>()
}

//! What a function's result is to a cache: a plain value, an `Option`, a `Result`, or a
//! `Result` of an `Option`. Decided by type, so that aliases count.

use std::any::Any;
use std::marker::PhantomData;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// A value that can be cached: everything that serde can write and read back, that can be
/// cloned, and that lives on its own.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be cached",
    label = "the cached value",
    note = "a cached value implements serde's `Serialize` and `DeserializeOwned`, and `Clone + Send + Sync + 'static`",
    note = "for your own type, add `#[derive(Clone, serde::Serialize, serde::Deserialize)]`"
)]
pub trait CacheValue: Serialize + DeserializeOwned + Clone + Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned + Clone + Send + Sync + 'static> CacheValue for T {}

/// A failure that callers who waited for it may share.
pub(crate) type Failure = Arc<dyn Any + Send + Sync>;

/// What a body returned, seen by the cache.
#[derive(Debug)]
pub enum Outcome<'a, V> {
    /// A value to store.
    Value(&'a V),
    /// `None` or `Ok(None)`.
    Nothing,
    /// `Err`.
    Failed,
}

/// How a result of type `R` holds its value.
pub trait Kind<R>: Copy {
    /// `T` of `T`, `Option<T>`, `Result<T, E>` and `Result<Option<T>, E>`.
    type Value;

    /// What `result` is.
    fn outcome(self, result: &R) -> Outcome<'_, Self::Value>;
    /// The result that holds `value`.
    fn of_value(self, value: Self::Value) -> R;
    /// The result without a value: `None` or `Ok(None)`.
    fn of_nothing(self) -> Option<R>;
    /// Whether a result without a value means that a mutator changed nothing: a bare `None`
    /// does, `Ok(None)` does not.
    fn nothing_is_failure(self) -> bool {
        false
    }
    /// A copy of the error, where its type can be shared.
    fn failure(self, result: &R) -> Option<Failure>;
    /// The result that holds a shared error.
    fn of_failure(self, failure: &Failure) -> Option<R>;
}

/// `R` is the value itself.
#[derive(Clone, Copy, Debug)]
pub struct Plain;

impl<R> Kind<R> for Plain {
    type Value = R;

    fn outcome(self, result: &R) -> Outcome<'_, R> {
        Outcome::Value(result)
    }

    fn of_value(self, value: R) -> R {
        value
    }

    fn of_nothing(self) -> Option<R> {
        None
    }

    fn failure(self, _result: &R) -> Option<Failure> {
        None
    }

    fn of_failure(self, _failure: &Failure) -> Option<R> {
        None
    }
}

/// `R` is an `Option`.
#[derive(Clone, Copy, Debug)]
pub struct Optional;

impl<T> Kind<Option<T>> for Optional {
    type Value = T;

    fn outcome(self, result: &Option<T>) -> Outcome<'_, T> {
        result.as_ref().map_or(Outcome::Nothing, Outcome::Value)
    }

    fn of_value(self, value: T) -> Option<T> {
        Some(value)
    }

    fn of_nothing(self) -> Option<Option<T>> {
        Some(None)
    }

    fn nothing_is_failure(self) -> bool {
        true
    }

    fn failure(self, _result: &Option<T>) -> Option<Failure> {
        None
    }

    fn of_failure(self, _failure: &Failure) -> Option<Option<T>> {
        None
    }
}

/// `R` is a `Result`; `share` copies its error, where its type allows that.
pub struct Fallible<E> {
    share: Option<fn(&E) -> Failure>,
    unshare: fn(&Failure) -> Option<E>,
}

/// `R` is a `Result` of an `Option`.
pub struct FallibleOptional<E>(Fallible<E>);

impl<E> Fallible<E> {
    pub(crate) const fn apart() -> Self {
        Fallible {
            share: None,
            unshare: |_| None,
        }
    }
}

impl<E: Clone + Send + Sync + 'static> Fallible<E> {
    const fn shared() -> Self {
        Fallible {
            share: Some(|error| Arc::new(error.clone())),
            unshare: |failure| failure.downcast_ref::<E>().cloned(),
        }
    }
}

impl<E> Clone for Fallible<E> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<E> Copy for Fallible<E> {}

impl<E> Clone for FallibleOptional<E> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<E> Copy for FallibleOptional<E> {}

impl<E> std::fmt::Debug for Fallible<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Fallible(shared: {})", self.share.is_some())
    }
}

impl<E> std::fmt::Debug for FallibleOptional<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl<T, E> Kind<Result<T, E>> for Fallible<E> {
    type Value = T;

    fn outcome(self, result: &Result<T, E>) -> Outcome<'_, T> {
        result
            .as_ref()
            .map_or_else(|_| Outcome::Failed, Outcome::Value)
    }

    fn of_value(self, value: T) -> Result<T, E> {
        Ok(value)
    }

    fn of_nothing(self) -> Option<Result<T, E>> {
        None
    }

    fn failure(self, result: &Result<T, E>) -> Option<Failure> {
        Some((self.share?)(result.as_ref().err()?))
    }

    fn of_failure(self, failure: &Failure) -> Option<Result<T, E>> {
        (self.unshare)(failure).map(Err)
    }
}

impl<T, E> Kind<Result<Option<T>, E>> for FallibleOptional<E> {
    type Value = T;

    fn outcome(self, result: &Result<Option<T>, E>) -> Outcome<'_, T> {
        match result {
            Ok(Some(value)) => Outcome::Value(value),
            Ok(None) => Outcome::Nothing,
            Err(_) => Outcome::Failed,
        }
    }

    fn of_value(self, value: T) -> Result<Option<T>, E> {
        Ok(Some(value))
    }

    fn of_nothing(self) -> Option<Result<Option<T>, E>> {
        Some(Ok(None))
    }

    fn failure(self, result: &Result<Option<T>, E>) -> Option<Failure> {
        Some((self.0.share?)(result.as_ref().err()?))
    }

    fn of_failure(self, failure: &Failure) -> Option<Result<Option<T>, E>> {
        (self.0.unshare)(failure).map(Err)
    }
}

/// The probe whose `kind()` is the most special one that fits `R`.
///
/// `(&&&&&Probe::<R>::new()).kind()` finds, by the order in which the compiler looks for
/// methods through references, the trait with the most `&` that is implemented.
#[derive(Debug)]
pub struct Probe<R>(PhantomData<fn() -> R>);

impl<R> Probe<R> {
    /// A probe of `R`.
    #[allow(clippy::new_without_default, reason = "only ever named in expansions")]
    pub const fn new() -> Self {
        Probe(PhantomData)
    }
}

macro_rules! rungs {
    ($(
        $(#[$doc:meta])*
        $rung:ident: [$($generics:tt)*] $on:ty => $kind:ty = $value:expr;
    )*) => {$(
        $(#[$doc])*
        pub trait $rung {
            /// The kind of result.
            type Kind;
            /// The kind of result.
            fn kind(&self) -> Self::Kind;
        }

        impl<$($generics)*> $rung for $on {
            type Kind = $kind;
            fn kind(&self) -> $kind {
                $value
            }
        }
    )*};
}

rungs! {
    /// `Result<Option<T>, E>` whose error can be shared.
    SharedFallibleOptional: [T, E: Clone + Send + Sync + 'static]
        &&&&Probe<Result<Option<T>, E>> => FallibleOptional<E> = FallibleOptional(Fallible::shared());
    /// `Result<Option<T>, E>`.
    ApartFallibleOptional: [T, E]
        &&&Probe<Result<Option<T>, E>> => FallibleOptional<E> = FallibleOptional(Fallible::apart());
    /// `Result<T, E>` whose error can be shared.
    SharedFallible: [T, E: Clone + Send + Sync + 'static]
        &&Probe<Result<T, E>> => Fallible<E> = Fallible::shared();
    /// `Result<T, E>`.
    ApartFallible: [T, E]
        &Probe<Result<T, E>> => Fallible<E> = Fallible::apart();
    /// `Option<T>`.
    IsOptional: [T]
        &&&&Probe<Option<T>> => Optional = Optional;
    /// Everything else.
    IsPlain: [R]
        Probe<R> => Plain = Plain;
}

#[cfg(test)]
mod tests {
    use super::*;

    struct NotClone;
    type Alias<T> = Result<T, String>;

    #[test]
    #[allow(
        clippy::needless_borrow,
        reason = "the expansions write every `&`, whatever is needed"
    )]
    fn the_most_special_kind_wins_and_aliases_count() {
        let _: Plain = (&&&&&Probe::<u32>::new()).kind();
        let _: Optional = (&&&&&Probe::<Option<u32>>::new()).kind();
        let plain: Fallible<NotClone> = (&&&&&Probe::<Result<u32, NotClone>>::new()).kind();
        assert!(plain.share.is_none());
        let shared: Fallible<String> = (&&&&&Probe::<Alias<u32>>::new()).kind();
        assert!(shared.share.is_some());
        let both: FallibleOptional<String> = (&&&&&Probe::<Alias<Option<u32>>>::new()).kind();
        assert!(both.0.share.is_some());
        let both: FallibleOptional<NotClone> =
            (&&&&&Probe::<Result<Option<u32>, NotClone>>::new()).kind();
        assert!(both.0.share.is_none());
    }
}

//! What a function's result is to a cache: a plain value, an `Option`, a `Result`, or a
//! `Result` of an `Option`. Decided by type, so that aliases count.

use std::marker::PhantomData;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::kept::{self, Shared};

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
}

/// `R` is a `Result`.
#[derive(Clone, Copy, Debug)]
pub struct Fallible;

/// `R` is a `Result` of an `Option`.
#[derive(Clone, Copy, Debug)]
pub struct FallibleOptional;

impl<T, E> Kind<Result<T, E>> for Fallible {
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
}

impl<T, E> Kind<Result<Option<T>, E>> for FallibleOptional {
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
}

/// How a failure is shared with those who waited for it, where its type allows that.
///
/// Apart from [`Kind`], and in terms of `R` alone: a future that held the error's type twice
/// would not be `Send` for errors that hold a lifetime, `Box<dyn Error>` among them.
pub struct Sharing<R> {
    pub(crate) failure: fn(&R) -> Option<Shared>,
    pub(crate) of_failure: fn(Shared) -> Option<R>,
}

impl<R> Sharing<R> {
    pub(crate) const fn none() -> Self {
        Sharing {
            failure: |_| None,
            of_failure: |_| None,
        }
    }
}

impl<T, E: Clone + Send + Sync + 'static> Sharing<Result<T, E>> {
    const fn of_errors() -> Self {
        Sharing {
            failure: |result| kept::copied(result.as_ref().err()?),
            of_failure: |failure| kept::taken(failure).map(Err),
        }
    }
}

impl<R> std::fmt::Debug for Sharing<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sharing")
    }
}

/// The probe whose `kind()` and `sharing()` are the most special ones that fit `R`.
///
/// `(&&&Probe::<R>::new()).kind()` finds, by the order in which the compiler looks for methods
/// through references, the trait with the most `&` that is implemented.
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
    ($method:ident, $associated:ident: $(
        $(#[$doc:meta])*
        $rung:ident: [$($generics:tt)*] $on:ty => $found:ty = $value:expr;
    )*) => {$(
        $(#[$doc])*
        pub trait $rung {
            /// What was found.
            type $associated;
            /// What was found.
            fn $method(&self) -> Self::$associated;
        }

        impl<$($generics)*> $rung for $on {
            type $associated = $found;
            fn $method(&self) -> $found {
                $value
            }
        }
    )*};
}

rungs! { kind, Kind:
    /// `Result<Option<T>, E>`.
    IsFallibleOptional: [T, E]
        &&Probe<Result<Option<T>, E>> => FallibleOptional = FallibleOptional;
    /// `Result<T, E>`.
    IsFallible: [T, E]
        &Probe<Result<T, E>> => Fallible = Fallible;
    /// `Option<T>`.
    IsOptional: [T]
        &&Probe<Option<T>> => Optional = Optional;
    /// Everything else.
    IsPlain: [R]
        Probe<R> => Plain = Plain;
}

rungs! { sharing, Sharing:
    /// A `Result` whose error can be copied.
    SharesErrors: [T, E: Clone + Send + Sync + 'static]
        &Probe<Result<T, E>> => Sharing<Result<T, E>> = Sharing::of_errors();
    /// Everything else.
    SharesNothing: [R]
        Probe<R> => Sharing<R> = Sharing::none();
}

#[cfg(test)]
#[allow(
    clippy::needless_borrow,
    reason = "the expansions write every `&`, whatever is needed"
)]
mod tests {
    use super::*;

    struct NotClone;
    type Alias<T> = Result<T, String>;

    #[test]
    fn the_most_special_kind_wins_and_aliases_count() {
        let _: Plain = (&&&Probe::<u32>::new()).kind();
        let _: Optional = (&&&Probe::<Option<u32>>::new()).kind();
        let _: Fallible = (&&&Probe::<Result<u32, NotClone>>::new()).kind();
        let _: Fallible = (&&&Probe::<Alias<u32>>::new()).kind();
        let _: FallibleOptional = (&&&Probe::<Alias<Option<u32>>>::new()).kind();
        let _: FallibleOptional = (&&&Probe::<Result<Option<u32>, NotClone>>::new()).kind();
    }

    #[test]
    fn errors_are_shared_where_they_can_be_copied() {
        let shared = (&&Probe::<Alias<u32>>::new()).sharing();
        let failure = (shared.failure)(&Err("no".into())).expect("a copy");
        assert_eq!((shared.of_failure)(failure), Some(Err("no".into())));
        let apart = (&&Probe::<Result<u32, NotClone>>::new()).sharing();
        assert!((apart.failure)(&Err(NotClone)).is_none());
    }
}

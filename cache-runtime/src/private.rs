//! Exactly what the attributes' expansions name, and nothing more. Not for use by hand: it
//! changes without notice.

use std::future::Future;
use std::sync::Arc;

pub use crate::error::Error;
pub use crate::invalidation::{
    After, Family, StrictResult, Targets, mutate, mutate_blocking, mutate_strict,
    mutate_strict_blocking, refused,
};
pub use crate::key::{Argument, Encoded, Function, Key, Part, Place};
pub use crate::kind::{CacheValue, Kind, Sharing};
pub use crate::tenant::Tenant;
pub use crate::ttl::Ttl;
pub use ::{core, std};

use crate::background;
use crate::cache::Cache;
use crate::call::{self, Asked, Directive, Typed};
use crate::codec::{Codec, ValueType};
use crate::context;
use crate::entry::Fingerprint;
use crate::key::{KeyParts, write_parts};
use crate::scope::dependencies;
use crate::store::Request;

/// Finds out what kind of result a function returns, by its type.
pub mod kinds {
    pub use crate::kind::{
        IsFallible, IsFallibleOptional, IsOptional, IsPlain, Probe, SharesErrors, SharesNothing,
    };
}

/// Whose entry it is: option `tenant`.
#[derive(Debug)]
pub enum Owner {
    /// The tenant the caller runs under.
    Ambient,
    /// All tenants.
    Shared,
    /// This one.
    Of(Tenant),
}

impl Owner {
    pub(crate) fn tenant(&self) -> Option<Tenant> {
        match self {
            Owner::Ambient => context::current_tenant(),
            Owner::Shared => Some(Tenant::shared()),
            Owner::Of(tenant) => Some(tenant.clone()),
        }
    }
}

/// One call of a cached function, as its wrapper describes it.
#[derive(Debug)]
pub struct Call<'a> {
    /// What is the same for every call.
    pub function: &'static Function,
    /// Where the function stands.
    pub place: Place,
    /// Names of type parameters, values of constants.
    pub generics: &'a [Part<'a>],
    /// The arguments of a default key, or the template.
    pub key: &'a [Part<'a>],
    /// Option `tenant`.
    pub owner: Owner,
    /// Option `tags`.
    pub tags: &'a [&'a [Part<'a>]],
    /// Option `invalidate_on`.
    pub events: &'a [&'a [Part<'a>]],
    /// Option `ttl`.
    pub ttl: Ttl,
}

const OUTSIDE_TENANTS: &str = "called outside any tenant in a process that has tenants: all such calls share entries of their own; `carry` what is spawned, write `tenant = shared`, or set `CACHE_TENANCY=required`";

impl Call<'_> {
    /// The key of this call.
    pub fn key(&self) -> Key {
        self.parts()
            .key(self.owner.tenant().unwrap_or_else(Tenant::none))
    }

    fn parts(&self) -> KeyParts<'_> {
        KeyParts {
            function: self.function,
            place: self.place,
            generics: self.generics,
            key: self.key,
        }
    }

    /// What the store is to be asked, or nothing where this call is not to be cached.
    fn request(&self, cache: &Cache, value: ValueType) -> Option<Arc<Request>> {
        let tenant = self.owner.tenant();
        if !cache.0.settings.enabled || (tenant.is_none() && cache.0.settings.tenancy.required()) {
            return None;
        }
        if tenant.is_none() && context::tenants_used() {
            cache.0.warn_once(self.function.name, OUTSIDE_TENANTS);
        }
        let written = |templates: &[&[Part<'_>]]| -> Result<Vec<String>, String> {
            templates
                .iter()
                .map(|parts| {
                    let mut text = String::new();
                    write_parts(parts, &mut text).map(|()| text)
                })
                .collect()
        };
        let key = self.parts().key(tenant.unwrap_or_else(Tenant::none));
        let named = key
            .text()
            .map_err(|error| error.to_string())
            .and_then(|_| Ok((written(self.tags)?, written(self.events)?)));
        let (tags, events) = match named {
            Ok(named) => named,
            Err(why) => {
                cache
                    .0
                    .warn_once(self.function.name, &format!("computed, not cached: {why}"));
                return None;
            }
        };
        let scopes = dependencies(&key, &tags, &events);
        cache.0.usable(Request {
            fingerprint: Fingerprint::of_function(
                &key,
                &scopes,
                self.function,
                self.place.name(),
                self.generics,
                (value.name)(),
            ),
            key,
            scopes,
            value,
            ttl: self.ttl,
            name: self.function.name,
            cache_none: self.function.cache_none,
        })
    }
}

/// A call whose first question is on its way. It owns all it needs: the arguments are free.
pub struct Begun<R, K: Kind<R>> {
    cache: Cache,
    asked: Asked,
    typed: Typed<R, K>,
}

impl<R, K: Kind<R>> std::fmt::Debug for Begun<R, K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Begun").field(&self.asked).finish()
    }
}

/// Builds the key and asks the store, without waiting for the answer.
pub fn begin<R, K>(call: &Call<'_>, kind: K, sharing: Sharing<R>) -> Begun<R, K>
where
    K: Kind<R>,
    K::Value: CacheValue,
{
    let cache = context::current();
    let directive = context::take_directive();
    let asked = match call.request(&cache, ValueType::of::<K::Value>()) {
        Some(request) => cache.0.ask(request, directive),
        None => Asked::Nothing,
    };
    Begun {
        cache,
        asked,
        typed: Typed {
            kind,
            sharing,
            codec: Codec::new(),
        },
    }
}

/// The value of a call: stored, shared, or computed by `body`.
pub async fn run<R, K, W, F>(begun: Begun<R, K>, when: W, body: F) -> R
where
    K: Kind<R>,
    W: FnOnce(&K::Value) -> bool,
    F: Future<Output = R>,
{
    call::run(&begun.cache, begun.asked, begun.typed, when, body).await
}

/// As [`run`], for a function that blocks its thread.
pub fn run_blocking<R, K, W, F>(begun: Begun<R, K>, when: W, body: F) -> R
where
    K: Kind<R>,
    W: FnOnce(&K::Value) -> bool,
    F: FnOnce() -> R,
{
    call::run_blocking(&begun.cache, begun.asked, begun.typed, when, body)
}

/// The `when` of a function without one.
pub fn always<T: ?Sized>(_: &T) -> bool {
    true
}

/// Runs one cached call without the cache.
pub fn uncached<F: Future>(call: F) -> impl Future<Output = F::Output> {
    context::directed(Directive::Uncached, call)
}

/// Runs one cached call and replaces what is stored.
pub fn refresh<F: Future>(call: F) -> impl Future<Output = F::Output> {
    context::directed(Directive::Refresh, call)
}

/// As [`uncached`], for a function that blocks its thread.
pub fn uncached_blocking<R>(call: impl FnOnce() -> R) -> R {
    context::directed_blocking(Directive::Uncached, call)
}

/// As [`refresh`], for a function that blocks its thread.
pub fn refresh_blocking<R>(call: impl FnOnce() -> R) -> R {
    context::directed_blocking(Directive::Refresh, call)
}

/// Makes one entry stale.
///
/// # Errors
///
/// As [`Cache::invalidate_key`].
pub async fn invalidate(key: Key) -> Result<(), Error> {
    context::current().invalidate_key(&key).await
}

/// As [`invalidate`], for synchronous code.
///
/// # Errors
///
/// As [`Cache::invalidate_key`].
pub fn invalidate_blocking(key: Key) -> Result<(), Error> {
    background::wait(invalidate(key))
}

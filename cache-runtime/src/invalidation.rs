//! From "this changed" to what is stale: the targets of a mutator, and the guard that sees to it
//! that they are sent however the mutator ends.

mod mark;

use std::future::Future;

use crate::__private::Owner;
use crate::background;
use crate::cache::Cache;
use crate::context;
use crate::error::Error;
use crate::kept::quietly;
use crate::key::{Key, Part, Place, push_first_levels, write_parts};
use crate::kind::{Kind, Outcome};
use crate::scope::Stale;
use crate::store::Reply;
use crate::tenant::Tenant;
use mark::Mark;

/// What a mutator makes stale.
#[derive(Debug)]
pub struct Targets {
    cache: Cache,
    tenant: Tenant,
    stale: Vec<Stale>,
    /// In place of targets that need the mutator's value, if it ends without one.
    otherwise: Vec<Stale>,
    /// What a strict mutator has marked. However it ends, all of this is sent.
    mark: Option<Mark>,
}

impl Targets {
    /// No targets yet; patterns, tags and events will be the owner's.
    pub fn new(owner: Owner) -> Self {
        Targets {
            cache: context::current(),
            tenant: owner.tenant().unwrap_or_else(Tenant::none),
            stale: Vec::new(),
            otherwise: Vec::new(),
            mark: None,
        }
    }

    /// Adds targets while the owner is the current tenant, so that call shapes mean its entries.
    pub fn within(&mut self, add: impl FnOnce(&mut Targets)) {
        context::with_tenant_blocking(self.tenant.clone(), || add(self));
    }

    /// One entry.
    pub fn key(&mut self, key: Key) {
        match key.text() {
            Ok(_) => self.stale.push(Stale::Entry(key)),
            Err(error) => self.refused(&error),
        }
    }

    /// All entries of a function.
    pub fn family(&mut self, family: Family) {
        match family.stale() {
            Ok(stale) => self.stale.extend(stale),
            Err(error) => self.refused(&error),
        }
    }

    /// An exact path or a pattern.
    pub fn path(&mut self, parts: &[Part<'_>]) {
        self.add(parts, Stale::pattern);
    }

    /// A tag.
    pub fn tag(&mut self, parts: &[Part<'_>]) {
        self.add(parts, |tenant, text| Ok(vec![Stale::tag(tenant, text)?]));
    }

    /// An event.
    pub fn event(&mut self, parts: &[Part<'_>]) {
        self.add(parts, Stale::event);
    }

    /// A pattern to use when there is no value to take a path from.
    pub fn otherwise(&mut self, pattern: &'static str) {
        self.otherwise
            .extend(Stale::pattern(&self.tenant, pattern).into_iter().flatten());
    }

    /// An event to publish when there is no value to take one from.
    pub fn otherwise_event(&mut self, event: &'static str) {
        self.otherwise
            .extend(Stale::event(&self.tenant, event).into_iter().flatten());
    }

    /// A function whose entries are stale when there is no value to take arguments from.
    pub fn otherwise_family(&mut self, family: Family) {
        match family.stale() {
            Ok(stale) => self.otherwise.extend(stale),
            Err(error) => self.refused(&error),
        }
    }

    fn add(
        &mut self,
        parts: &[Part<'_>],
        stale: impl FnOnce(&Tenant, &str) -> Result<Vec<Stale>, Error>,
    ) {
        let mut text = String::new();
        let stale = write_parts(parts, &mut text)
            .map_err(|why| Error::Key { why })
            .and_then(|()| stale(&self.tenant, &text));
        match stale {
            Ok(stale) => self.stale.extend(stale),
            Err(error) => self.refused(&error),
        }
    }

    /// What cannot be named cannot be dropped alone, and must not stay: so everything of the
    /// tenant goes.
    fn refused(&mut self, error: &Error) {
        self.cache.0.warn_once(
            "invalidates",
            &format!("everything of the tenant is dropped: {error}"),
        );
        self.stale
            .push(Stale::Scope(crate::scope::Scope::tenant(&self.tenant)));
    }

    /// Marks everything that is known before the body, and with it the fallbacks for what is
    /// not.
    fn mark(&mut self) -> Reply<()> {
        let stale = each_once(self.stale.iter().chain(&self.otherwise));
        if stale.is_empty() {
            return Reply::now(());
        }
        match Mark::set(&self.cache, stale) {
            Ok((mark, reply)) => {
                self.mark = Some(mark);
                reply
            }
            Err(error) => Reply::Now(Some(Err(error))),
        }
    }

    fn send(self) -> Reply<()> {
        let marked = self.mark.iter().flat_map(|mark| mark.stale.iter());
        let stale = each_once(self.stale.iter().chain(&self.otherwise).chain(marked));
        if stale.is_empty() {
            return Reply::now(());
        }
        self.cache.0.count_invalidation();
        // The mark is no longer renewed from here on.
        let ended = self.mark.map(|mark| mark.token);
        self.cache.0.store.invalidate(stale, ended)
    }
}

fn each_once<'a>(all: impl Iterator<Item = &'a Stale>) -> Vec<Stale> {
    let mut stale: Vec<Stale> = Vec::new();
    for one in all {
        if !stale.contains(one) {
            stale.push(one.clone());
        }
    }
    stale
}

/// All entries of one cached function.
#[derive(Debug)]
pub struct Family {
    tenant: Tenant,
    pattern: String,
}

impl Family {
    /// The longest literal ancestor of the function's keys.
    pub fn new(
        place: Place,
        prefix: Option<&'static str>,
        function: Option<&'static str>,
        literal: &'static str,
        owner: Owner,
    ) -> Self {
        let mut pattern = String::new();
        push_first_levels(prefix, place, &mut pattern);
        for level in function
            .into_iter()
            .chain(Some(literal).filter(|text| !text.is_empty()))
        {
            pattern.push(':');
            pattern.push_str(level);
        }
        pattern.push_str(":*");
        Family {
            tenant: owner.tenant().unwrap_or_else(Tenant::none),
            pattern,
        }
    }

    fn stale(self) -> Result<Vec<Stale>, Error> {
        Stale::pattern(&self.tenant, &self.pattern)
    }
}

/// When a mutator's targets become stale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// After `Ok`, `Some`, or any plain value.
    Success,
    /// After any outcome.
    Always,
}

/// What a strict mutator returns: it can say that its body did not run.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot say that the body did not run",
    label = "a `strict` mutator returns a `Result` that can hold `cache_runtime::Error`",
    note = "without an acknowledged mark the body does not run, and the caller gets the error",
    note = "return `Result<T, E>` where `E: From<cache_runtime::Error>`"
)]
pub trait StrictResult {
    /// The result of a mutator whose body did not run.
    fn refused(error: Error) -> Self;
}

#[diagnostic::do_not_recommend]
impl<T, E: From<Error>> StrictResult for Result<T, E> {
    fn refused(error: Error) -> Self {
        Err(error.into())
    }
}

/// Runs a mutator's body and makes its targets stale after it.
///
/// Dropped or panicking after the body began, it may have committed: it counts as a success.
pub async fn mutate<R, K, D, F>(targets: Targets, kind: K, after: After, on_value: D, body: F) -> R
where
    K: Kind<R>,
    D: FnOnce(&K::Value, &mut Targets),
    F: Future<Output = R>,
{
    let mut guard = Guard(Some(targets));
    let result = body.await;
    // Owed from here on, if the store does not take it in time.
    let _ = guard.finish(kind, after, on_value, &result).await;
    result
}

/// As [`mutate`], for a function that blocks its thread.
pub fn mutate_blocking<R, K, D, F>(
    targets: Targets,
    kind: K,
    after: After,
    on_value: D,
    body: F,
) -> R
where
    K: Kind<R>,
    D: FnOnce(&K::Value, &mut Targets),
    F: FnOnce() -> R,
{
    let mut guard = Guard(Some(targets));
    let result = body();
    let _ = background::wait(guard.finish(kind, after, on_value, &result));
    result
}

/// The result of a strict mutator whose body did not run.
///
/// A function of its own, because a bound on the runners is reported once more where their
/// future is awaited.
pub fn refused<R: StrictResult>(error: Error) -> R {
    R::refused(match error {
        Error::Store { store, why, source } => Error::Store {
            store,
            why: format!("{why}; without its mark the body of a strict mutator does not run"),
            source,
        },
        other => other,
    })
}

/// As [`mutate`], with the targets marked from before the body until they are sent. If they
/// cannot be marked, the body does not run.
pub async fn mutate_strict<R, K, D, F>(
    targets: Targets,
    kind: K,
    after: After,
    on_value: D,
    refused: fn(Error) -> R,
    body: F,
) -> R
where
    K: Kind<R>,
    D: FnOnce(&K::Value, &mut Targets),
    F: Future<Output = R>,
{
    let (mut guard, marked) = Guard::marking(targets);
    if let Err(error) = marked.await {
        guard.forget();
        return refused(error);
    }
    let result = body.await;
    let _ = guard.finish(kind, after, on_value, &result).await;
    result
}

/// As [`mutate_strict`], for a function that blocks its thread.
pub fn mutate_strict_blocking<R, K, D, F>(
    targets: Targets,
    kind: K,
    after: After,
    on_value: D,
    refused: fn(Error) -> R,
    body: F,
) -> R
where
    K: Kind<R>,
    D: FnOnce(&K::Value, &mut Targets),
    F: FnOnce() -> R,
{
    let (mut guard, marked) = Guard::marking(targets);
    if let Err(error) = background::wait(marked) {
        guard.forget();
        return refused(error);
    }
    let result = body();
    let _ = background::wait(guard.finish(kind, after, on_value, &result));
    result
}

/// Sends the targets when it is dropped, unless the mutator came to its end first.
struct Guard(Option<Targets>);

impl Guard {
    /// Stands from before the mark: dropped while it waits for that, it ends it.
    fn marking(mut targets: Targets) -> (Self, Reply<()>) {
        let marked = targets.mark();
        (Guard(Some(targets)), marked)
    }

    /// Nothing was changed. A mark that was set all the same, only not in time, ends by itself.
    fn forget(&mut self) {
        self.0 = None;
    }

    /// Sends the targets, unless nothing was changed and there is no mark to end.
    fn finish<R, K, D>(&mut self, kind: K, after: After, on_value: D, result: &R) -> Reply<()>
    where
        K: Kind<R>,
        D: FnOnce(&K::Value, &mut Targets),
    {
        let changed = match kind.outcome(result) {
            Outcome::Value(value) => {
                // While `on_value` runs user code, the guard still stands.
                if let Some(targets) = &mut self.0 {
                    let otherwise = std::mem::take(&mut targets.otherwise);
                    let before = targets.stale.len();
                    let tenant = targets.tenant.clone();
                    let done = quietly(|| {
                        context::with_tenant_blocking(tenant, || on_value(value, targets));
                    });
                    if done.is_none() {
                        targets.stale.truncate(before);
                        targets.otherwise = otherwise;
                    }
                }
                true
            }
            Outcome::Failed => after == After::Always,
            Outcome::Nothing => after == After::Always || !kind.nothing_is_failure(),
        };
        match self.0.take() {
            Some(targets) if changed || targets.mark.is_some() => targets.send(),
            _ => Reply::now(()),
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(targets) = self.0.take() {
            drop(targets.send());
        }
    }
}

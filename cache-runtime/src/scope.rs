//! What an entry depends on, and what an invalidation reaches. Scopes are names; their epochs
//! live in the store.

use std::fmt;
use std::sync::Arc;

use crate::error::Error;
use crate::key::{Key, MOST_LEVELS, check_path};
use crate::tenant::Tenant;

/// Everything in the namespace, a tenant, everything below a path, a tag, or an event.
///
/// As text: `*`, `{acme}`, `{acme}:suite:list`, `{acme}#tag`, `{acme}!event`, `{acme}=event`.
/// The character after the tenant tells the kinds apart.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Scope(Arc<str>);

impl Scope {
    pub(crate) fn namespace() -> Self {
        Scope("*".into())
    }

    pub(crate) fn tenant(tenant: &Tenant) -> Self {
        Scope(tenant.tag().into())
    }

    /// Everything below `path:`.
    fn below(tenant: &Tenant, path: &str) -> Self {
        Scope(format!("{}:{path}", tenant.tag()).into())
    }

    fn tag(tenant: &Tenant, tag: &str) -> Self {
        Scope(format!("{}#{tag}", tenant.tag()).into())
    }

    /// Moved when `event` or anything below it is published.
    fn event_or_below(tenant: &Tenant, event: &str) -> Self {
        Scope(format!("{}!{event}", tenant.tag()).into())
    }

    /// Moved when exactly `event` is published.
    fn event_itself(tenant: &Tenant, event: &str) -> Self {
        Scope(format!("{}={event}", tenant.tag()).into())
    }

    pub(crate) fn name(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Each strict ancestor of a name of levels joined by `:`, nearest to the root first.
fn strict_ancestors(name: &str) -> impl Iterator<Item = &str> {
    name.match_indices(':').map(|(at, _)| &name[..at])
}

/// What the entry under `key` depends on, in an order all processes share.
pub(crate) fn dependencies(key: &Key, tags: &[String], events: &[String]) -> Vec<Scope> {
    let tenant = key.tenant();
    let mut scopes = vec![Scope::namespace(), Scope::tenant(tenant)];
    scopes.extend(strict_ancestors(key.path()).map(|path| Scope::below(tenant, path)));
    let mut more: Vec<Scope> = tags.iter().map(|tag| Scope::tag(tenant, tag)).collect();
    for event in events {
        // Publishing `suite.updated` reaches the listeners of `suite.updated:42` too.
        more.extend(strict_ancestors(event).map(|outer| Scope::event_itself(tenant, outer)));
        more.push(Scope::event_or_below(tenant, event));
    }
    more.sort();
    more.dedup();
    scopes.extend(more);
    scopes
}

/// One thing that is no longer true: an entry (with any fill of it in progress), or a scope.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Stale {
    Entry(Key),
    Scope(Scope),
}

impl Stale {
    /// An exact path, `a:b:*`, or `*`. A long level may be written out or as keys show it, cut:
    /// both are meant.
    pub(crate) fn pattern(tenant: &Tenant, pattern: &str) -> Result<Vec<Self>, Error> {
        if pattern == "*" {
            return Ok(vec![Stale::Scope(Scope::tenant(tenant))]);
        }
        let below = pattern.strip_suffix(":*");
        let path = below.unwrap_or(pattern);
        check_path("pattern", path, pattern)?;
        let mut keys = vec![
            Key::from_path(tenant.clone(), path),
            Key::as_shown(tenant.clone(), path),
        ];
        keys.dedup();
        let stale = keys.into_iter().map(|key| match below {
            Some(_) => Stale::Scope(Scope::below(tenant, key.path())),
            None => Stale::Entry(key),
        });
        Ok(stale.collect())
    }

    /// Everything of the tenant that this is part of.
    #[cfg(feature = "redis")]
    pub(crate) fn widened(&self) -> Self {
        Stale::Scope(match self {
            Stale::Entry(key) => Scope::tenant(key.tenant()),
            // `{tenant}` and what follows it; the namespace has no tenant.
            Stale::Scope(scope) => match scope.0.find('}') {
                Some(end) => Scope(scope.0[..=end].into()),
                None => scope.clone(),
            },
        })
    }

    pub(crate) fn tag(tenant: &Tenant, tag: &str) -> Result<Self, Error> {
        check_name("tag", tag)?;
        Ok(Stale::Scope(Scope::tag(tenant, tag)))
    }

    /// The scopes a published event moves: its own name's listeners, and those of every name
    /// above it.
    pub(crate) fn event(tenant: &Tenant, event: &str) -> Result<Vec<Self>, Error> {
        check_name("event", event)?;
        let mut scopes = vec![
            Scope::event_itself(tenant, event),
            Scope::event_or_below(tenant, event),
        ];
        scopes.extend(strict_ancestors(event).map(|outer| Scope::event_or_below(tenant, outer)));
        Ok(scopes.into_iter().map(Stale::Scope).collect())
    }
}

fn check_name(what: &'static str, name: &str) -> Result<(), Error> {
    let help = "write a name such as `suite.updated` or `project:42`";
    let why = if name.split(':').count() > MOST_LEVELS {
        "has more than eight levels"
    } else if name.split(':').any(str::is_empty) {
        "is empty or has an empty level"
    } else if name.contains('*') {
        "has a `*`, and names are reached whole"
    } else if name.contains(char::is_control) {
        "has a control character"
    } else {
        return Ok(());
    };
    Err(Error::name(what, name, why, help))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reached(listener: &str, published: &str) -> bool {
        let tenant = Tenant::named("acme");
        let key = Key::of(&tenant, "a").expect("a path");
        let scopes = dependencies(&key, &[], &[listener.to_owned()]);
        Stale::event(&tenant, published)
            .expect("an event")
            .iter()
            .any(|stale| matches!(stale, Stale::Scope(scope) if scopes.contains(scope)))
    }

    #[test]
    fn events_reach_their_own_listeners_those_above_and_those_below() {
        assert!(reached("suite.updated", "suite.updated"));
        assert!(reached("suite.updated", "suite.updated:42"));
        assert!(reached("suite.updated:42", "suite.updated:42"));
        assert!(reached("suite.updated:42", "suite.updated"));
        assert!(!reached("suite.updated:42", "suite.updated:43"));
        assert!(!reached("suite.updated", "suite.updates"));
        assert!(!reached("suite.updated:4", "suite.updated:42"));
    }

    #[test]
    fn a_pattern_reaches_below_a_level_that_is_long() {
        let long = "x".repeat(1000);
        let key = Key::of("acme", &format!("doc:{long}:part")).expect("a path");
        let below = Stale::pattern(&Tenant::named("acme"), &format!("doc:{long}:*"));
        assert!(key.path().len() < 300);
        let scopes = dependencies(&key, &[], &[]);
        let reached =
            |stale: &Stale| matches!(stale, Stale::Scope(scope) if scopes.contains(scope));
        assert!(below.is_ok_and(|stale| stale.iter().any(reached)));
    }

    #[test]
    fn a_pattern_may_have_one_long_level_written_out_and_another_as_it_is_shown() {
        let (tenant, long) = (Tenant::named("acme"), "x".repeat(1000));
        let key = Key::of(&tenant, &format!("{long}:{long}")).expect("a path");
        let shown = key.path().split(':').next().expect("a level").to_owned();
        for mixed in [format!("{shown}:{long}"), format!("{long}:{shown}")] {
            let stale = Stale::pattern(&tenant, &mixed).expect("a path");
            assert!(stale.contains(&Stale::Entry(key.clone())));
        }
    }

    #[test]
    fn an_entry_depends_on_its_strict_ancestors_only() {
        let key = Key::of("acme", "suites:list:0").expect("a path");
        let names: Vec<_> = dependencies(&key, &[], &[])
            .iter()
            .map(|scope| scope.name().to_owned())
            .collect();
        assert_eq!(
            names,
            ["*", "{acme}", "{acme}:suites", "{acme}:suites:list"]
        );
    }
}

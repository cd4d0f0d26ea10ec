//! What must hold for any input, as functions of bytes: a panic is a finding. `fuzz/` feeds them
//! what a fuzzer makes up; the test here feeds them what one has found so far.

mod key;
mod value;

use crate::entry::{self, FINGERPRINT, Fingerprint, STAMP};
use crate::key::Key;
use crate::scope::{Scope, Stale, dependencies};
use crate::tenant::Tenant;

pub use key::key;

/// Bytes that open are those that `write` gives back, with whatever fingerprint, and whether
/// their checksum was right or is made to be: a fuzzer does not guess one.
pub fn entry(bytes: &[u8]) {
    let Some((fingerprint, bytes)) = bytes.split_first_chunk() else {
        return;
    };
    let fingerprint = Fingerprint(*fingerprint);
    opens_as_written(bytes, fingerprint);
    let mut mended = bytes.to_vec();
    if let Some(place) = mended.get_mut(FINGERPRINT) {
        place.copy_from_slice(&fingerprint.0);
        opens_as_written(&mended, fingerprint);
    }
    if mended.len() >= entry::PAYLOAD {
        let sum = entry::checksum(&mended);
        mended[entry::CHECKSUM].copy_from_slice(&sum.to_le_bytes());
        opens_as_written(&mended, fingerprint);
    }
}

fn opens_as_written(bytes: &[u8], fingerprint: Fingerprint) {
    let Some(payload) = entry::open(bytes, fingerprint) else {
        return;
    };
    let number = |range: std::ops::Range<usize>| {
        u64::from_le_bytes(bytes[range].try_into().expect("eight bytes"))
    };
    let written = entry::write(
        bytes[STAMP].try_into().expect("sixteen bytes"),
        fingerprint,
        Some(number(entry::TTL)),
        number(entry::STORED_AT),
        payload,
    );
    assert_eq!(written, bytes, "what opens is not what was written");
    let mut other = fingerprint;
    other.0[0] ^= 1;
    assert_eq!(entry::open(bytes, other), None, "opens as another's");
}

/// Lines of text: a tenant, another one, a path, a pattern, an event that is listened to, one
/// that is published, a tag. Whatever they are, they mean what the documentation says or are
/// errors, and reach nothing else.
pub fn pattern(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut lines = text.split('\n');
    let mut line = || lines.next().unwrap_or_default();
    let (tenant, other) = (Tenant::named(line()), Tenant::named(line()));
    let (path, pattern, listened, published, tag) = (line(), line(), line(), line(), line());
    tenants_are_apart(&tenant, &other);

    let read = Stale::pattern(&tenant, pattern);
    let below = pattern.strip_suffix(":*");
    let meant = pattern == "*" || is_name(below.unwrap_or(pattern));
    assert_eq!(read.is_ok(), meant, "pattern {pattern:?}: {read:?}");
    assert_eq!(
        Key::of(&tenant, path).is_ok(),
        is_name(path),
        "path {path:?}"
    );
    assert_eq!(
        Stale::tag(&tenant, tag).is_ok(),
        is_name(tag),
        "tag {tag:?}"
    );
    let publishes = Stale::event(&tenant, published);
    assert_eq!(publishes.is_ok(), is_name(published), "event {published:?}");

    let Ok(key) = Key::of(&tenant, path) else {
        return;
    };
    let tags = [tag.to_owned()];
    let events = [listened.to_owned()];
    let scopes = dependencies(&key, &tags, &events);
    let reached = |stale: &[Stale]| {
        stale.iter().any(|one| match one {
            Stale::Entry(entry) => *entry == key,
            Stale::Scope(scope) => scopes.contains(scope),
        })
    };
    if let Ok(read) = read {
        let expected = match below {
            _ if pattern == "*" => true,
            Some(above) => starts_with(&tenant, path, above) && !same_path(&tenant, path, above),
            None => same_path(&tenant, path, pattern),
        };
        assert_eq!(reached(&read), expected, "{pattern:?} and {path:?}");
        let elsewhere = Stale::pattern(&other, pattern).expect("good for one, good for all");
        assert!(tenant == other || !reached(&elsewhere), "another tenant's");
    }
    if let (Ok(publishes), true) = (publishes, is_name(listened)) {
        let expected = is_or_below(listened, published) || is_or_below(published, listened);
        assert_eq!(
            reached(&publishes),
            expected,
            "{published:?} and {listened:?}"
        );
    }
    if let Ok(tagged) = Stale::tag(&tenant, tag) {
        assert!(reached(&[tagged]), "its own tag {tag:?}");
    }
    its_ancestors_and_no_more(&key, path, &scopes);
}

fn tenants_are_apart(one: &Tenant, other: &Tenant) {
    assert_eq!(one.name() == other.name(), one.tag() == other.tag());
    for nameless in [Tenant::none(), Tenant::shared()] {
        assert_ne!(one.tag(), nameless.tag());
    }
    let inside = &one.tag()[1..one.tag().len() - 1];
    assert!(!inside.contains(['{', '}', ':', '#', '!', '=', '*']) || inside.len() > 64);
}

/// A path, a tag, an event: one to eight levels that are not empty, in characters that can be
/// seen, without a star.
fn is_name(text: &str) -> bool {
    let levels: Vec<&str> = text.split(':').collect();
    levels.len() <= 8
        && levels.iter().all(|level| !level.is_empty())
        && !text.chars().any(|c| c == '*' || c.is_control())
}

fn is_or_below(name: &str, above: &str) -> bool {
    name.strip_prefix(above)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
}

fn same_path(tenant: &Tenant, path: &str, written: &str) -> bool {
    path.split(':').count() == written.split(':').count() && starts_with(tenant, path, written)
}

/// Level by level: all as they were written, or as keys show them. One that is too long to be
/// shown can only be written out.
fn starts_with(tenant: &Tenant, path: &str, written: &str) -> bool {
    let shown = |level: &str| Key::from_path(tenant.clone(), level).path().to_owned();
    let all = |same: &dyn Fn(&str, &str) -> bool| {
        let mut levels = path.split(':');
        let mut texts = written.split(':');
        texts.all(|text| levels.next().is_some_and(|level| same(level, text)))
    };
    all(&|level, text| level == text)
        || all(&|level, text| shown(level) == text || (text.len() > LONG && level == text))
}

const LONG: usize = 256;

/// Every strict ancestor reaches the key, its levels written out or as they are shown, and what
/// is merely the beginning of one does not.
fn its_ancestors_and_no_more(key: &Key, path: &str, scopes: &[Scope]) {
    let reaches = |above: &str| {
        let stale = Stale::pattern(key.tenant(), &format!("{above}:*"));
        let mut stale = stale.into_iter().flatten();
        stale.any(|one| matches!(one, Stale::Scope(scope) if scopes.contains(&scope)))
    };
    for (at, c) in path.char_indices().skip(1) {
        assert_eq!(
            reaches(&path[..at]),
            c == ':',
            "{:?} of {path:?}",
            &path[..at]
        );
    }
    let levels: Vec<_> = path.split(':').zip(key.path().split(':')).collect();
    for end in 1..levels.len() {
        for shown in 0..=end {
            // One that only looks as if it were shown is, next to others that are.
            let one = |(at, (written, cut)): (usize, &(&str, &str))| {
                let is_shown = at < shown || (shown > 0 && written.len() <= LONG);
                (if is_shown { *cut } else { *written }).to_owned()
            };
            let above: Vec<String> = levels[..end].iter().enumerate().map(one).collect();
            assert!(reaches(&above.join(":")), "{above:?} of {path:?}");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    /// Everything that was worth keeping, and everything that was once wrong.
    fn replay(target: &str, property: fn(&[u8])) {
        let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz");
        let mut files = 0;
        for folder in ["corpus", "found"] {
            let Ok(inputs) = std::fs::read_dir(fuzz.join(folder).join(target)) else {
                continue;
            };
            for input in inputs {
                let path = input.expect("a folder that can be read").path();
                property(&std::fs::read(&path).expect("a file that can be read"));
                files += 1;
            }
        }
        assert!(files > 10, "{target} has {files} inputs");
    }

    #[test]
    fn entries_open_as_they_were_written() {
        replay("entry", super::entry);
    }

    #[test]
    fn keys_are_equal_exactly_when_values_are() {
        replay("key", super::key);
    }

    #[test]
    fn patterns_reach_what_lies_below_and_nothing_else() {
        replay("pattern", super::pattern);
    }
}

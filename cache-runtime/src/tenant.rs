//! Whose a value is. The tenant is part of every key and every scope, so that nothing written
//! with one tenant's name can reach another's.

use std::fmt;
use std::sync::Arc;

use crate::key::encoding;

/// Longer tags are cut and completed with a digest, so that no tenant makes keys unwieldy.
const LONGEST_TAG: usize = 64;

/// Whose entries a call reads and an invalidation reaches.
///
/// Made from a name (`Tenant::from("acme")`), or one of the two that have none:
/// [`Tenant::none`], where calls outside any tenant live, and [`Tenant::shared`], for what
/// `tenant = shared` stores on purpose for everybody. All three kinds are apart: a tenant
/// *named* `shared`, `*` or the empty string is a tenant like any other.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Tenant {
    name: Arc<str>,
    /// `{…}`, as it stands at the front of keys and scopes: the name escaped, or `-` or `*`,
    /// which no escaped name is.
    tag: Arc<str>,
}

impl Tenant {
    /// Where calls made outside any tenant live.
    pub fn none() -> Self {
        Tenant {
            name: "".into(),
            tag: "{-}".into(),
        }
    }

    /// Shared by all tenants, on purpose.
    pub fn shared() -> Self {
        Tenant {
            name: "".into(),
            tag: "{*}".into(),
        }
    }

    /// The tenant of this name.
    pub fn named(name: &str) -> Self {
        let escaped = match name {
            "" => "%".to_owned(),
            "-" => "%2D".to_owned(),
            name => encoding::escaped(name, |c| c.is_alphanumeric() || "_-.@/+".contains(c)),
        };
        let tag = encoding::cut(&escaped, LONGEST_TAG, || encoding::digest_hex(&escaped));
        Tenant {
            name: name.into(),
            tag: format!("{{{tag}}}").into(),
        }
    }

    /// The name it was made from; empty for [`none`](Tenant::none) and
    /// [`shared`](Tenant::shared).
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn tag(&self) -> &str {
        &self.tag
    }
}

impl fmt::Debug for Tenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.tag {
            "{-}" => f.write_str("no tenant"),
            "{*}" => f.write_str("shared"),
            _ => write!(f, "tenant {:?}", self.name),
        }
    }
}

/// The name as it was given; `(none)` and `(shared)` for the two without.
impl fmt::Display for Tenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.tag {
            "{-}" => f.write_str("(none)"),
            "{*}" => f.write_str("(shared)"),
            _ => f.write_str(&self.name),
        }
    }
}

impl From<&str> for Tenant {
    fn from(name: &str) -> Self {
        Tenant::named(name)
    }
}

impl From<String> for Tenant {
    fn from(name: String) -> Self {
        Tenant::named(&name)
    }
}

impl From<&String> for Tenant {
    fn from(name: &String) -> Self {
        Tenant::named(name)
    }
}

impl From<Arc<str>> for Tenant {
    fn from(name: Arc<str>) -> Self {
        Tenant::named(&name)
    }
}

impl From<&Tenant> for Tenant {
    fn from(tenant: &Tenant) -> Self {
        tenant.clone()
    }
}

macro_rules! from_numbers {
    ($($number:ty),*) => {$(
        impl From<$number> for Tenant {
            fn from(number: $number) -> Self {
                Tenant::named(&number.to_string())
            }
        }
    )*};
}
from_numbers!(u16, u32, u64, u128, usize, i32, i64, i128);

//! What can go wrong, for those who call the cache by hand or set it up.
//!
//! A `#[cached]` function never returns any of these: there, every failure of the cache is a
//! computed value and, where it helps, one log line.

/// What can go wrong. Values and passwords are never part of a message; a name that cannot be
/// used is quoted by its beginning.
#[non_exhaustive]
#[derive(thiserror::Error)]
pub enum Error {
    /// A setting, an option or an environment variable cannot be used as it is.
    #[error("{name} is {value:?}, which cannot be used\nhelp: {accepted}")]
    Setting {
        /// The name as it was typed: `REDIS_PORT`, `default_ttl`.
        name: String,
        /// What it was set to, without any password.
        value: String,
        /// What is accepted instead.
        accepted: String,
    },

    /// A path, pattern, tag or event that cannot be understood.
    #[error("{what} {text:?} {why}\nhelp: {help}")]
    Name {
        /// `path`, `pattern`, `tag` or `event`.
        what: &'static str,
        /// The text as it was given, shortened.
        text: String,
        /// What is wrong with it.
        why: String,
        /// What to write instead.
        help: String,
    },

    /// An argument refused to be written into a key: its `Serialize` failed or panicked.
    #[error(
        "an argument cannot be part of a key: {why}\nhelp: `skip(…)` it or name one of its fields in `key`"
    )]
    Key {
        /// What its `Serialize` said.
        why: String,
    },

    /// `init` was called twice, or after the cache had already been used.
    #[error(
        "the cache is already initialised\nhelp: call `init` once, first thing in `main`, before any cached function runs"
    )]
    AlreadyInitialised,

    /// The store did not do it. An invalidation that ends so is kept and sent again.
    #[error("{store} could not be used: {why}")]
    Store {
        /// Which store, without credentials: `redis at 127.0.0.1:6379`.
        store: String,
        /// What happened.
        why: String,
        /// The client's own error, where there is one.
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },

    /// A value could not be written in a form that reads back equal.
    #[error("the value cannot be stored: {why}")]
    Encode {
        /// What stands in the way.
        why: String,
    },

    /// The background thread, or randomness, is not to be had from this system.
    #[error("the system refused {what}")]
    System {
        /// What was asked for.
        what: &'static str,
        /// Why it was refused.
        #[source]
        source: std::io::Error,
    },
}

/// As `Display`: a `main` that returns an error prints its `Debug`, and that is for reading too.
impl std::fmt::Debug for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self}")
    }
}

impl Error {
    pub(crate) fn setting(
        name: impl Into<String>,
        value: impl Into<String>,
        accepted: impl Into<String>,
    ) -> Self {
        Error::Setting {
            name: name.into(),
            value: shortened(&value.into()),
            accepted: accepted.into(),
        }
    }

    pub(crate) fn name(
        what: &'static str,
        text: &str,
        why: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Error::Name {
            what,
            text: shortened(text),
            why: why.into(),
            help: help.into(),
        }
    }

    pub(crate) fn store(store: &str, why: impl Into<String>) -> Self {
        Error::Store {
            store: store.to_owned(),
            why: why.into(),
            source: None,
        }
    }
}

/// Long input is quoted by its beginning: an error message is for reading.
fn shortened(text: &str) -> String {
    const LONGEST: usize = 80;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

//! Options of the programs that measure, and the files they write.

use std::error::Error;
use std::fmt::Display;
use std::process::Command;
use std::str::FromStr;

/// The value after `name` on the command line.
///
/// # Errors
///
/// When it cannot be read.
pub fn option<T: FromStr<Err: Display>>(
    arguments: &[String],
    name: &str,
) -> Result<Option<T>, Box<dyn Error>> {
    let Some(at) = arguments.iter().position(|argument| argument == name) else {
        return Ok(None);
    };
    let value = arguments
        .get(at + 1)
        .ok_or(format!("{name} wants a value"))?;
    match value.parse() {
        Ok(value) => Ok(Some(value)),
        Err(error) => Err(format!("{name} {value}: {error}").into()),
    }
}

/// Writes tables as a page that says of which commit they are.
///
/// # Errors
///
/// When the file cannot be written.
pub fn write(file: &str, title: &str, tables: &impl Display) -> Result<(), Box<dyn Error>> {
    let git = |arguments: &[&str]| -> Option<String> {
        let output = Command::new("git").args(arguments).output().ok()?;
        String::from_utf8(output.stdout).ok()
    };
    let commit = git(&["rev-parse", "--short", "HEAD"]).unwrap_or_default();
    let changed = git(&[
        "status",
        "--porcelain",
        "--",
        "cache-macros",
        "cache-runtime",
    ]);
    let state = match changed.is_none_or(|files| files.is_empty()) {
        true => "",
        false => ", with changes to the library",
    };
    let build = if cfg!(debug_assertions) {
        "debug"
    } else {
        "release"
    };
    let page = format!(
        "# {title}\n\nCommit {}{state}, {build} build.\n\n{tables}",
        commit.trim()
    );
    Ok(std::fs::write(file, page)?)
}

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

/// What is being measured: the commit, whether the library differs from it, and the build.
/// To be asked at the start, for a commit may be made meanwhile.
pub fn measured() -> String {
    let git = |arguments: &[&str]| {
        let output = Command::new("git").args(arguments).output().ok()?;
        String::from_utf8(output.stdout).ok()
    };
    let commit = git(&["rev-parse", "--short", "HEAD"]).unwrap_or_default();
    let files = git(&[
        "status",
        "--porcelain",
        "--",
        "cache-macros",
        "cache-runtime",
    ]);
    let changed = match files.is_none_or(|files| files.is_empty()) {
        true => "",
        false => ", with changes to the library",
    };
    let build = match cfg!(debug_assertions) {
        true => "debug",
        false => "release",
    };
    format!("Commit {}{changed}, {build} build.", commit.trim())
}

/// Writes tables as a page that says what was measured.
///
/// # Errors
///
/// When the file cannot be written.
pub fn write(
    file: &str,
    title: &str,
    measured: &str,
    tables: &impl Display,
) -> Result<(), Box<dyn Error>> {
    let page = format!("# {title}\n\n{measured}\n\n{tables}");
    Ok(std::fs::write(file, page)?)
}

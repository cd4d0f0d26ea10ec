//! The nearest known name, for "did you mean".

/// The name most like `typed`, if one is close enough to be meant.
pub(crate) fn nearest<'a>(
    typed: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let close_enough = 1 + typed.chars().count() / 4;
    known
        .into_iter()
        .map(|name| (distance(typed, name), name))
        .filter(|(distance, _)| *distance <= close_enough)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// Names as they stand in a message: `` `a`, `b` ``.
pub(crate) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let quoted: Vec<_> = names.into_iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}

/// The arguments a function has, for messages.
pub(crate) fn arguments(names: &[String]) -> String {
    match names {
        [] => "there are no arguments with a name".to_owned(),
        [only] => format!("the only argument is `{only}`"),
        several => format!(
            "the arguments are {}",
            listed(several.iter().map(String::as_str))
        ),
    }
}

/// How many insertions, removals, replacements and swaps of neighbours lead from `a` to `b`.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 0..a.len() {
        let mut row = vec![i + 1];
        for j in 0..b.len() {
            let replaced = last[j] + usize::from(a[i] != b[j]);
            let mut best = replaced.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j] {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_count_single_edits() {
        assert_eq!(distance("ttl", "ttl"), 0);
        assert_eq!(distance("tll", "ttl"), 1);
        assert_eq!(distance("tlt", "ttl"), 1);
        assert_eq!(distance("", "key"), 3);
        assert_eq!(distance("prefixes", "prefix"), 2);
    }

    #[test]
    fn only_what_is_close_is_suggested() {
        let known = ["ttl", "prefix", "key", "skip"];
        assert_eq!(nearest("tll", known), Some("ttl"));
        assert_eq!(nearest("prefx", known), Some("prefix"));
        assert_eq!(nearest("capacity", known), None);
    }

    #[test]
    fn names_are_listed_in_backticks() {
        assert_eq!(listed(["id", "name"]), "`id`, `name`");
    }
}

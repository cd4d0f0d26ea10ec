//! `"user:{id}"`: literal parts and placeholders, in levels separated by `:`.

use proc_macro2::Ident;
use syn::{LitStr, Member};

use crate::errors::Errors;

/// Entries have no more levels than this.
pub(crate) const MOST_LEVELS: usize = 8;

/// A text that was read without a mistake.
pub(crate) struct Template {
    pub(crate) literal: LitStr,
    /// Literal pieces contain the `:` between levels.
    pub(crate) pieces: Vec<Piece>,
}

#[derive(Clone, PartialEq)]
pub(crate) enum Piece {
    Literal(String),
    Placeholder(Placeholder),
}

/// `{filter.owner}`.
#[derive(Clone, PartialEq)]
pub(crate) struct Placeholder {
    /// The argument, `self`, or `ok`.
    pub(crate) root: String,
    pub(crate) fields: Vec<Member>,
}

/// What a text is for, which decides what may stand in it.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Use {
    Prefix,
    Key,
    /// An exact path, or a pattern that ends with `*`.
    Path,
    Tag,
    Event,
}

impl Use {
    fn name(self) -> &'static str {
        match self {
            Use::Prefix => "a prefix",
            Use::Key => "a key",
            Use::Path => "a path",
            Use::Tag => "a tag",
            Use::Event => "an event",
        }
    }
}

impl Template {
    /// `None` after a mistake, which is then reported.
    pub(crate) fn read(literal: &LitStr, used: Use, errors: &mut Errors) -> Option<Self> {
        let text = literal.value();
        let mut mistake = |(fact, help): (String, String)| errors.add(literal, fact, help);
        let pieces = match pieces(&text) {
            Ok(pieces) => pieces,
            Err(found) => {
                mistake(found);
                return None;
            }
        };
        let template = Template {
            literal: literal.clone(),
            pieces,
        };
        match template.mistake(used) {
            Some(found) => {
                mistake(found);
                None
            }
            None => Some(template),
        }
    }

    /// Each level's pieces.
    pub(crate) fn levels(&self) -> Vec<Vec<Piece>> {
        let mut levels = vec![Vec::new()];
        for piece in &self.pieces {
            let Piece::Literal(text) = piece else {
                push_last(&mut levels, piece.clone());
                continue;
            };
            for (index, part) in text.split(':').enumerate() {
                if index > 0 {
                    levels.push(Vec::new());
                }
                if !part.is_empty() {
                    push_last(&mut levels, Piece::Literal(part.to_owned()));
                }
            }
        }
        levels
    }

    /// The leading literal levels above the last one: `list` of `list:{offset}`.
    pub(crate) fn literal_ancestor(&self) -> String {
        let levels = self.levels();
        let above = levels.len() - 1;
        let leading = levels
            .iter()
            .take(above)
            .map_while(|level| match &level[..] {
                [Piece::Literal(text)] => Some(text.as_str()),
                _ => None,
            });
        leading.collect::<Vec<_>>().join(":")
    }

    pub(crate) fn placeholders(&self) -> impl Iterator<Item = &Placeholder> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Placeholder(placeholder) => Some(placeholder),
            Piece::Literal(_) => None,
        })
    }

    /// What is wrong, and what to write instead.
    fn mistake(&self, used: Use) -> Option<(String, String)> {
        let what = used.name();
        let levels = self.levels();
        if self.pieces.is_empty() {
            let help = "write at least one level, such as `\"suite\"`";
            return Some((format!("{what} cannot be empty"), help.into()));
        }
        if used == Use::Prefix && self.placeholders().next().is_some() {
            let help = "a prefix is the same for every call; placeholders go into `key`";
            return Some((format!("{what} has no placeholders"), help.into()));
        }
        if levels.iter().any(Vec::is_empty) {
            let help = "every `:` separates two levels; write e.g. `suite:list`";
            return Some((format!("{what} cannot have an empty level"), help.into()));
        }
        if let Some(odd) = self.literal_text().chars().find(|c| unfit(*c, used)) {
            let help = "use letters, digits and `-_.,/=` between the `:` of the levels";
            return Some((format!("{what} cannot contain {odd:?}"), help.into()));
        }
        if let Some(found) = self.misplaced_star(used, &levels) {
            return Some(found);
        }
        (levels.len() > MOST_LEVELS).then(|| {
            let fact = format!(
                "{what} has {} levels, at most {MOST_LEVELS} are possible",
                levels.len()
            );
            (
                fact,
                "separate some of them with `,` or `.` instead of `:`".into(),
            )
        })
    }

    fn misplaced_star(&self, used: Use, levels: &[Vec<Piece>]) -> Option<(String, String)> {
        let what = used.name();
        if !self.literal_text().contains('*') {
            return None;
        }
        if used != Use::Path {
            let help = match used {
                Use::Event => {
                    "publish and listen by whole levels: `suite.updated` covers `suite.updated:42`"
                }
                _ => "`*` belongs into patterns: `#[invalidates(\"suite:*\")]`",
            };
            return Some((format!("{what} cannot contain `*`"), help.into()));
        }
        if self.is_pattern() && self.literal_text().matches('*').count() == 1 {
            return None;
        }
        let tag: Vec<String> = levels.iter().map(|level| without_stars(level)).collect();
        let tag = tag
            .into_iter()
            .filter(|level| !level.is_empty())
            .collect::<Vec<_>>()
            .join(":");
        let tag = if tag.is_empty() {
            "a-tag".to_owned()
        } else {
            tag
        };
        let help = format!(
            "end with `:*`, or tag the entries with `#[cached(tags = [\"{tag}\"])]` and write `tags = [\"{tag}\"]` here"
        );
        Some(("`*` can only be the whole last level".into(), help))
    }

    /// Whether the last level is `*`.
    pub(crate) fn is_pattern(&self) -> bool {
        matches!(self.levels().last().map(Vec::as_slice), Some([Piece::Literal(text)]) if text == "*")
    }

    fn literal_text(&self) -> String {
        let literals = self.pieces.iter().filter_map(|piece| match piece {
            Piece::Literal(text) => Some(text.as_str()),
            Piece::Placeholder(_) => None,
        });
        literals.collect()
    }
}

impl std::fmt::Display for Placeholder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{{{}", self.root)?;
        for field in &self.fields {
            match field {
                Member::Named(name) => write!(f, ".{name}")?,
                Member::Unnamed(index) => write!(f, ".{}", index.index)?,
            }
        }
        write!(f, "}}")
    }
}

fn push_last(levels: &mut [Vec<Piece>], piece: Piece) {
    if let Some(last) = levels.last_mut() {
        last.push(piece);
    }
}

/// What the encoding of keys keeps for itself, and what people cannot read.
fn unfit(c: char, used: Use) -> bool {
    let braces = used == Use::Prefix && matches!(c, '{' | '}');
    c.is_control() || c.is_whitespace() || matches!(c, '"' | '%') || braces
}

fn without_stars(level: &[Piece]) -> String {
    let texts = level.iter().map(|piece| match piece {
        Piece::Literal(text) => text.replace('*', ""),
        Piece::Placeholder(placeholder) => placeholder.to_string(),
    });
    texts.collect()
}

/// Splits at braces; `{{` and `}}` are braces themselves.
fn pieces(text: &str) -> Result<Vec<Piece>, (String, String)> {
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        literal.push_str(&rest[..at]);
        let (brace, after) = rest[at..].split_at(1);
        rest = after;
        if let Some(after) = rest.strip_prefix(brace) {
            literal.push_str(brace);
            rest = after;
            continue;
        }
        if brace == "}" {
            return Err((
                "`}` was never opened".into(),
                "write `}}` for a brace".into(),
            ));
        }
        let Some((inside, after)) = rest.split_once('}') else {
            return Err((
                "`{` is never closed".into(),
                "write `{{` for a brace".into(),
            ));
        };
        if !literal.is_empty() {
            pieces.push(Piece::Literal(std::mem::take(&mut literal)));
        }
        pieces.push(Piece::Placeholder(placeholder(inside)?));
        rest = after;
    }
    literal.push_str(rest);
    if !literal.is_empty() {
        pieces.push(Piece::Literal(literal));
    }
    Ok(pieces)
}

fn placeholder(inside: &str) -> Result<Placeholder, (String, String)> {
    let help = "a placeholder is an argument or a field of one, such as `{id}` or `{filter.owner}`";
    if inside.is_empty() {
        return Err(("`{}` names no argument".into(), help.into()));
    }
    let mut names = inside.split('.');
    let root = names.next().unwrap_or_default();
    let fields: Option<Vec<Member>> = names.map(|name| syn::parse_str(name).ok()).collect();
    match fields {
        Some(fields) if root == "self" || syn::parse_str::<Ident>(root).is_ok() => {
            Ok(Placeholder {
                root: root.to_owned(),
                fields,
            })
        }
        _ => Err((format!("`{{{inside}}}` is not a placeholder"), help.into())),
    }
}

#[cfg(test)]
mod tests {
    use proc_macro2::Span;

    use super::*;

    fn read(text: &str, used: Use) -> Result<Template, String> {
        let mut errors = Errors::default();
        let template = Template::read(&LitStr::new(text, Span::call_site()), used, &mut errors);
        errors.finish().map_err(|written| written.to_string())?;
        template.ok_or_else(|| "no template and no error".to_owned())
    }

    fn fails_with(text: &str, used: Use, fact: &str) {
        match read(text, used) {
            Ok(_) => panic!("`{text}` was accepted"),
            Err(written) => assert!(written.contains(fact), "{written}"),
        }
    }

    #[test]
    fn literals_and_placeholders_alternate() {
        let template = read("list:{offset},{filter.owner}:x", Use::Key).unwrap();
        let shown: Vec<String> = template.placeholders().map(ToString::to_string).collect();
        assert_eq!(shown, ["{offset}", "{filter.owner}"]);
        assert_eq!(template.levels().len(), 3);
        assert!(template.pieces[0] == Piece::Literal("list:".into()));
    }

    #[test]
    fn tuple_fields_and_doubled_braces_are_understood() {
        let template = read("a{{b}}:{pair.0}", Use::Key).unwrap();
        assert!(template.pieces[0] == Piece::Literal("a{b}:".into()));
        assert_eq!(
            template.placeholders().next().unwrap().to_string(),
            "{pair.0}"
        );
    }

    #[test]
    fn the_literal_ancestor_stops_above_the_first_placeholder_and_the_last_level() {
        let ancestor = |text| read(text, Use::Key).unwrap().literal_ancestor();
        assert_eq!(ancestor("list:{offset}"), "list");
        assert_eq!(ancestor("a:b:{c}:d:e"), "a:b");
        assert_eq!(ancestor("a{b}:c"), "");
        assert_eq!(ancestor("all"), "");
        assert_eq!(ancestor("all:of:it"), "all:of");
    }

    #[test]
    fn a_star_is_only_the_whole_last_level_of_a_path() {
        assert!(read("case:{id}:*", Use::Path).unwrap().is_pattern());
        assert!(read("*", Use::Path).unwrap().is_pattern());
        fails_with("case:*:steps", Use::Path, "tags = [\\\"case:steps\\\"]");
        fails_with("case:a*", Use::Path, "can only be the whole last level");
        fails_with("*:*", Use::Path, "can only be the whole last level");
        fails_with("case:*", Use::Key, "a key cannot contain `*`");
        fails_with("case:*", Use::Tag, "a tag cannot contain `*`");
        fails_with("case.*", Use::Event, "an event cannot contain `*`");
    }

    #[test]
    fn malformed_braces_are_told_apart() {
        fails_with("case:{id", Use::Key, "`{` is never closed");
        fails_with("case:id}", Use::Key, "`}` was never opened");
        fails_with("case:{}", Use::Key, "`{}` names no argument");
        fails_with("case:{id:?}", Use::Key, "`{id:?}` is not a placeholder");
        fails_with("case:{id.len()}", Use::Key, "is not a placeholder");
    }

    #[test]
    fn levels_are_filled_and_few() {
        fails_with("", Use::Key, "a key cannot be empty");
        fails_with("a::b", Use::Key, "empty level");
        fails_with(":a", Use::Tag, "empty level");
        fails_with("a:", Use::Event, "empty level");
        fails_with("1:2:3:4:5:6:7:8:9", Use::Path, "a path has 9 levels");
        fails_with("a b", Use::Prefix, "a prefix cannot contain ' '");
        fails_with("a:{id}", Use::Prefix, "a prefix has no placeholders");
    }
}

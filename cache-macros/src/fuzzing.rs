//! What must hold for any template, as a function of bytes: a panic is a finding. `fuzz/` feeds
//! it what a fuzzer makes up; the test here feeds it what one has found so far.

use proc_macro2::Span;
use syn::LitStr;

use crate::errors::Errors;
use crate::key_template::{MOST_LEVELS, Piece, Template, Use};

/// Any text, for any use, is a template or a mistake that is reported. A template means what is
/// written in it: written out again it is read the same, level by level and piece by piece.
pub(crate) fn template(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for used in [Use::Prefix, Use::Key, Use::Path, Use::Tag, Use::Event] {
        let Some(template) = read(&text, used) else {
            continue;
        };
        let written = written(&template.pieces);
        let again = read(&written, used).map(|template| template.pieces);
        assert!(
            again.as_ref() == Some(&template.pieces),
            "{text:?}: {written:?}"
        );
        if !text.contains('{') {
            assert_eq!(written, text);
        }
        let levels = template.levels();
        assert!((1..=MOST_LEVELS).contains(&levels.len()), "{text:?}");
        assert!(!levels.iter().any(Vec::is_empty), "{text:?}");
        let joined: Vec<String> = levels.iter().map(|level| self::written(level)).collect();
        assert_eq!(joined.join(":"), written);
        let ancestor = template.literal_ancestor();
        let above = ancestor.replace('{', "{{").replace('}', "}}");
        assert!(written.starts_with(&above), "{text:?}: {ancestor:?}");
        let star = written.contains('*') && template.placeholders().next().is_none();
        assert!(
            !star || (used == Use::Path && template.is_pattern()),
            "{text:?}"
        );
    }
}

fn read(text: &str, used: Use) -> Option<Template> {
    let mut errors = Errors::default();
    let template = Template::read(&LitStr::new(text, Span::call_site()), used, &mut errors);
    assert_eq!(template.is_some(), errors.finish().is_ok(), "{text:?}");
    template
}

fn written(pieces: &[Piece]) -> String {
    let written = pieces.iter().map(|piece| match piece {
        Piece::Literal(text) => text.replace('{', "{{").replace('}', "}}"),
        Piece::Placeholder(placeholder) => placeholder.to_string(),
    });
    written.collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    /// Everything that was worth keeping, and everything that was once wrong.
    #[test]
    fn templates_are_read_as_they_are_written() {
        let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz");
        let mut files = 0;
        for folder in ["corpus/template", "found/template"] {
            let Ok(inputs) = std::fs::read_dir(fuzz.join(folder)) else {
                continue;
            };
            for input in inputs {
                super::template(&std::fs::read(input.unwrap().path()).unwrap());
                files += 1;
            }
        }
        assert!(files > 10, "there are {files} inputs");
    }
}

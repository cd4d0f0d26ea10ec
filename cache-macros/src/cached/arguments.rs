//! The rules about arguments: each is in the key or skipped, and what is skipped is unused.

use syn::{Ident, Type};

use super::{Cached, Key};
use crate::errors::Errors;
use crate::placeholder::Part;
use crate::signature::{Argument, Function};
use crate::suggest;

/// `skip(…)` and `unordered(…)` name arguments that exist.
pub(super) fn names_arguments(
    option: &str,
    names: &[Ident],
    function: &Function,
    errors: &mut Errors,
) {
    for name in names {
        let typed = name.to_string();
        if typed == "self" && option == "skip" && function.signature.receiver().is_some() {
            continue;
        }
        if function.argument(&typed).is_some() {
            continue;
        }
        let known = function.argument_names();
        let help = match suggest::nearest(&typed, known.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => suggest::arguments(&known),
        };
        let function = function.name();
        errors.add(
            name,
            format!("`{typed}` is no argument of `{function}`"),
            help,
        );
    }
}

impl Cached {
    fn is_skipped(&self, name: &str) -> bool {
        self.skipped.iter().any(|skipped| skipped == name)
    }

    /// Whether the key is made with the argument `name`.
    pub(super) fn is_in_key(&self, name: &str) -> bool {
        match &self.key {
            Key::Arguments => name != "self" && !self.is_skipped(name),
            Key::Template { parts, .. } => uses(parts, name),
        }
    }

    pub(super) fn skipped_arguments_are_unused(&self, errors: &mut Errors) {
        for skipped in &self.skipped {
            let name = skipped.to_string();
            let in_template =
                matches!(&self.key, Key::Template { parts, .. } if uses(parts, &name));
            let user = if in_template {
                "key"
            } else if self.tags.iter().any(|parts| uses(parts, &name)) {
                "tags"
            } else if self.events.iter().any(|parts| uses(parts, &name)) {
                "invalidate_on"
            } else {
                continue;
            };
            errors.add(
                skipped,
                format!("`{name}` is skipped, but `{user}` uses it"),
                format!("remove it from `skip(…)` or from `{user}`"),
            );
        }
        for unordered in &self.unordered {
            let name = unordered.to_string();
            if !self.is_in_key(&name) && self.function.argument(&name).is_some() {
                errors.add(
                    unordered,
                    format!("`{name}` is no part of the key"),
                    "`unordered(…)` is for lists in the key; remove it there",
                );
            }
        }
    }

    pub(super) fn every_argument_is_in_the_key_or_skipped(&self, errors: &mut Errors) {
        if let Some(receiver) = self.function.signature.receiver() {
            let named = self.is_in_key("self") || self.owner.mentions("self");
            if !named && !self.is_skipped("self") {
                let rest = match self.function.arguments.first() {
                    Some(argument) if argument.pattern.is_none() => {
                        format!(":{{{}}}", argument.ident)
                    }
                    _ => String::new(),
                };
                let help = format!(
                    "`skip(self)` if every instance shares its entries, or name a field: `key = \"{{self.id}}{rest}\"`"
                );
                errors.add(
                    receiver.self_token,
                    "`self` is neither in the key nor skipped",
                    help,
                );
            }
        }
        if matches!(self.key, Key::Arguments) {
            return;
        }
        for argument in &self.function.arguments {
            let name = argument.ident.to_string();
            if self.is_in_key(&name) || self.is_skipped(&name) {
                continue;
            }
            match &argument.pattern {
                Some(pattern) => errors.add(
                    pattern,
                    "an argument without a name is neither in the key nor skipped",
                    "give it a name, then name it in `key` or in `skip(…)`",
                ),
                None => errors.add(
                    &argument.ident,
                    format!("`{name}` is neither in the key nor skipped"),
                    format!("name it in `key`, or `skip({name})`"),
                ),
            }
        }
    }

    pub(super) fn nothing_mutable_is_in_the_key(&self, errors: &mut Errors) {
        for argument in &self.function.arguments {
            let name = argument.ident.to_string();
            let mutable = matches!(&argument.ty, Type::Reference(reference) if reference.mutability.is_some());
            if mutable && matches!(self.key, Key::Arguments) && !self.is_skipped(&name) {
                errors.add(
                    &argument.ty,
                    format!("`{name}` can change, so it cannot be part of a key"),
                    format!("`skip({name})` if the result does not depend on it"),
                );
            }
        }
    }

    /// The arguments whose types or values the key is made with, in order.
    pub(super) fn arguments_in_key(&self) -> impl Iterator<Item = &Argument> {
        self.function
            .arguments
            .iter()
            .filter(|argument| self.is_in_key(&argument.ident.to_string()))
    }
}

/// Whether a placeholder among `parts` reads the argument `name`.
pub(super) fn uses(parts: &[Part], name: &str) -> bool {
    parts
        .iter()
        .any(|part| matches!(part, Part::Value { root, .. } if root == name))
}

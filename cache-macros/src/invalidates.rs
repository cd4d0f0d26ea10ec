//! `#[invalidates]`: options and signature become a model that is known to be right. Every
//! rule of the attribute is one function here.

mod call_shape;
mod expand;

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::{Expr, ExprLit, Lit, LitStr};

use crate::errors::Errors;
use crate::key_template::{Template, Use};
use crate::options::InvalidatesOptions;
use crate::owner::{Owner, runtime};
use crate::placeholder::{Ok as ResultName, Part, resolve};
use crate::signature::Function;
use crate::suggest;
use call_shape::CallShape;

/// The function with its invalidations, or as it was with all mistakes.
pub(crate) fn expand_or_report(options: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let options = InvalidatesOptions::read(options, &mut errors);
    let function = Function::read(item.clone(), "invalidates", &mut errors);
    let model = function.map(|function| Invalidates::check(options, function, &mut errors));
    match (model, errors.finish()) {
        (Some(model), Ok(())) => model.expand(),
        (_, Ok(())) => item,
        (_, Err(mistakes)) => quote!(#item #mistakes),
    }
}

struct Invalidates {
    function: Function,
    runtime: TokenStream,
    owner: Owner,
    after: After,
    /// Whether what is known before the body is marked while it runs.
    strict: bool,
    targets: Vec<Target>,
}

#[derive(Clone, Copy)]
enum After {
    Success,
    Always,
}

enum Target {
    Text(Text),
    Call(CallShape),
}

/// A path, tag or event.
struct Text {
    used: Use,
    parts: Vec<Part>,
    /// The literal levels above the first placeholder, for a result that never came.
    ancestor: String,
}

impl Invalidates {
    fn check(options: InvalidatesOptions, function: Function, errors: &mut Errors) -> Self {
        let mut targets = Vec::new();
        for written in &options.targets {
            targets.extend(target(written, &function, errors));
        }
        for tag in &options.tags {
            targets.extend(text(tag, Use::Tag, &function, errors));
        }
        for event in &options.events {
            targets.extend(text(event, Use::Event, &function, errors));
        }
        let is_empty =
            options.targets.is_empty() && options.tags.is_empty() && options.events.is_empty();
        let model = Invalidates {
            owner: Owner::from_option(options.tenant),
            after: after(options.when, errors),
            strict: options.strict,
            runtime: runtime(options.runtime),
            function,
            targets,
        };
        if is_empty {
            names_nothing(errors);
        }
        model.ok_has_one_meaning(errors);
        model
    }

    fn ok_has_one_meaning(&self, errors: &mut Errors) {
        let Some(argument) = self.function.argument("ok") else {
            return;
        };
        let is_used = self.targets.iter().any(|target| match target {
            Target::Text(text) => text.is_late(),
            Target::Call(shape) => shape.is_late(),
        });
        if is_used {
            errors.add(
                &argument.ident,
                "`ok` is the result in `#[invalidates]`, and an argument",
                "give the argument another name",
            );
        }
    }
}

impl Text {
    /// Whether it can be known only after the body.
    fn is_late(&self) -> bool {
        self.parts
            .iter()
            .any(|part| matches!(part, Part::Value { root, .. } if root == "ok"))
    }
}

/// Reported at the attribute, unless something in it was already.
fn names_nothing(errors: &mut Errors) {
    if errors.is_empty() {
        errors.add_at(
            Span::call_site(),
            "nothing to invalidate",
            "name what becomes stale: a call shape such as `get_suite(id)`, a pattern such as `\"suite:*\"`, tags or events",
        );
    }
}

fn target(written: &Expr, function: &Function, errors: &mut Errors) -> Option<Target> {
    match written {
        Expr::Lit(ExprLit {
            lit: Lit::Str(path),
            ..
        }) => text(path, Use::Path, function, errors),
        Expr::Group(group) => target(&group.expr, function, errors),
        other => CallShape::read(other, errors).map(Target::Call),
    }
}

fn text(literal: &LitStr, used: Use, function: &Function, errors: &mut Errors) -> Option<Target> {
    let template = Template::read(literal, used, errors)?;
    Some(Target::Text(Text {
        used,
        parts: resolve(&template, function, ResultName::Result, errors),
        ancestor: template.literal_ancestor(),
    }))
}

fn after(option: Option<Ident>, errors: &mut Errors) -> After {
    let Some(written) = option else {
        return After::Success;
    };
    match written.to_string().as_str() {
        "success" => After::Success,
        "always" => After::Always,
        other => {
            let help = match suggest::nearest(other, ["always", "success"]) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "write `when = always` or `when = success`".to_owned(),
            };
            errors.add(&written, format!("`when` cannot be `{other}`"), help);
            After::Success
        }
    }
}

//! An option as it was given, and the kinds of value it can be read as.

use syn::{Expr, ExprLit, Ident, Lit, LitInt, LitStr, Path};

use super::read::Known;
use crate::errors::Errors;

/// An option as it was given.
pub(super) struct Given {
    pub(super) known: &'static Known,
    pub(super) name: Ident,
    pub(super) value: Value,
}

pub(super) enum Value {
    Expression(Expr),
    Names(Vec<Ident>),
    Flag,
}

impl Given {
    pub(super) fn expression(self) -> Option<Expr> {
        match self.value {
            Value::Expression(expression) => Some(expression),
            Value::Names(_) | Value::Flag => None,
        }
    }

    pub(super) fn names(self) -> Vec<Ident> {
        match self.value {
            Value::Names(names) => names,
            Value::Expression(_) | Value::Flag => Vec::new(),
        }
    }

    pub(super) fn text(self, errors: &mut Errors) -> Option<LitStr> {
        let known = self.known;
        string(self.expression()?, known, "a string literal", errors)
    }

    pub(super) fn texts(self, errors: &mut Errors) -> Vec<LitStr> {
        let known = self.known;
        let wanted = "a list of string literals";
        match self.expression() {
            Some(Expr::Array(array)) => {
                if array.elems.is_empty() {
                    errors.add(
                        &array,
                        format!("`{}` is empty", known.name),
                        format!("write e.g. `{}`, or leave it out", known.example),
                    );
                }
                let elements = array.elems.into_iter();
                elements
                    .filter_map(|element| string(element, known, wanted, errors))
                    .collect()
            }
            Some(other) => string(other, known, wanted, errors).into_iter().collect(),
            None => Vec::new(),
        }
    }

    pub(super) fn number(self, errors: &mut Errors) -> Option<LitInt> {
        let known = self.known;
        match self.expression()? {
            Expr::Lit(ExprLit {
                lit: Lit::Int(number),
                ..
            }) if number.suffix().is_empty() && number.base10_parse::<u32>().is_ok() => {
                Some(number)
            }
            other => {
                errors.add(
                    other,
                    format!(
                        "`{}` must be a whole number from 0 to {}",
                        known.name,
                        u32::MAX
                    ),
                    format!("write e.g. `{}`", known.example),
                );
                None
            }
        }
    }

    pub(super) fn name(self, errors: &mut Errors) -> Option<Ident> {
        let known = self.known;
        match self.expression()? {
            Expr::Path(path) if path.path.get_ident().is_some() => path.path.get_ident().cloned(),
            other => {
                errors.add(
                    other,
                    format!("`{}` must be a name", known.name),
                    format!("write e.g. `{}`", known.example),
                );
                None
            }
        }
    }

    pub(super) fn path(self, errors: &mut Errors) -> Option<Path> {
        let known = self.known;
        match self.expression()? {
            Expr::Path(path) if path.qself.is_none() => Some(path.path),
            other => {
                errors.add(
                    other,
                    format!("`{}` must be a path", known.name),
                    format!("write e.g. `{}`", known.example),
                );
                None
            }
        }
    }
}

fn string(expression: Expr, known: &Known, wanted: &str, errors: &mut Errors) -> Option<LitStr> {
    match ungrouped(expression) {
        Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) => Some(text),
        other => {
            errors.add(
                other,
                format!("`{}` must be {wanted}", known.name),
                format!("write e.g. `{}`", known.example),
            );
            None
        }
    }
}

/// Macros hand their arguments on in invisible groups.
pub(super) fn ungrouped(expression: Expr) -> Expr {
    match expression {
        Expr::Group(group) => ungrouped(*group.expr),
        other => other,
    }
}

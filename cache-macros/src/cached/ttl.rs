//! Option `ttl`: seconds, text, `never`, or an expression.

use std::time::Duration;

use syn::{Expr, ExprLit, Lit, UnOp};

use crate::errors::Errors;

pub(super) enum Ttl {
    Default,
    Never,
    Fixed(Duration),
    Computed(Expr),
}

pub(super) fn ttl(option: Option<Expr>, errors: &mut Errors) -> Ttl {
    const LONGEST: Duration = Duration::from_secs(100 * 365 * 86_400);
    let too_short = "leave it out for the runtime's default, or write e.g. `ttl = \"5m\"`";
    let wanted = "seconds as in `ttl = 300`, text as in `ttl = \"5m\"`, a `Duration`, or `never`";
    let Some(written) = option else {
        return Ttl::Default;
    };
    let fixed = match &written {
        Expr::Path(path) if path.path.is_ident("never") => return Ttl::Never,
        Expr::Lit(ExprLit { lit, .. }) => match lit {
            Lit::Int(number) if !number.suffix().is_empty() => {
                let fact = format!("`{number}` is not a number of seconds");
                let help = format!(
                    "write text with a unit, `ttl = \"{number}\"`, or seconds, `ttl = 300`"
                );
                errors.add(number, fact, help);
                return Ttl::Default;
            }
            Lit::Int(seconds) => Duration::from_secs(seconds.base10_parse().unwrap_or(u64::MAX)),
            Lit::Str(text) => {
                match humantime::parse_duration(&text.value()) {
                    Ok(duration) => duration,
                    Err(_) => {
                        let fact = format!("`ttl` cannot be read from {:?}", text.value());
                        errors.add(text, fact, "write a number and its unit, such as `\"90s\"`, `\"5m\"` or `\"1h 30m\"`");
                        return Ttl::Default;
                    }
                }
            }
            other => {
                errors.add(other, "`ttl` must be a time", format!("write {wanted}"));
                return Ttl::Default;
            }
        },
        Expr::Unary(unary) if matches!(unary.op, UnOp::Neg(_)) => Duration::ZERO,
        _ => return Ttl::Computed(written),
    };
    if fixed.is_zero() {
        errors.add(written, "`ttl` must be longer than zero", too_short);
    } else if fixed > LONGEST {
        errors.add(
            written,
            "`ttl` is longer than a hundred years",
            "write `ttl = never` for an entry without an end",
        );
    } else {
        return Ttl::Fixed(fixed);
    }
    Ttl::Default
}

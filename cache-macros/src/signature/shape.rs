//! Whether a function is async, and what a call of it gives.

use syn::{
    GenericArgument, PathArguments, ReturnType, Signature, Type, TypeParamBound, parse_quote,
};

/// How a function gives its result.
pub(crate) enum Shape {
    Async,
    Sync,
    /// A `Pin<Box<dyn Future>>`, as `async_trait` writes it.
    Boxed,
}

pub(super) fn shape_and_output(signature: &Signature) -> (Shape, Type) {
    let returned = match &signature.output {
        ReturnType::Type(_, ty) => ty.as_ref().clone(),
        ReturnType::Default => parse_quote!(()),
    };
    if signature.asyncness.is_some() {
        return (Shape::Async, returned);
    }
    match boxed_output(&returned) {
        Some(output) => (Shape::Boxed, output),
        None => (Shape::Sync, returned),
    }
}

/// `T` of `Pin<Box<dyn Future<Output = T>>>` and of `BoxFuture<'_, T>`.
fn boxed_output(returned: &Type) -> Option<Type> {
    if let Some(GenericArgument::Type(output)) = last_argument_of(returned, "BoxFuture") {
        return Some(output);
    }
    let Some(GenericArgument::Type(boxed)) = last_argument_of(returned, "Pin") else {
        return None;
    };
    let Some(GenericArgument::Type(Type::TraitObject(object))) = last_argument_of(&boxed, "Box")
    else {
        return None;
    };
    let TypeParamBound::Trait(future) = object.bounds.first()? else {
        return None;
    };
    let last = future.path.segments.last()?;
    match (&last.arguments, last.ident == "Future") {
        (PathArguments::AngleBracketed(given), true) => match given.args.first()? {
            GenericArgument::AssocType(output) => Some(output.ty.clone()),
            _ => None,
        },
        _ => None,
    }
}

fn last_argument_of(ty: &Type, name: &str) -> Option<GenericArgument> {
    let path = match ty {
        Type::Path(path) => path,
        Type::Group(group) => return last_argument_of(&group.elem, name),
        _ => return None,
    };
    let last = path.path.segments.last()?;
    match &last.arguments {
        PathArguments::AngleBracketed(given) if last.ident == name => given.args.last().cloned(),
        _ => None,
    }
}

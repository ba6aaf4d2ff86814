//! A checked refresh endpoint: its function and the options of its route.

use std::collections::HashSet;

use syn::ext::IdentExt;
use syn::{Ident, Pat, Type};

use super::attr::Attr;
use super::uri::Uri;
use crate::errors::Errors;
use crate::function::{Function, Role};

/// A valid refresh endpoint: the function and the options of its route.
pub(super) struct Endpoint<'f> {
    pub(super) attr: Attr,
    pub(super) function: &'f Function,
    pub(super) userid: &'f Type,
    pub(super) guards: Vec<Guard<'f>>,
    pub(super) output: &'f Type,
}

/// A parameter that Rocket provides: a guard, or a part of the URI or the body.
pub(super) struct Guard<'f> {
    pub(super) name: &'f Ident,
    pub(super) ty: &'f Type,
}

const ROLE: Role = Role {
    name: "a refresh endpoint",
    no_route: "a refresh endpoint is a route itself, and can't be another one",
    returns: "the user's claims as they are now, or `None` to refuse: the user may be gone\n\
              write `-> Option<C>` or, if loading can fail, `-> Result<Option<C>, E>`, with your claims type for `C`",
};

impl<'f> Endpoint<'f> {
    pub(super) fn new(attr: Option<Attr>, function: &'f Function, errors: &mut Errors) -> Option<Self> {
        let attr_is_sound = errors.is_empty();
        function.check(&ROLE, errors);
        check_names(function, errors);
        let mut parameters = function.parameters();
        let first = parameters.next();
        let guards: Vec<_> = parameters.map(|parameter| Guard::new(&parameter.pat, &parameter.ty, errors)).collect();
        let guards: Option<Vec<_>> = guards.into_iter().collect();
        // The path may refer to a guard without a name.
        if let (Some(attr), Some(guards)) = (&attr, &guards) {
            let userid = first.and_then(|first| name_of(&first.pat)).map(|name| name.unraw().to_string());
            if attr_is_sound {
                check_guards(guards, attr, errors);
            }
            check_uri(&attr.uri, guards, userid.as_deref(), errors);
            if let Some(data) = &attr.data {
                check_uri(data, guards, userid.as_deref(), errors);
                check_overlap(&attr.uri, data, errors);
            }
        }
        Some(Endpoint { attr: attr?, function, userid: &first?.ty, guards: guards?, output: function.output()? })
    }
}

impl<'f> Guard<'f> {
    fn new(pattern: &'f Pat, ty: &'f Type, errors: &mut Errors) -> Option<Self> {
        match name_of(pattern) {
            Some(name) => return Some(Guard { name, ty }),
            None if matches!(pattern, Pat::Wild(_)) => {
                errors.at(pattern, "Rocket knows guards by their names: write `_guard` in place of `_`");
            }
            None => errors.at(
                pattern,
                "Rocket knows guards by their names: write a name, and take it apart in the function's body",
            ),
        }
        None
    }
}

fn name_of(pattern: &Pat) -> Option<&Ident> {
    match pattern {
        Pat::Ident(pattern) => Some(&pattern.ident),
        _ => None,
    }
}

/// Refuses plain values as guards. The usual cause is that the userid is missing as the first parameter.
fn check_guards(guards: &[Guard<'_>], attr: &Attr, errors: &mut Errors) {
    for guard in guards {
        let name = guard.name.unraw();
        let mut named = attr.uri.parameters.iter().chain(attr.data.iter().flat_map(|data| &data.parameters));
        if is_plain_value(guard.ty) && !named.any(|parameter| name == parameter) {
            errors.at(
                guard.ty,
                format_args!(
                    "this is not a guard: the first parameter receives the userid, and all others are guards, or named in the path\n\
                     make it the first one, or write `<{name}>` into the path"
                ),
            );
        }
    }
}

fn is_plain_value(ty: &Type) -> bool {
    const PLAIN: [&str; 18] = [
        "str", "String", "bool", "char", "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128",
        "isize", "f32", "f64",
    ];
    match ty {
        Type::Reference(reference) => is_plain_value(&reference.elem),
        Type::Path(path) => path.path.get_ident().is_some_and(|ident| PLAIN.iter().any(|plain| ident == plain)),
        _ => false,
    }
}

/// Checks for duplicate parameter names. The compiler reports them, but they would confuse Rocket.
fn check_names(function: &Function, errors: &mut Errors) {
    let mut names = HashSet::new();
    if function.parameters().filter_map(|parameter| name_of(&parameter.pat)).any(|name| !names.insert(name.unraw())) {
        errors.left_to_the_compiler();
    }
}

fn check_uri(uri: &Uri, guards: &[Guard<'_>], userid: Option<&str>, errors: &mut Errors) {
    for parameter in &uri.parameters {
        if guards.iter().any(|guard| guard.name.unraw() == parameter) {
            continue;
        }
        if userid == Some(parameter) {
            errors.at(
                &uri.literal,
                format_args!(
                    "`<{parameter}>` names the first parameter, which is the userid of the verified token, and a client can't choose it\n\
                     leave it out here, or give one of them another name"
                ),
            );
        } else {
            let after = userid.map_or_else(|| "the userid".to_owned(), |name| format!("`{name}`"));
            errors.at(
                &uri.literal,
                format_args!("`<{parameter}>` has no parameter: add `{parameter}: Type` after {after}"),
            );
        }
    }
}

fn check_overlap(uri: &Uri, data: &Uri, errors: &mut Errors) {
    for parameter in data.parameters.iter().filter(|parameter| uri.parameters.contains(parameter)) {
        errors.at(
            &data.literal,
            format_args!("`<{parameter}>` is in the path already: use another parameter for the body"),
        );
    }
}

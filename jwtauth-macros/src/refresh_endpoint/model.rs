use std::collections::HashSet;

use syn::ext::IdentExt;
use syn::{Attribute, Ident, Pat, Path, Type};

use super::attr::Attr;
use super::uri::Uri;
use crate::errors::Errors;
use crate::function::{Function, Role};

/// A function that can be made a refresh route, and how.
pub(super) struct Endpoint<'f> {
    pub(super) attr: Attr,
    pub(super) function: &'f Function,
    pub(super) userid: &'f Type,
    pub(super) guards: Vec<Guard<'f>>,
    pub(super) output: &'f Type,
}

/// A parameter that Rocket supplies: a guard, or a part of the URI or the body.
pub(super) struct Guard<'f> {
    pub(super) name: &'f Ident,
    pub(super) ty: &'f Type,
}

const ROLE: Role = Role {
    name: "a refresh endpoint",
    returns: "the user's claims as they are now, or `None` to refuse: the user may be gone\n\
              write `-> Option<C>` or, if loading can fail, `-> Result<Option<C>, E>`, with your claims type for `C`",
};

const ROUTE_ATTRIBUTES: [&str; 11] = [
    "get",
    "put",
    "post",
    "delete",
    "head",
    "options",
    "patch",
    "route",
    "catch",
    "refresh_endpoint",
    "refresh_nonce_handler",
];

impl<'f> Endpoint<'f> {
    pub(super) fn new(attr: Option<Attr>, function: &'f Function, errors: &mut Errors) -> Option<Self> {
        function.check(&ROLE, errors);
        for second in function.attrs.iter().filter(|attr| is_route_attribute(attr)) {
            errors.at(
                second,
                "a refresh endpoint is a route of its own, and can't be another one besides: remove this attribute",
            );
        }

        let mut parameters = function.parameters();
        let first = parameters.next();
        if let Some(first) = first {
            check_userid(&first.ty, errors);
        }
        let guards: Vec<_> =
            parameters.filter_map(|parameter| Guard::new(&parameter.pat, &parameter.ty, errors)).collect();
        check_names(function, errors);
        if let Some(attr) = &attr {
            let userid = first.and_then(|first| name_of(&first.pat)).map(|name| name.unraw().to_string());
            check_uri(&attr.uri, &guards, userid.as_deref(), errors);
            if let Some(data) = &attr.data {
                check_uri(data, &guards, userid.as_deref(), errors);
                check_overlap(&attr.uri, data, errors);
            }
        }
        Some(Endpoint { attr: attr?, function, userid: &first?.ty, guards, output: function.output()? })
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

pub(super) fn is_route_attribute(attr: &Attribute) -> bool {
    let Path { segments, .. } = attr.path();
    let own = segments.len() == 1
        || segments.first().is_some_and(|first| first.ident == "rocket" || first.ident == "jwtauth");
    own && segments.last().is_some_and(|last| ROUTE_ATTRIBUTES.iter().any(|name| last.ident == name))
}

fn name_of(pattern: &Pat) -> Option<&Ident> {
    match pattern {
        Pat::Ident(pattern) => Some(&pattern.ident),
        _ => None,
    }
}

/// `Option<T>` and `Result<T, E>` are `FromParam` too, and would turn a refusal into a call.
fn check_userid(ty: &Type, errors: &mut Errors) {
    let Type::Path(path) = ty else { return };
    let Some(last) = path.path.segments.last() else { return };
    if last.ident == "Option" || last.ident == "Result" {
        errors.at(
            ty,
            format_args!(
                "the userid is verified and always there: one that can't be read into its type is refused before the function is called\n\
                 write the type itself, without `{}`",
                last.ident
            ),
        );
    }
}

/// Two parameters of one name are the compiler's to report, but would confuse Rocket.
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
                    "`<{parameter}>` names the first parameter, which is the userid of the verified token, and nothing that a client can choose\n\
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
            format_args!("`<{parameter}>` is in the path already: give the body a parameter of its own"),
        );
    }
}

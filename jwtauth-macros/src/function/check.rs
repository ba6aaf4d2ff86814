//! Checks the signature of a loader or a nonce handler, and reports all mistakes.

use std::collections::HashSet;

use syn::visit_mut::{self, VisitMut};
use syn::{
    BoundLifetimes, FnArg, GenericParam, Generics, Ident, Lifetime, PatType, Path, Safety, Type, TypeImplTrait,
    TypeInfer,
};

use super::{Function, is_route_attribute, only};
use crate::errors::Errors;

/// The role of a function for a macro, used in messages.
pub(crate) struct Role {
    pub(crate) name: &'static str,
    /// Why it can't also be a route.
    pub(crate) no_route: &'static str,
    /// The return type, and how to write it.
    pub(crate) returns: &'static str,
}

impl Function {
    /// Checks the requirements for all functions that Rocket or the library calls.
    pub(crate) fn check(&self, role: &Role, errors: &mut Errors) {
        let Role { name, no_route, returns } = role;
        let sig = &self.sig;
        for attr in self.attrs.iter().filter(|attr| is_route_attribute(attr)) {
            errors.at(attr, format_args!("{no_route}: remove this attribute"));
        }
        if let Some(token) = &sig.constness {
            errors.at(token, format_args!("{name} can't be `const`, because it runs for every request: leave it out"));
        }
        if let Safety::Unsafe(token) = &sig.safety {
            errors
                .at(token, format_args!("{name} can't be `unsafe`, because it is called from safe code: leave it out"));
        }
        if let Some(abi) = &sig.abi {
            errors.at(abi, format_args!("{name} can't be `extern`, because it is called from Rust: leave it out"));
        }
        if sig.variadic.is_some() || matches!(sig.safety, Safety::Safe(_)) {
            errors.left_to_the_compiler();
        }
        for parameter in &sig.generics.params {
            let (kind, written) = match parameter {
                GenericParam::Lifetime(_) => continue,
                GenericParam::Type(_) => ("types", "type"),
                GenericParam::Const(_) => ("constants", "constant"),
            };
            errors.at(
                parameter,
                format_args!(
                    "{name} can't be generic over {kind}, because one concrete function is called for every request\n\
                     write the {written} itself"
                ),
            );
        }
        for input in &sig.inputs {
            match input {
                FnArg::Receiver(receiver) => errors.at(receiver, not_free(name)),
                FnArg::Typed(parameter) => {
                    check_parameter_attributes(name, parameter, errors);
                    check_type(name, &parameter.ty, &sig.generics, errors);
                }
            }
        }
        if let Some(userid) = self.parameters().next() {
            check_userid(&userid.ty, errors);
        }
        match self.output() {
            Some(output) => check_type(name, output, &sig.generics, errors),
            None => errors.at(&sig.ident, format_args!("{name} returns {returns}")),
        }
        if sig.inputs.is_empty() {
            errors.at_span(
                sig.paren_token.span.join(),
                format_args!(
                    "{name} has a parameter for the userid\n\
                     write `userid: &str`, or another type that the userid can be read into; guards come after it"
                ),
            );
        }
    }
}

/// Refuses `Option<T>` and `Result<T, E>`. They also implement `FromParam`, and the function would be called for
/// invalid user ids.
fn check_userid(ty: &Type, errors: &mut Errors) {
    match ty {
        Type::Path(path) => {
            if let Some(last) = path.path.segments.last()
                && (last.ident == "Option" || last.ident == "Result")
            {
                errors.at(
                    ty,
                    format_args!(
                        "the userid is always there, and one that can't be read into its type is refused before the function is called\n\
                         write the type itself, without `{}`",
                        last.ident
                    ),
                );
            }
        }
        Type::Reference(reference) => {
            if let Some(lifetime) = &reference.lifetime
                && lifetime.ident == "static"
            {
                errors
                    .at(lifetime, "the userid is borrowed from the request, and does not live longer: leave this out");
            }
        }
        _ => {}
    }
}

fn check_parameter_attributes(name: &str, parameter: &PatType, errors: &mut Errors) {
    for attr in &parameter.attrs {
        if only(attr, |path| path.is_ident("cfg")).is_some() {
            errors.at(
                attr,
                format_args!(
                    "{name} can't have a parameter under `#[cfg]`, because its guards are run whether it is there or not\n\
                     write two functions, each under a `#[cfg]` of its own"
                ),
            );
        }
    }
}

fn check_type(name: &str, ty: &Type, generics: &Generics, errors: &mut Errors) {
    let seen = Seen::in_type(ty);
    for found in &seen.impl_traits {
        errors.at(
            found,
            format_args!(
                "{name} can't take or return `impl Trait`, because one concrete function is called for every request\n\
                 write the type itself"
            ),
        );
    }
    if seen.self_type {
        errors.at(ty, not_free(name));
    }
    let is_declared = |lifetime: &Ident| {
        lifetime == "static"
            || lifetime == "_"
            || seen.declared.contains(lifetime)
            || generics.lifetimes().any(|parameter| parameter.lifetime.ident == *lifetime)
    };
    if seen.placeholder || !seen.lifetimes.iter().all(is_declared) {
        errors.left_to_the_compiler();
    }
}

fn not_free(name: &str) -> String {
    format!(
        "{name} is a free function, because there is no value to call it on\n\
         move it out of the `impl`, and take what it needs as guards, such as `&State<T>`"
    )
}

pub(super) fn mentions_self(ty: &Type) -> bool {
    Seen::in_type(ty).self_type
}

/// The parts of a type that can be mistakes.
#[derive(Default)]
struct Seen {
    impl_traits: Vec<TypeImplTrait>,
    self_type: bool,
    placeholder: bool,
    lifetimes: HashSet<Ident>,
    /// The lifetimes that the type itself declares with `for<'a>`.
    declared: HashSet<Ident>,
}

impl Seen {
    fn in_type(ty: &Type) -> Seen {
        let mut seen = Seen::default();
        seen.visit_type_mut(&mut ty.clone());
        seen
    }
}

impl VisitMut for Seen {
    fn visit_type_impl_trait_mut(&mut self, found: &mut TypeImplTrait) {
        self.impl_traits.push(found.clone());
    }

    fn visit_path_mut(&mut self, path: &mut Path) {
        self.self_type |= path.segments.first().is_some_and(|first| first.ident == "Self");
        visit_mut::visit_path_mut(self, path);
    }

    fn visit_type_infer_mut(&mut self, _: &mut TypeInfer) {
        self.placeholder = true;
    }

    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        self.lifetimes.insert(lifetime.ident.clone());
    }

    fn visit_bound_lifetimes_mut(&mut self, bound: &mut BoundLifetimes) {
        for parameter in &bound.lifetimes {
            if let GenericParam::Lifetime(parameter) = parameter {
                self.declared.insert(parameter.lifetime.ident.clone());
            }
        }
    }
}

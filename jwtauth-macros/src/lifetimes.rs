//! The lifetimes of a function's types in generated code.

use proc_macro2::Span;
use syn::visit_mut::{self, VisitMut};
use syn::{Generics, Ident, Lifetime, ParenthesizedGenericArguments, Type, TypeFnPtr, TypeReference};

/// The lifetime of the request in generated code. It may appear in error messages.
pub(crate) fn request() -> Lifetime {
    Lifetime::new("'request", Span::mixed_site())
}

/// The type with all lifetimes of the function, named and elided, replaced by the lifetime of the request, because
/// everything that the function borrows is borrowed from the request. This makes the return type a responder for that
/// request, although the signature does not say so.
pub(crate) fn of_request(ty: &Type, generics: &Generics) -> Type {
    let named = generics.lifetimes().map(|parameter| parameter.lifetime.ident.clone()).collect();
    let mut bound = ty.clone();
    OfRequest { named, own_scope: false }.visit_type_mut(&mut bound);
    bound
}

struct OfRequest {
    named: Vec<Ident>,
    /// Whether elided lifetimes here belong to an `fn(..)` within the type.
    own_scope: bool,
}

impl OfRequest {
    fn in_own_scope(&mut self, visit: impl FnOnce(&mut Self)) {
        let outer = std::mem::replace(&mut self.own_scope, true);
        visit(self);
        self.own_scope = outer;
    }
}

impl VisitMut for OfRequest {
    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        let elided = lifetime.ident == "_" && !self.own_scope;
        if elided || self.named.contains(&lifetime.ident) {
            *lifetime = request();
        }
    }

    fn visit_type_reference_mut(&mut self, reference: &mut TypeReference) {
        if reference.lifetime.is_none() && !self.own_scope {
            reference.lifetime = Some(request());
        }
        visit_mut::visit_type_reference_mut(self, reference);
    }

    fn visit_type_fn_ptr_mut(&mut self, pointer: &mut TypeFnPtr) {
        self.in_own_scope(|this| visit_mut::visit_type_fn_ptr_mut(this, pointer));
    }

    fn visit_parenthesized_generic_arguments_mut(&mut self, arguments: &mut ParenthesizedGenericArguments) {
        self.in_own_scope(|this| visit_mut::visit_parenthesized_generic_arguments_mut(this, arguments));
    }
}

#[cfg(test)]
mod tests {
    use quote::ToTokens;

    use super::*;

    #[track_caller]
    fn check(ty: Type, expected: Type) {
        let function: syn::Signature = syn::parse_quote!(fn f<'a, 'b: 'a>());
        let bound = of_request(&ty, &function.generics);
        assert_eq!(bound.to_token_stream().to_string(), expected.to_token_stream().to_string());
    }

    #[test]
    fn request_lifetime_replaces_lifetimes_of_the_function() {
        check(syn::parse_quote!(&str), syn::parse_quote!(&'request str));
        check(syn::parse_quote!(&'a State<Db<'b, '_>>), syn::parse_quote!(&'request State<Db<'request, 'request>>));
    }

    #[test]
    fn request_lifetime_leaves_static_and_unborrowed_types_alone() {
        check(syn::parse_quote!(&'static str), syn::parse_quote!(&'static str));
        check(syn::parse_quote!(Db), syn::parse_quote!(Db));
    }

    #[test]
    fn request_lifetime_leaves_elided_lifetimes_of_fn_types_alone() {
        check(syn::parse_quote!(fn(&str, &'a u8) -> Id<'_>), syn::parse_quote!(fn(&str, &'request u8) -> Id<'_>));
        check(syn::parse_quote!(&dyn Fn(&str)), syn::parse_quote!(&'request dyn Fn(&str)));
        check(syn::parse_quote!((fn(&u8), &u8)), syn::parse_quote!((fn(&u8), &'request u8)));
    }
}

//! Sets of permissions in a claims type: checks that each is the claim in which the rules of identities look for it,
//! and tells the library their names.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::ext::IdentExt;
use syn::{Data, DeriveInput, Field, Fields, GenericArgument, PathArguments, Type};

use super::attr::{Both, Serde};
use super::case::Case;

const MESSAGE: &str = "a field of the type `Granted` has the name of the claim with the permissions: that in \
                       `#[permissions(claim = \"…\")]` of the enum, or `permissions` without it";

/// Assertions at compile time. Only the compiler knows the claim of the enum.
pub(super) fn assertions(input: &DeriveInput) -> TokenStream {
    let serde = Serde::of(&input.attrs);
    // A constant can't name the parameters of the type.
    if input.generics.type_params().next().is_some() || serde.transparent || serde.content.is_some() {
        return TokenStream::new();
    }
    match &input.data {
        Data::Struct(data) => of_fields(&data.fields, serde.rename_all),
        Data::Enum(data) => {
            let of_variants = data.variants.iter().map(|variant| {
                of_fields(&variant.fields, Serde::of(&variant.attrs).rename_all.or(serde.rename_all_fields))
            });
            of_variants.collect()
        }
        Data::Union(_) => TokenStream::new(),
    }
}

/// The method that tells the library the fields with permissions. In a token of a trusted issuer, they have another
/// source.
pub(super) fn claims_method(input: &DeriveInput, span: Span) -> TokenStream {
    let serde = Serde::of(&input.attrs);
    let Data::Struct(data) = &input.data else { return TokenStream::new() };
    // A constant can't name the parameters of the type.
    if input.generics.type_params().next().is_some() || serde.transparent || serde.content.is_some() {
        return TokenStream::new();
    }
    let granted = data.fields.iter().filter(|field| is_granted(&field.ty));
    let sets: Vec<TokenStream> = granted.filter_map(|field| set(field, serde.rename_all, span)).collect();
    if sets.is_empty() {
        return TokenStream::new();
    }
    quote_spanned! {span=>
        fn permissions_claims() -> &'static [::jwtauth::__private::PermissionsField] {
            #[allow(unused_imports)]
            use ::jwtauth::__private::AnyClaim as _;
            const FIELDS: &[::jwtauth::__private::PermissionsField] = &[#(#sets),*];
            FIELDS
        }
    }
}

/// The method that tells the library the names of the permissions.
pub(super) fn names_method(input: &DeriveInput, span: Span) -> TokenStream {
    // The bounds of a parameter may not say that it is an enum of permissions.
    if input.generics.type_params().next().is_some() {
        return TokenStream::new();
    }
    let fields: Vec<&Field> = match &input.data {
        Data::Struct(data) => data.fields.iter().collect(),
        Data::Enum(data) => data.variants.iter().flat_map(|variant| &variant.fields).collect(),
        Data::Union(_) => Vec::new(),
    };
    let sets = fields.into_iter().map(|field| &field.ty).filter(|ty| is_granted(ty));
    let names: Vec<_> = sets.map(|ty| quote_spanned! {span=> <::jwtauth::__private::ClaimOf<#ty>>::NAMES }).collect();
    if names.is_empty() {
        return TokenStream::new();
    }
    quote_spanned! {span=>
        fn permission_names() -> ::std::vec::Vec<&'static str> {
            #[allow(unused_imports)]
            use ::jwtauth::__private::AnyClaim as _;
            const NAMES: &[&[&str]] = &[#(#names),*];
            NAMES.concat()
        }
    }
}

fn of_fields(fields: &Fields, rules: Both<Option<Case>>) -> TokenStream {
    fields.iter().filter(|field| is_granted(&field.ty)).flat_map(|field| of_field(field, rules)).collect()
}

/// Whether the type is `Granted<…>` or `Option<Granted<…>>`, as it is written.
fn is_granted(ty: &Type) -> bool {
    let Type::Path(path) = ty else { return false };
    let Some(last) = path.path.segments.last() else { return false };
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return false };
    let is_granted = |argument: &GenericArgument| matches!(argument, GenericArgument::Type(ty) if is_granted(ty));
    last.ident == "Granted" || last.ident == "Option" && arguments.args.iter().any(is_granted)
}

/// A field with permissions, and all names that it is read from. Only the compiler knows whether the type is a set of
/// permissions.
fn set(field: &Field, rules: Both<Option<Case>>, span: Span) -> Option<TokenStream> {
    let serde = Serde::of(&field.attrs);
    let name = names(field, rules).filter(|_| !serde.skip.deserialize)?.deserialize;
    let (aliases, ty) = (&serde.aliases, &field.ty);
    Some(quote_spanned! {span=>
        ::jwtauth::__private::PermissionsField {
            is_set: <::jwtauth::__private::ClaimOf<#ty>>::CLAIM.is_some(),
            name: #name,
            aliases: &[#(#aliases),*],
        }
    })
}

/// The names of a field in claims.
fn names(field: &Field, rules: Both<Option<Case>>) -> Option<Both<String>> {
    let ident = field.ident.as_ref()?;
    let serde = Serde::of(&field.attrs);
    if serde.flatten || serde.skip.serialize && serde.skip.deserialize {
        return None;
    }
    let by_rule = |rule: Option<Case>| {
        let name = ident.unraw().to_string();
        rule.map_or_else(|| name.clone(), |case| case.of_field(&name))
    };
    let renamed = |is_meant: fn(&Both<bool>) -> bool| {
        serde.renames.iter().find(|rename| is_meant(&rename.on)).map(|rename| rename.literal.value())
    };
    Some(Both {
        serialize: renamed(|on| on.serialize).unwrap_or_else(|| by_rule(rules.serialize)),
        deserialize: renamed(|on| on.deserialize).unwrap_or_else(|| by_rule(rules.deserialize)),
    })
}

fn of_field(field: &Field, rules: Both<Option<Case>>) -> Option<TokenStream> {
    let Both { serialize: written, deserialize: read } = names(field, rules)?;
    let ty = &field.ty;
    let span = field.ident.as_ref()?.span().resolved_at(Span::mixed_site());
    Some(quote_spanned! {span=>
        const _: () = {
            #[allow(unused_imports)]
            use ::jwtauth::__private::AnyClaim as _;
            const CLAIM: ::core::option::Option<&'static str> = <::jwtauth::__private::ClaimOf<#ty>>::CLAIM;
            ::core::assert!(
                ::jwtauth::__private::is_claim(CLAIM, #written) && ::jwtauth::__private::is_claim(CLAIM, #read),
                #MESSAGE
            );
        };
    })
}

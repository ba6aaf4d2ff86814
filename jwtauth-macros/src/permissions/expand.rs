//! Generates the marker types of an enum of permissions, and the implementations of its traits.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Ident, Path, VisRestricted, Visibility};

use super::model::{MAX, Model, Permission};

/// The module of the marker types, and the implementations next to it. An enum may be defined in a function. Code in
/// the module could not name such an enum.
pub(super) fn items(model: &Model<'_>) -> TokenStream {
    let module = markers(model);
    if model.has_parameters {
        return module;
    }
    let permissions = implementation(model);
    let rules =
        model.permissions.iter().take(MAX).enumerate().map(|(index, permission)| marker(model, permission, index));
    quote!(#module #permissions #(#rules)*)
}

fn markers(model: &Model<'_>) -> TokenStream {
    let Model { name, vis, module, .. } = model;
    let inner = within_module(vis);
    let types = model.permissions.iter().map(|Permission { variant, name, attrs, .. }| {
        let doc = format!("A rule: the permission `{name}`.");
        quote_spanned! {Span::mixed_site()=>
            #(#attrs)*
            #[doc = ""]
            #[doc = #doc]
            #[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug)]
            #inner struct #variant;
        }
    });
    let doc = format!("The permissions of `{name}`, one type for each variant, as rules of an `Identity`.");
    quote_spanned! {Span::mixed_site()=>
        #[doc = #doc]
        #[allow(dead_code)]
        #vis mod #module {
            #(#types)*
        }
    }
}

fn implementation(model: &Model<'_>) -> TokenStream {
    let Model { name, claim, permissions, is_sound, .. } = model;
    let variants = permissions.iter().map(|permission| permission.variant);
    // If the enum has mistakes, a variant may have fields.
    let all = if *is_sound { quote!(#(Self::#variants),*) } else { TokenStream::new() };
    let names = permissions.iter().map(|permission| &permission.name);
    let granted_by = permissions.iter().map(|permission| permission.granted_by);
    let indices = permissions
        .iter()
        .enumerate()
        .map(|(index, Permission { variant, .. })| quote!(Self::#variant { .. } => #index));
    let span = Span::mixed_site();
    let index = match permissions.is_empty() {
        true => quote_spanned!(span=> match *self {}),
        false => quote_spanned!(span=> match self { #(#indices,)* }),
    };
    quote_spanned! {Span::mixed_site()=>
        #[automatically_derived]
        #[allow(deprecated)]
        impl ::jwtauth::Permissions for #name {
            const ALL: &'static [Self] = &[#all];
            const NAMES: &'static [&'static str] = &[#(#names),*];
            const GRANTED_BY: &'static [u128] = &[#(#granted_by),*];
            const CLAIM: &'static str = #claim;

            fn index(&self) -> usize {
                #index
            }
        }
    }
}

fn marker(model: &Model<'_>, permission: &Permission<'_>, index: usize) -> TokenStream {
    let Model { name, module, .. } = model;
    let variant = permission.variant;
    quote_spanned! {Span::mixed_site()=>
        #[automatically_derived]
        #[allow(deprecated)]
        impl ::jwtauth::__private::PermissionMarker for #module::#variant {
            type Permissions = #name;
            const INDEX: usize = #index;
        }
    }
}

/// A visibility, adjusted for code that is one module further down.
pub(super) fn within_module(vis: &Visibility) -> TokenStream {
    match vis {
        Visibility::Public(_) => vis.to_token_stream(),
        Visibility::Inherited => quote!(pub(super)),
        Visibility::Restricted(VisRestricted { path, .. }) => restricted(path),
    }
}

fn restricted(path: &Path) -> TokenStream {
    let first = path.segments.first().map(|segment| &segment.ident);
    let is = |name: &str| first.is_some_and(|first| first == name);
    let rest: Vec<&Ident> = path.segments.iter().skip(1).map(|segment| &segment.ident).collect();
    if is("crate") {
        quote!(pub(in #path))
    } else if is("self") {
        quote!(pub(in super #(::#rest)*))
    } else if is("super") {
        quote!(pub(in super::super #(::#rest)*))
    } else {
        quote!(pub(in #path))
    }
}

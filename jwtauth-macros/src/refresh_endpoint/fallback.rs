//! Generates a stub of a refresh endpoint after a mistake, so that no other errors follow.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote};
use syn::ext::IdentExt;

use crate::errors::Errors;
use crate::function::{Function, is_route_attribute};

/// The mistakes, and the function with everything that `routes![]` and `uri!()` expect of a route, so that they report
/// no further errors.
pub(super) fn expand(report: TokenStream, mut function: Function) -> TokenStream {
    function.attrs.retain(|attr| !is_route_attribute(attr));
    if function.is_associated() {
        // An `impl` can't contain a struct.
        return quote!(#report #function);
    }
    let name = &function.sig.ident;
    let vis = &function.vis;
    let conditions: Vec<_> = function.conditions().collect();
    let uri = format_ident!("rocket_uri_macro_{}", name.unraw());
    let hidden_uri = format_ident!("__jwtauth_{uri}", span = Span::mixed_site());
    quote! {
        #report
        #function

        #(#conditions)*
        #[doc(hidden)]
        #[allow(nonstandard_style, unused)]
        #vis struct #name {}

        #(#conditions)*
        #[allow(nonstandard_style, unused, deprecated)]
        impl #name {
            #[doc(hidden)]
            pub fn into_route(self) -> ::rocket::Route {
                ::core::unreachable!()
            }
        }

        #(#conditions)*
        #[allow(unused)]
        macro_rules! #hidden_uri {
            ($($token:tt)*) => { ::rocket::http::uri::Origin::ROOT };
        }

        #(#conditions)*
        #[doc(hidden)]
        #[allow(unused)]
        pub(crate) use #hidden_uri as #uri;
    }
}

/// The mistakes, and the unchanged item.
pub(super) fn without_function(errors: Errors, item: TokenStream) -> TokenStream {
    let report = errors.finish::<()>(None).err();
    quote!(#report #item)
}

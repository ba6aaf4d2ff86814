//! `#[claims(userid = …)]`: the type of the user ids.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::{Attribute, Type};

use crate::errors::Errors;

/// The type in the attribute.
pub(super) fn read(attrs: &[Attribute], errors: &mut Errors) -> Option<Type> {
    let mut found: Option<Type> = None;
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("claims")) {
        let parsed = attr.parse_nested_meta(|meta| {
            if !meta.path.is_ident("userid") {
                let message = "`#[claims]` has one option: the type of the user ids, as in `#[claims(userid = i64)]`";
                return Err(syn::Error::new_spanned(&meta.path, message));
            }
            if found.replace(meta.value()?.parse()?).is_some() {
                return Err(syn::Error::new_spanned(&meta.path, "this option is written twice: leave one out"));
            }
            Ok(())
        });
        if let Err(error) = parsed {
            errors.at_span(error.span(), error);
        }
    }
    found
}

/// The method that tells the library how to check user ids.
pub(super) fn method(userid: Option<&Type>, span: Span) -> TokenStream {
    let Some(userid) = userid else { return TokenStream::new() };
    let name = userid.to_token_stream().to_string();
    quote_spanned! {span=>
        fn userid_type() -> ::core::option::Option<::jwtauth::__private::UserIdOfClaims> {
            ::core::option::Option::Some(::jwtauth::__private::UserIdOfClaims::new::<#userid>(#name))
        }
    }
}

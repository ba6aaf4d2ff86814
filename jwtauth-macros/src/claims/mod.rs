//! `#[derive(Claims)]`: checks that no field has a reserved name and that the type serializes to an object.

mod attr;
mod case;
mod granted;
mod names;
mod read_back;
mod shape;
mod userid;

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::{Data, DeriveInput, Type};

pub(crate) use self::names::why_reserved;
use crate::errors::Errors;

pub(crate) fn expand(item: TokenStream) -> TokenStream {
    let input: DeriveInput = match syn::parse2(item) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    let mut errors = Errors::new();
    shape::check(&input, &mut errors);
    let userid = userid::read(&input.attrs, &mut errors);
    let report = errors.finish(Some(())).err();
    let assertions = Some(granted::assertions(&input));
    // Serde does not support unions. An implementation would only cause one more error.
    let claims = match input.data {
        Data::Union(_) => None,
        Data::Struct(_) | Data::Enum(_) => Some(implementation(input, userid.as_ref())),
    };
    let assertions = assertions.filter(|_| report.is_none());
    report.into_iter().chain(claims).chain(assertions).collect()
}

/// The implementation of `Claims`. A type with parameters is only a claims type for suitable parameters, which is
/// checked where it is used.
fn implementation(input: DeriveInput, userid: Option<&Type>) -> TokenStream {
    let span = Span::mixed_site();
    let read_back = read_back::method(&input, span);
    let userid_type = userid::method(userid, span);
    let permissions_claims = granted::claims_method(&input, span);
    let permission_names = granted::names_method(&input, span);
    let DeriveInput { ident, mut generics, .. } = input;
    if !generics.params.is_empty() {
        let bounds = quote_spanned! {span=>
            ::rocket::serde::Serialize + ::rocket::serde::DeserializeOwned
                + ::core::marker::Send + ::core::marker::Sync + 'static
        };
        generics.make_where_clause().predicates.push(syn::parse_quote_spanned!(span=> Self: #bounds));
    }
    let (parameters, arguments, conditions) = generics.split_for_impl();
    let typed = userid.map(|userid| {
        quote_spanned! {span=>
            #[automatically_derived]
            impl #parameters ::jwtauth::TypedUserId for #ident #arguments #conditions {
                type UserId = #userid;
                const IS_CHECKED: ::jwtauth::__private::CheckedUserId = ::jwtauth::__private::CheckedUserId;
            }
        }
    });
    quote_spanned! {span=>
        #[automatically_derived]
        impl #parameters ::jwtauth::Claims for #ident #arguments #conditions {
            #read_back
            #userid_type
            #permissions_claims
            #permission_names
        }
        #typed
    }
}

#[cfg(test)]
mod tests;

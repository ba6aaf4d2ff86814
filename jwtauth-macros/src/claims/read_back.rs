//! Decides which claims types are read back before a token is issued.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::{Attribute, Data, DeriveInput};

use super::attr::Serde;

/// Generates the method that tells when claims are read back. Attributes that make reading differ from writing are
/// detected here. For other types, one success shows that the type can read what it writes.
pub(super) fn method(input: &DeriveInput, span: Span) -> TokenStream {
    let when = if may_refuse(input) {
        quote_spanned! {span=> ::jwtauth::__private::ReadBack::Always }
    } else if input.generics.params.is_empty() {
        quote_spanned! {span=> {
            static HAS_SUCCEEDED: ::core::sync::atomic::AtomicBool = ::core::sync::atomic::AtomicBool::new(false);
            ::jwtauth::__private::ReadBack::First(&HAS_SUCCEEDED)
        }}
    } else {
        // All instances of a generic type would share the static.
        quote_spanned! {span=> ::jwtauth::__private::ReadBack::InDoubt }
    };
    quote_spanned! {span=>
        fn read_back() -> ::jwtauth::__private::ReadBack {
            #when
        }
    }
}

/// Whether any attribute makes reading differ from writing.
fn may_refuse(input: &DeriveInput) -> bool {
    let fields: Vec<&[Attribute]> = match &input.data {
        Data::Struct(data) => data.fields.iter().map(|field| &*field.attrs).collect(),
        Data::Enum(data) => {
            let of_fields = data.variants.iter().flat_map(|variant| &variant.fields).map(|field| &*field.attrs);
            data.variants.iter().map(|variant| &*variant.attrs).chain(of_fields).collect()
        }
        Data::Union(_) => Vec::new(),
    };
    fields.into_iter().chain([&*input.attrs]).any(|attrs| {
        let serde = Serde::of(attrs);
        let differs = serde.skip.serialize != serde.skip.deserialize
            || serde.renames.iter().any(|rename| rename.on.serialize != rename.on.deserialize)
            || serde.rename_all.serialize != serde.rename_all.deserialize
            || serde.rename_all_fields.serialize != serde.rename_all_fields.deserialize;
        differs || serde.opaque.serialize || serde.opaque.deserialize
    })
}

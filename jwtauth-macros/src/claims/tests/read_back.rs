//! Types whose claims are read back each time.

use proc_macro2::Span;
use syn::{DeriveInput, parse_quote};

use super::super::read_back;

/// Whether claims of the type are read back each time.
fn is_read_back(input: DeriveInput) -> bool {
    read_back::method(&input, Span::call_site()).to_string().contains("Always")
}

#[test]
fn read_back_detects_attributes_that_make_reading_differ() {
    assert!(!is_read_back(parse_quote!(
        #[serde(rename_all = "camelCase")]
        struct Profile {
            #[serde(rename = "name", default)]
            nickname: String,
            #[serde(skip)]
            cache: u8,
            #[serde(flatten)]
            more: More,
        }
    )));
    assert!(is_read_back(parse_quote!(
        #[serde(try_from = "Raw")]
        struct Profile {
            nickname: String,
        }
    )));
    let fields: [syn::Field; 5] = [
        parse_quote!(#[serde(with = "hex")] field: u8),
        parse_quote!(#[serde(deserialize_with = "read")] field: u8),
        parse_quote!(#[serde(rename(serialize = "other"))] field: u8),
        parse_quote!(#[serde(skip_serializing)] field: u8),
        parse_quote!(#[serde(skip_deserializing)] field: u8),
    ];
    for field in fields {
        assert!(is_read_back(parse_quote!(struct Profile { #field })));
        assert!(is_read_back(parse_quote!(#[serde(tag = "kind")] enum Profile { One { #field } })));
    }
    assert!(is_read_back(parse_quote!(
        #[serde(tag = "kind")]
        enum Profile {
            #[serde(rename(deserialize = "one"))]
            One {},
        }
    )));
}

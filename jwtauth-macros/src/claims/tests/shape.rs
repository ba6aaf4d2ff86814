//! Types that serialize to a JSON object, and types that do not.

use syn::parse_quote;

use super::super::expand;
use super::{accepted, refused};

#[test]
fn derive_does_not_check_types_that_delegate_to_another() {
    accepted(parse_quote!(
        struct Profile(Other);
    ));
    accepted(parse_quote!(
        #[serde(transparent)]
        struct Profile {
            exp: Other,
        }
    ));
    accepted(parse_quote!(
        #[serde(transparent)]
        struct Profile(Other, #[serde(skip)] PhantomData<u8>);
    ));
    accepted(parse_quote!(
        #[serde(from = "Other", into = "Other")]
        struct Profile {
            exp: u8,
        }
    ));
    refused(
        parse_quote!(
            #[serde(try_from = "Other")]
            struct Profile {
                exp: u8,
            }
        ),
        &["`exp`"],
    );
    accepted(parse_quote!(
        #[serde(into = "Other", try_from = "Other")]
        enum Profile {
            A,
        }
    ));
}

#[test]
fn derive_refuses_types_that_are_not_json_objects() {
    refused(
        parse_quote!(
            struct Pair(u8, u8);
        ),
        &["array"],
    );
    refused(
        parse_quote!(
            struct Nothing();
        ),
        &["array"],
    );
    refused(
        parse_quote!(
            union Either {
                exp: u8,
                nbf: i8,
            }
        ),
        &["union"],
    );
    refused(
        parse_quote!(
            enum Role {
                Reader,
                Admin,
            }
        ),
        &["string"],
    );
    refused(
        parse_quote!(
            #[serde(untagged)]
            enum Claims {
                Nothing,
                Something { exp: u8 },
            }
        ),
        &["nothing", "`exp`"],
    );
    refused(
        parse_quote!(
            #[serde(untagged)]
            enum Claims {
                One(Other),
                Two(u8, u8),
                #[serde(skip)]
                Three(u8, u8, u8),
            }
        ),
        &["array"],
    );
    refused(
        parse_quote!(
            struct Profile<'a> {
                nickname: &'a str,
            }
        ),
        &["can't borrow"],
    );
}

#[test]
fn derive_accepts_enums_that_are_json_objects() {
    accepted(parse_quote!(
        enum Never {}
    ));
    accepted(parse_quote!(
        #[serde(tag = "kind")]
        enum Claims {
            Nobody,
            Somebody { nickname: String },
            Another(Other),
        }
    ));
    accepted(parse_quote!(
        #[serde(tag = "kind", content = "claims")]
        enum Claims {
            Exp { exp: u8 },
            Pair(u8, u8),
        }
    ));
    accepted(parse_quote!(
        enum Claims {
            #[serde(untagged)]
            Somebody { nickname: String },
            #[serde(skip)]
            Nobody,
        }
    ));
}

#[test]
fn derive_leaves_invalid_serde_attributes_to_serde() {
    accepted(parse_quote!(
        #[serde(rename_all = "Title Case", nonsense, more(nonsense = 1), other::path)]
        struct Profile {
            #[serde(rename = 3)]
            nickname: String,
        }
    ));
}

#[test]
fn derive_implements_claims_even_after_a_fault() {
    let expansion = expand(quote::quote!(
        struct Profile {
            exp: u8,
        }
    ));
    let expansion = expansion.to_string();
    assert!(expansion.contains("compile_error") && expansion.contains("impl :: jwtauth :: Claims for Profile"));
}

//! Reserved names: of fields, renamed fields, and tags.

use proc_macro2::{Span, TokenStream};
use syn::parse_quote;

use super::super::names;
use super::{accepted, refused};

#[test]
fn derive_accepts_unreserved_names() {
    accepted(parse_quote!(
        struct Profile {
            nickname: String,
            role: Role,
            subject: u8,
            Exp: u8,
        }
    ));
    accepted(parse_quote!(
        struct Nothing;
    ));
    accepted(parse_quote!(
        struct Nothing {}
    ));
    accepted(parse_quote!(
        struct Generic<T, const N: usize>
        where
            T: Copy,
        {
            value: [T; N],
        }
    ));
}

#[test]
fn derive_refuses_each_reserved_name() {
    for (name, _) in names::RESERVED {
        let field = syn::Ident::new(name, Span::call_site());
        refused(parse_quote!(struct Profile { #field: u8 }), &[&format!("`{name}`")]);
    }
    refused(
        parse_quote!(
            struct Profile {
                r#exp: u8,
            }
        ),
        &["`exp`"],
    );
}

#[test]
fn reserved_names_match_those_of_the_library() {
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/../jwtauth/src/claims/names.rs");
    let source = std::fs::read_to_string(source).unwrap();
    let list = source.split("\nnames! {\n").nth(1).unwrap();
    let listed = list.lines().map_while(|line| line.split('"').nth(1));
    assert!(listed.eq(names::RESERVED.map(|(name, _)| name)), "{list}");
}

#[test]
fn derive_checks_renamed_fields_by_their_new_name() {
    refused(
        parse_quote!(
            struct Profile {
                #[serde(rename = "sub")]
                subject: u8,
                #[serde(default, rename = "aud", skip_serializing_if = "Option::is_none")]
                audience: u8,
            }
        ),
        &["`sub`", "`aud`"],
    );
    accepted(parse_quote!(
        struct Profile {
            #[serde(rename = "valid_until")]
            exp: u8,
            #[serde(rename(serialize = "a", deserialize = "b"))]
            iat: u8,
        }
    ));
}

#[test]
fn derive_checks_names_for_writing_and_for_reading() {
    for renamed in ["rename(serialize = \"exp\")", "rename(deserialize = \"exp\")", "alias = \"exp\""] {
        let renamed: TokenStream = renamed.parse().unwrap();
        refused(
            parse_quote!(
                struct Profile {
                    #[serde(#renamed)]
                    end: u8,
                }
            ),
            &["`exp`"],
        );
    }
    for half in ["rename(serialize = \"end\")", "rename(deserialize = \"end\")"] {
        let half: TokenStream = half.parse().unwrap();
        refused(
            parse_quote!(
                struct Profile {
                    #[serde(#half)]
                    exp: u8,
                }
            ),
            &["`exp`"],
        );
    }
    refused(
        parse_quote!(
            struct Profile {
                #[serde(rename = "sub", alias = "iss", alias = "aud")]
                exp: u8,
            }
        ),
        &["`sub`", "`iss`", "`aud`"],
    );
    refused(
        parse_quote!(
            struct Profile {
                #[serde(rename(serialize = "end", deserialize = "exp", deserialize = "iat"))]
                end: u8,
            }
        ),
        &["`exp`", "`iat`"],
    );
}

#[test]
fn derive_ignores_names_of_skipped_and_flattened_fields() {
    accepted(parse_quote!(
        struct Profile {
            #[serde(skip)]
            exp: u8,
            #[serde(skip_serializing, skip_deserializing)]
            iat: u8,
            #[serde(skip_deserializing, rename(serialize = "issued", deserialize = "iat"), alias = "nbf")]
            nbf: u8,
            #[serde(flatten)]
            sub: Other,
        }
    ));
    refused(
        parse_quote!(
            struct Profile {
                #[serde(skip_serializing)]
                exp: u8,
                #[serde(skip_deserializing)]
                iat: u8,
            }
        ),
        &["`exp`", "`iat`"],
    );
}

#[test]
fn derive_applies_rename_all_before_checking_names() {
    refused(
        parse_quote!(
            #[serde(rename_all = "snake_case")]
            struct Profile {
                auth_time: u8,
                Sub: u8,
            }
        ),
        &["`auth_time`"],
    );
    accepted(parse_quote!(
        #[serde(rename_all = "camelCase")]
        struct Profile {
            auth_time: u8,
        }
    ));
    refused(
        parse_quote!(
            #[serde(rename_all = "camelCase")]
            struct Profile {
                Sub: u8,
                _iss: u8,
            }
        ),
        &["`sub`", "`iss`"],
    );
    refused(
        parse_quote!(
            #[serde(rename_all(serialize = "UPPERCASE"))]
            struct Profile {
                exp: u8,
            }
        ),
        &["`exp`"],
    );
    accepted(parse_quote!(
        #[serde(rename_all(serialize = "UPPERCASE", deserialize = "PascalCase"))]
        struct Profile {
            exp: u8,
        }
    ));
    refused(
        parse_quote!(
            #[serde(rename_all = "UPPERCASE")]
            struct Profile {
                #[serde(rename = "exp")]
                end: u8,
            }
        ),
        &["`exp`"],
    );
}

#[test]
fn derive_refuses_reserved_names_in_enums() {
    refused(
        parse_quote!(
            #[serde(tag = "sub", content = "aud")]
            enum Claims {
                A(u8),
            }
        ),
        &["`sub`", "`aud`"],
    );
    refused(
        parse_quote!(
            #[serde(tag = "exp")]
            struct Profile {
                iat: u8,
            }
        ),
        &["`exp`", "`iat`"],
    );
    refused(
        parse_quote!(
            #[serde(tag = "kind", rename_all = "UPPERCASE")]
            enum Claims {
                A {
                    exp: u8,
                },
                #[serde(rename_all = "UPPERCASE")]
                B {
                    exp: u8,
                },
                #[serde(skip)]
                C {
                    exp: u8,
                },
                #[serde(skip_serializing)]
                D {
                    iat: u8,
                },
            }
        ),
        &["`exp`", "`iat`"],
    );
    refused(
        parse_quote!(
            #[serde(untagged, rename_all_fields = "camelCase")]
            enum Claims {
                A { auth_time: u8 },
                B { Sub: u8 },
            }
        ),
        &["`sub`"],
    );
}

use syn::parse_quote;

use super::*;

fn faults(input: DeriveInput) -> Vec<String> {
    let mut errors = Errors::new();
    shape::check(&input, &mut errors);
    errors.messages()
}

#[track_caller]
fn accepted(input: DeriveInput) {
    assert_eq!(faults(input), [""; 0]);
}

/// Asserts that there is exactly one fault for each of these, in this order.
#[track_caller]
fn refused(input: DeriveInput, expected: &[&str]) {
    let faults = faults(input);
    assert_eq!(faults.len(), expected.len(), "{faults:?}");
    for (fault, expected) in faults.iter().zip(expected) {
        assert!(fault.contains(expected), "{fault}");
    }
}

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

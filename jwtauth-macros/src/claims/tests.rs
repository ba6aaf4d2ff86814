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

/// That there is one fault for each of these, in their order.
#[track_caller]
fn refused(input: DeriveInput, expected: &[&str]) {
    let faults = faults(input);
    assert_eq!(faults.len(), expected.len(), "{faults:?}");
    for (fault, expected) in faults.iter().zip(expected) {
        assert!(fault.contains(expected), "{fault}");
    }
}

#[test]
fn names_that_are_free() {
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
fn each_reserved_name_is_refused() {
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
fn the_library_reserves_the_same_names() {
    let registered = concat!(env!("CARGO_MANIFEST_DIR"), "/../jwtauth/src/claims/registered.rs");
    let registered = std::fs::read_to_string(registered).unwrap();
    let names = names::RESERVED.map(|(name, _)| format!("{name:?}")).join(", ");
    assert!(registered.contains(&format!("[{names}]")), "{names}");
}

#[test]
fn renamed_fields_have_their_new_name() {
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
fn writing_and_reading_are_checked_each() {
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
fn skipped_fields_have_no_name() {
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
fn rename_all_makes_and_unmakes_names() {
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
fn what_stands_for_another_type_is_not_seen() {
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
fn what_is_no_object_is_refused() {
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
fn enums_that_are_objects() {
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
fn names_in_enums() {
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
fn what_serde_refuses_is_left_to_it() {
    accepted(parse_quote!(
        #[serde(rename_all = "Title Case", nonsense, more(nonsense = 1), other::path)]
        struct Profile {
            #[serde(rename = 3)]
            nickname: String,
        }
    ));
}

#[test]
fn after_a_fault_the_type_is_claims_all_the_same() {
    let expansion = expand(quote::quote!(
        struct Profile {
            exp: u8,
        }
    ));
    let expansion = expansion.to_string();
    assert!(expansion.contains("compile_error") && expansion.contains("impl :: jwtauth :: Claims for Profile"));
}

/// Whether claims of the type are read back each time that they are issued.
fn is_read_back(input: DeriveInput) -> bool {
    read_back::method(&input, Span::call_site()).to_string().contains("Always")
}

#[test]
fn read_back_sees_attributes_that_make_reading_differ_from_writing() {
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

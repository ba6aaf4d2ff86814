//! Tests of the derive on the syntax of an enum. `tests/ui` has those with the compiler.

use quote::quote;
use syn::parse_quote;

use super::*;

fn faults(input: DeriveInput) -> Vec<String> {
    let mut errors = Errors::new();
    let Data::Enum(data) = &input.data else { panic!("an enum") };
    let _ = Model::of(&input, data, &mut errors);
    errors.messages()
}

/// Asserts that there is exactly one fault for each of these, in this order.
#[track_caller]
fn refused(input: DeriveInput, expected: &[&str]) {
    let faults = faults(input);
    assert_eq!(faults.len(), expected.len(), "{faults:?}");
    for (fault, expected) in faults.iter().zip(expected) {
        assert!(fault.contains(expected), "{fault:?} does not contain {expected:?}");
    }
}

/// The bits of the permissions that grant each one.
#[track_caller]
fn granted_by(input: DeriveInput) -> Vec<u128> {
    let mut errors = Errors::new();
    let Data::Enum(data) = &input.data else { panic!("an enum") };
    let model = Model::of(&input, data, &mut errors);
    let granted_by = model.permissions.iter().map(|permission| permission.granted_by).collect();
    assert_eq!(errors.messages(), [""; 0]);
    granted_by
}

#[test]
fn implies_is_closed_transitively() {
    let chain = granted_by(parse_quote!(
        enum Permission {
            #[permission("c", implies(B))]
            C,
            #[permission("b", implies(A))]
            B,
            #[permission("a")]
            A,
            #[permission("all", implies(*))]
            All,
            #[permission("alone")]
            Alone,
        }
    ));
    assert_eq!(chain, [0b01001, 0b01011, 0b01111, 0b01000, 0b11000]);
}

#[test]
fn implies_may_meet_without_a_cycle() {
    let diamond = granted_by(parse_quote!(
        enum Permission {
            #[permission("top", implies(Left, Right,))]
            Top,
            #[permission("left", implies(Bottom))]
            Left,
            #[permission("right", implies(Bottom))]
            Right,
            #[permission("bottom")]
            Bottom,
        }
    ));
    assert_eq!(diamond, [0b0001, 0b0011, 0b0101, 0b1111]);
}

#[test]
fn cycle_is_one_fault() {
    refused(
        parse_quote!(
            enum Permission {
                #[permission("a", implies(B))]
                A,
                #[permission("b", implies(C))]
                B,
                #[permission("c", implies(A))]
                C,
            }
        ),
        &["`A` implies `B` implies `C` implies `A`"],
    );
    refused(
        parse_quote!(
            enum Permission {
                #[permission("a", implies(A))]
                A,
            }
        ),
        &["`A` implies itself"],
    );
    refused(
        parse_quote!(
            enum Permission {
                #[permission("a", implies(*))]
                A,
                #[permission("b", implies(*))]
                B,
                #[permission("c")]
                C,
            }
        ),
        &["`A` implies `B` implies `A`"],
    );
}

#[test]
fn two_cycles_are_two_faults() {
    refused(
        parse_quote!(
            enum Permission {
                #[permission("a", implies(B))]
                A,
                #[permission("b", implies(A))]
                B,
                #[permission("c", implies(D))]
                C,
                #[permission("d", implies(C))]
                D,
            }
        ),
        &["`A` implies `B` implies `A`", "`C` implies `D` implies `C`"],
    );
}

#[test]
fn names_are_distinct_scope_tokens() {
    refused(
        parse_quote!(
            enum Permission {
                #[permission("read")]
                A,
                #[permission("read")]
                B,
                #[permission("")]
                C,
                #[permission("two words")]
                D,
                #[permission("größe")]
                E,
            }
        ),
        &["`A` has this name", "scope-token", "scope-token", "scope-token"],
    );
    for (name, is_one) in [("!#[]~", true), ("a\"b", false), ("a\\b", false), ("a\u{7f}", false), ("a b", false)] {
        assert_eq!(model::is_scope_token(name), is_one, "{name:?}");
    }
}

#[test]
fn variants_have_a_name_and_no_fields() {
    refused(
        parse_quote!(
            enum Permission {
                A,
                #[permission("b")]
                B(u8),
                #[permission]
                C,
                #[permission(d)]
                D,
                #[permission("e")]
                #[permission("f")]
                E,
                #[permission("g")]
                G {},
            }
        ),
        &["has no name", "no fields", "write the name", "write the name", "one name", "no fields"],
    );
}

#[test]
fn enum_has_one_to_128_variants_and_no_parameters() {
    refused(
        parse_quote!(
            enum Permission {}
        ),
        &["without variants"],
    );
    refused(
        parse_quote!(
            enum Permission<T> {
                #[permission("a")]
                A,
            }
        ),
        &["no parameters"],
    );
    for (count, faults) in [(128, &[][..]), (129, &["at most 128"][..])] {
        let variants = (0..count).map(|number| {
            let (variant, name) = (quote::format_ident!("P{number}"), format!("p{number}"));
            quote!(#[permission(#name)] #variant)
        });
        refused(parse_quote!(enum Permission { #(#variants),* }), faults);
    }
}

#[test]
fn implied_permissions_exist() {
    refused(
        parse_quote!(
            enum Permission {
                #[permission("a", implies(B, C, B))]
                A,
                #[permission("b", implies())]
                B,
                #[permission("d", implies(*, A))]
                D,
                #[permission("e", grants(A))]
                E,
            }
        ),
        &["the list is empty", "`*` stands for", "write the name", "no permission `C`", "`B` is listed twice"],
    );
}

#[test]
fn options_of_the_enum_are_checked() {
    refused(
        parse_quote!(
            #[permissions(module = this, claim = "exp", claims = "scope")]
            enum Permission {
                #[permission("a")]
                A,
            }
        ),
        &["has the options", "`exp` belongs to the token"],
    );
    refused(
        parse_quote!(
            #[permissions(claim = "a", claim = "b", module = fn)]
            enum Permission {
                #[permission("a")]
                A,
            }
        ),
        &["twice", "`fn` is a keyword"],
    );
    refused(
        parse_quote!(
            enum Type {
                #[permission("a")]
                A,
            }
        ),
        &["`type` is a keyword"],
    );
}

#[test]
fn module_is_named_after_the_enum() {
    for (name, module) in [
        ("Permission", "permission"),
        ("AdminPermission", "admin_permission"),
        ("HTTPPermission", "http_permission"),
        ("Scope2Go", "scope2_go"),
        ("P", "p"),
    ] {
        assert_eq!(model::snake_case(name), module);
    }
}

#[test]
fn markers_are_as_visible_as_the_enum() {
    for (outer, inner) in [
        (quote!(), quote!(pub(super))),
        (quote!(pub), quote!(pub)),
        (quote!(pub(crate)), quote!(pub(in crate))),
        (quote!(pub(self)), quote!(pub(in super))),
        (quote!(pub(super)), quote!(pub(in super::super))),
        (quote!(pub(in super::super)), quote!(pub(in super::super::super))),
        (quote!(pub(in crate::a)), quote!(pub(in crate::a))),
    ] {
        let vis = syn::parse2(outer).unwrap();
        assert_eq!(expand::within_module(&vis).to_string(), inner.to_string());
    }
}

#[test]
fn expansion_with_mistakes_still_has_the_names() {
    let expansion = expand(quote! {
        enum Permission {
            #[permission("a")]
            A(u8),
        }
    });
    let expansion = expansion.to_string();
    assert!(expansion.contains("compile_error") && expansion.contains("mod permission"), "{expansion}");
}

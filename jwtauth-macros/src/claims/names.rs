use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::{Fields, Ident, LitStr};

use super::attr::{Both, Serde};
use super::case::Case;
use crate::errors::Errors;

/// The reserved names, each with a reason for the message. The library has the same list in its `claims/names.rs`.
/// Issuing a token refuses names that are missing here.
pub(super) const RESERVED: [(&str, &str); 14] = [
    ("sub", "it is the userid, which `Identity::userid` gives"),
    ("iss", "it is the issuer, which the setting `issuer` determines"),
    ("aud", "it is the audience, which the setting `audience` determines"),
    ("exp", "it is the time when the token expires, which `Identity::expires_at` gives"),
    ("nbf", "it is the time before which the token is not valid"),
    ("iat", "it is the time when the token was issued, which `Identity::issued_at` gives"),
    ("jti", "it is the identifier of the token"),
    ("auth_time", "it is the time of the login, which `Identity::auth_time` gives"),
    ("sid", "it is the identifier of the session"),
    ("gen", "it is the generation of the session, which each refresh raises"),
    ("refresh_until", "it is the time until which the token can be refreshed"),
    ("nonce", "it is the nonce that refreshing is checked against"),
    ("login_time", "it is the time of the login, if that differs from `auth_time`"),
    ("carried", "it is what the login carries, which `Issuing::carrying` sets and `Identity::carried` gives"),
];

/// Checks the names of fields. `hidden` tells in which direction the whole type can't be seen.
pub(super) fn check_fields(fields: &Fields, rules: Both<Option<Case>>, hidden: Both<bool>, errors: &mut Errors) {
    for field in fields {
        let Some(name) = &field.ident else { continue };
        let serde = Serde::of(&field.attrs);
        if !serde.flatten {
            check(name, &serde, rules, hidden, errors);
        }
    }
}

/// Checks the name given by `tag` or `content`.
pub(super) fn check_literal(literal: &LitStr, attribute: &str, errors: &mut Errors) {
    let name = literal.value();
    if let Some(why) = why_reserved(&name) {
        refuse(literal.span(), &name, why, format_args!("write another name for `{attribute}`"), errors);
    }
}

fn check(field: &Ident, serde: &Serde, rules: Both<Option<Case>>, hidden: Both<bool>, errors: &mut Errors) {
    let written = !serde.skip.serialize && !hidden.serialize;
    let read = !serde.skip.deserialize && !hidden.deserialize;

    let renames =
        serde.renames.iter().filter(|rename| (rename.on.serialize && written) || (rename.on.deserialize && read));
    let aliases = serde.aliases.iter().filter(|_| read);
    for literal in renames.map(|rename| &rename.literal).chain(aliases) {
        let name = literal.value();
        if let Some(why) = why_reserved(&name) {
            refuse(literal.span(), &name, why, "write another name here", errors);
        }
    }

    let by_rule = [
        (written && !serde.renames.iter().any(|rename| rename.on.serialize), rules.serialize),
        (read && !serde.renames.iter().any(|rename| rename.on.deserialize), rules.deserialize),
    ];
    let reserved = by_rule.into_iter().filter(|(applies, _)| *applies).find_map(|(_, rule)| {
        let name = field.unraw().to_string();
        let name = rule.map_or_else(|| name.clone(), |case| case.of_field(&name));
        why_reserved(&name).map(|why| (name, why))
    });
    if let Some((name, why)) = reserved {
        refuse(field.span(), &name, why, "rename the field, or put `#[serde(rename = \"…\")]` on it", errors);
    }
}

fn refuse(at: Span, name: &str, why: &str, remedy: impl std::fmt::Display, errors: &mut Errors) {
    errors.at_span(at, format_args!("`{name}` belongs to the token and can't be a claim of your own: {why}\n{remedy}"));
}

pub(crate) fn why_reserved(name: &str) -> Option<&'static str> {
    RESERVED.iter().find(|(reserved, _)| *reserved == name).map(|(_, why)| *why)
}

//! A checked enum of permissions: names, bits, and what they imply.

use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::{Attribute, DataEnum, DeriveInput, Ident, LitStr, Visibility};

use super::graph;
use super::syntax::{Implies, OfEnum, OfVariant};
use crate::claims::why_reserved;
use crate::errors::Errors;

/// The maximum number of permissions of an enum: the bits of a `u128`.
pub(super) const MAX: usize = 128;

/// The claim of the permissions, unless the enum names another one.
const CLAIM: &str = "permissions";

/// An enum of permissions.
pub(super) struct Model<'i> {
    pub(super) name: &'i Ident,
    pub(super) vis: &'i Visibility,
    /// The module of the marker types.
    pub(super) module: Ident,
    pub(super) claim: String,
    /// In the order of the enum.
    pub(super) permissions: Vec<Permission<'i>>,
    /// Whether the enum has parameters, which is a mistake. The trait can't be implemented for such an enum.
    pub(super) has_parameters: bool,
    /// Whether all variants are valid. If not, the values of the generated code do not matter.
    pub(super) is_sound: bool,
}

pub(super) struct Permission<'i> {
    pub(super) variant: &'i Ident,
    pub(super) name: String,
    /// The bits of the permissions that grant this one: itself, and all that imply it.
    pub(super) granted_by: u128,
    /// The attributes of the variant that its type gets too: the documentation, and `deprecated`.
    pub(super) attrs: Vec<&'i Attribute>,
}

impl<'i> Model<'i> {
    pub(super) fn of(input: &'i DeriveInput, data: &'i DataEnum, errors: &mut Errors) -> Self {
        let options = OfEnum::read(&input.attrs, errors);
        if !input.generics.params.is_empty() {
            errors.at(&input.generics, "permissions have no parameters: leave this out");
        }
        if data.variants.is_empty() {
            errors.at(&input.ident, "an enum without variants permits nothing: add a permission");
        }
        if let Some(variant) = data.variants.iter().nth(MAX) {
            errors.at(&variant.ident, format_args!("an enum has at most {MAX} permissions, and this is one more"));
        }
        let variants: Vec<(&Ident, Option<LitStr>, Implies)> = data
            .variants
            .iter()
            .map(|variant| {
                if !variant.fields.is_empty() || !matches!(variant.fields, syn::Fields::Unit) {
                    errors.at(&variant.fields, "a permission has no fields: leave them out");
                }
                match OfVariant::read(variant, errors) {
                    Some(OfVariant { name, implies }) => (&variant.ident, Some(name), implies),
                    None => (&variant.ident, None, Implies::Nothing),
                }
            })
            .collect();
        check_names(variants.iter().filter_map(|(variant, name, _)| Some((*variant, name.as_ref()?))), errors);
        let names: Vec<String> =
            variants.iter().map(|(_, name, _)| name.as_ref().map_or_else(String::new, LitStr::value)).collect();
        let implied: Vec<(&Ident, Implies)> = variants.into_iter().map(|(name, _, implies)| (name, implies)).collect();
        let granted_by = graph::granted_by(&implied, errors);
        let permissions = data.variants.iter().zip(names).enumerate().map(|(index, (variant, name))| Permission {
            variant: &variant.ident,
            name,
            granted_by: granted_by.get(index).copied().unwrap_or(0),
            attrs: variant.attrs.iter().filter(|attr| is_forwarded(attr)).collect(),
        });
        let permissions = permissions.collect();
        Model {
            name: &input.ident,
            vis: &input.vis,
            module: module(&input.ident, options.module, errors),
            claim: claim(options.claim, errors),
            permissions,
            has_parameters: !input.generics.params.is_empty(),
            is_sound: errors.is_empty(),
        }
    }
}

/// The compiler has evaluated `cfg` and `cfg_attr` before it calls a derive macro.
fn is_forwarded(attr: &Attribute) -> bool {
    ["doc", "deprecated"].iter().any(|name| attr.path().is_ident(name))
}

fn check_names<'n>(names: impl Iterator<Item = (&'n Ident, &'n LitStr)>, errors: &mut Errors) {
    let mut seen: Vec<(&Ident, String)> = Vec::new();
    for (variant, literal) in names {
        let name = literal.value();
        if !is_scope_token(&name) {
            errors.at(
                literal,
                "the name of a permission is a scope-token (RFC 6749 §3.3): printable ASCII characters, without spaces, \
                 `\"` and `\\`\nwrite a name such as `orders:read`",
            );
        } else if let Some((other, _)) = seen.iter().find(|(_, seen)| *seen == name) {
            errors.at(literal, format_args!("`{other}` has this name already: write another one"));
        }
        seen.push((variant, name));
    }
}

/// RFC 6749 §3.3: `1*( %x21 / %x23-5B / %x5D-7E )`
pub(super) fn is_scope_token(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| matches!(byte, 0x21 | 0x23..=0x5B | 0x5D..=0x7E))
}

fn claim(literal: Option<LitStr>, errors: &mut Errors) -> String {
    let Some(literal) = literal else { return CLAIM.to_owned() };
    let name = literal.value();
    if let Some(why) = why_reserved(&name) {
        errors.at(&literal, format_args!("`{name}` belongs to the token: {why}\nwrite another claim"));
    } else if name.is_empty() {
        errors.at(&literal, "a claim has a name: write one, or leave this out");
    }
    name
}

fn module(name: &Ident, chosen: Option<Ident>, errors: &mut Errors) -> Ident {
    let written = match &chosen {
        Some(module) => module.to_string(),
        None => snake_case(&name.unraw().to_string()),
    };
    let span = chosen.as_ref().map_or(name.span(), Ident::span);
    match syn::parse_str::<Ident>(&written) {
        Ok(mut module) => {
            module.set_span(span);
            module
        }
        Err(_) => {
            let remedy = "name the module of the marker types: `#[permissions(module = …)]`";
            errors.at_span(span, format_args!("`{written}` is a keyword, so it can't name a module\n{remedy}"));
            Ident::new("permission", Span::call_site())
        }
    }
}

/// `HTTPPermission` becomes `http_permission`.
pub(super) fn snake_case(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut snake = String::new();
    for (index, c) in chars.iter().enumerate() {
        let before = index.checked_sub(1).map(|before| chars[before]);
        let after = chars.get(index + 1);
        let starts_word = c.is_uppercase()
            && before.is_some_and(|before| {
                before.is_lowercase()
                    || before.is_ascii_digit()
                    || (before.is_uppercase() && after.is_some_and(|after| after.is_lowercase()))
            });
        if starts_word {
            snake.push('_');
        }
        snake.extend(c.to_lowercase());
    }
    snake
}

//! Parses the attributes of an enum of permissions and its variants.

use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Ident, LitStr, Token, parenthesized};

use crate::errors::Errors;

/// The arguments of `#[permissions(…)]` on the enum.
#[derive(Default)]
pub(super) struct OfEnum {
    pub(super) module: Option<Ident>,
    pub(super) claim: Option<LitStr>,
}

/// The arguments of `#[permission(…)]` on a variant.
pub(super) struct OfVariant {
    pub(super) name: LitStr,
    pub(super) implies: Implies,
}

/// The argument `implies(…)`.
pub(super) enum Implies {
    /// Implies no permissions.
    Nothing,
    /// `implies(*)`, with the place of the star.
    Everything(Span),
    /// `implies(A, B)`
    These(Vec<Ident>),
}

const OPTIONS_OF_ENUM: &str = "`#[permissions]` has the options `module = …` and `claim = \"…\"`";
const SHAPE: &str = "write the name of the permission, as in `#[permission(\"orders:read\")]`, and after it \
                     `implies(Other)` or `implies(*)`";

impl OfEnum {
    pub(super) fn read(attrs: &[Attribute], errors: &mut Errors) -> Self {
        let mut found = OfEnum::default();
        for attr in attrs.iter().filter(|attr| attr.path().is_ident("permissions")) {
            let parsed = attr.parse_nested_meta(|meta| {
                if meta.path.is_ident("module") {
                    let module = meta.value()?.call(Ident::parse_any)?;
                    once(&mut found.module, module, &meta.path, errors);
                } else if meta.path.is_ident("claim") {
                    let claim = meta.value()?.parse()?;
                    once(&mut found.claim, claim, &meta.path, errors);
                } else {
                    return Err(syn::Error::new_spanned(&meta.path, OPTIONS_OF_ENUM));
                }
                Ok(())
            });
            if let Err(error) = parsed {
                errors.at_span(error.span(), error);
            }
        }
        found
    }
}

fn once<T>(slot: &mut Option<T>, value: T, option: &syn::Path, errors: &mut Errors) {
    if slot.replace(value).is_some() {
        errors.at(option, "this option is written twice: leave one out");
    }
}

impl OfVariant {
    /// The arguments of the attribute on a variant. `None` if the attribute is missing or faulty. The fault is
    /// reported.
    pub(super) fn read(variant: &syn::Variant, errors: &mut Errors) -> Option<Self> {
        let mut found = variant.attrs.iter().filter(|attr| attr.path().is_ident("permission"));
        let Some(attr) = found.next() else {
            errors.at(&variant.ident, "this permission has no name: put `#[permission(\"…\")]` on it");
            return None;
        };
        for second in found {
            errors.at(second, "a permission has one name: leave one attribute out");
        }
        if !matches!(attr.meta, syn::Meta::List(_)) {
            errors.at(attr, SHAPE);
            return None;
        }
        match attr.parse_args() {
            Ok(arguments) => Some(arguments),
            Err(error) => {
                errors.at_span(error.span(), error);
                None
            }
        }
    }
}

impl Parse for OfVariant {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let name = input.parse().map_err(|error: syn::Error| syn::Error::new(error.span(), SHAPE))?;
        let mut implies = Implies::Nothing;
        if !input.is_empty() {
            input.parse::<Token![,]>()?;
        }
        if !input.is_empty() {
            let option: Ident = input.call(Ident::parse_any)?;
            if option != "implies" || !input.peek(syn::token::Paren) {
                return Err(syn::Error::new(option.span(), SHAPE));
            }
            let list;
            parenthesized!(list in input);
            implies = Implies::parse(&list, option.span())?;
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        if !input.is_empty() {
            return Err(input.error(SHAPE));
        }
        Ok(OfVariant { name, implies })
    }
}

impl Implies {
    fn parse(list: ParseStream, option: Span) -> syn::Result<Self> {
        if list.is_empty() {
            return Err(syn::Error::new(option, "the list is empty: leave `implies()` out"));
        }
        if list.peek(Token![*]) {
            let star: Token![*] = list.parse()?;
            if !list.is_empty() {
                return Err(list.error("`*` stands for all other permissions: write nothing else"));
            }
            return Ok(Implies::Everything(star.span));
        }
        let names = list.parse_terminated(Ident::parse, Token![,])?;
        Ok(Implies::These(names.into_iter().collect()))
    }
}

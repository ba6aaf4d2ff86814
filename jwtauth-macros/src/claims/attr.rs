use syn::meta::ParseNestedMeta;
use syn::{Attribute, LitStr};

use super::case::Case;

/// The serde attributes of a type, variant or field. Serde itself reports invalid attributes.
#[derive(Default)]
pub(super) struct Serde {
    pub(super) renames: Vec<Rename>,
    pub(super) aliases: Vec<LitStr>,
    pub(super) rename_all: Both<Option<Case>>,
    pub(super) rename_all_fields: Both<Option<Case>>,
    /// Whether it is skipped.
    pub(super) skip: Both<bool>,
    /// Whether it is written or read in another form, which the macro can't see.
    pub(super) opaque: Both<bool>,
    pub(super) tag: Option<LitStr>,
    pub(super) content: Option<LitStr>,
    pub(super) untagged: bool,
    pub(super) transparent: bool,
    pub(super) flatten: bool,
}

/// A value for serializing, and one for deserializing.
#[derive(Clone, Copy, Default)]
pub(super) struct Both<T> {
    pub(super) serialize: T,
    pub(super) deserialize: T,
}

/// A name that replaces that of the field or variant.
pub(super) struct Rename {
    pub(super) literal: LitStr,
    pub(super) on: Both<bool>,
}

impl Serde {
    pub(super) fn of(attrs: &[Attribute]) -> Serde {
        let mut serde = Serde::default();
        for attr in attrs.iter().filter(|attr| attr.path().is_ident("serde")) {
            let _ = attr.parse_nested_meta(|meta| serde.read(meta));
        }
        serde
    }

    fn read(&mut self, meta: ParseNestedMeta<'_>) -> syn::Result<()> {
        let Some(key) = meta.path.get_ident() else { return skip_value(&meta) };
        match key.to_string().as_str() {
            "rename" => directed(&meta, |literal, on| self.renames.push(Rename { literal, on }))?,
            "rename_all" => directed(&meta, |literal, on| self.rename_all.set(&literal, on))?,
            "rename_all_fields" => directed(&meta, |literal, on| self.rename_all_fields.set(&literal, on))?,
            "alias" => self.aliases.push(meta.value()?.parse()?),
            "tag" => self.tag = Some(meta.value()?.parse()?),
            "content" => self.content = Some(meta.value()?.parse()?),
            "untagged" => self.untagged = true,
            "transparent" => self.transparent = true,
            "flatten" => self.flatten = true,
            "skip" => self.skip = Both { serialize: true, deserialize: true },
            "skip_serializing" => self.skip.serialize = true,
            "skip_deserializing" => self.skip.deserialize = true,
            "into" | "serialize_with" => {
                self.opaque.serialize = true;
                skip_value(&meta)?;
            }
            "from" | "try_from" | "deserialize_with" => {
                self.opaque.deserialize = true;
                skip_value(&meta)?;
            }
            "with" => {
                self.opaque = Both { serialize: true, deserialize: true };
                skip_value(&meta)?;
            }
            _ => skip_value(&meta)?,
        }
        Ok(())
    }
}

impl Both<Option<Case>> {
    fn set(&mut self, literal: &LitStr, on: Both<bool>) {
        let case = Case::named(&literal.value());
        if on.serialize {
            self.serialize = case;
        }
        if on.deserialize {
            self.deserialize = case;
        }
    }

    pub(super) fn or(self, other: Self) -> Self {
        Both { serialize: self.serialize.or(other.serialize), deserialize: self.deserialize.or(other.deserialize) }
    }
}

/// Parses `key = "…"` and `key(serialize = "…", deserialize = "…")`.
fn directed(meta: &ParseNestedMeta<'_>, mut found: impl FnMut(LitStr, Both<bool>)) -> syn::Result<()> {
    if !meta.input.peek(syn::token::Paren) {
        found(meta.value()?.parse()?, Both { serialize: true, deserialize: true });
        return Ok(());
    }
    meta.parse_nested_meta(|inner| {
        let on = Both { serialize: inner.path.is_ident("serialize"), deserialize: inner.path.is_ident("deserialize") };
        found(inner.value()?.parse()?, on);
        Ok(())
    })
}

fn skip_value(meta: &ParseNestedMeta<'_>) -> syn::Result<()> {
    if meta.input.peek(syn::Token![=]) {
        meta.value()?.parse::<syn::Expr>()?;
    } else if meta.input.peek(syn::token::Paren) {
        meta.input.parse::<proc_macro2::Group>()?;
    }
    Ok(())
}

//! Checks what a claims type serializes to: one object, without reserved names.

use syn::{Data, DataEnum, DataStruct, DeriveInput, Fields, GenericParam, Ident, Variant};

use super::attr::Serde;
use super::names;
use crate::errors::Errors;

const CLAIMS: &str = "claims are the members of one object";

/// Checks that the type serializes to an object, and checks the names directly in that object.
pub(super) fn check(input: &DeriveInput, errors: &mut Errors) {
    for parameter in &input.generics.params {
        if let GenericParam::Lifetime(lifetime) = parameter {
            errors.at(
                lifetime,
                "claims are read from a token that does not outlive the request, so they can't borrow\n\
                 use owned types: write `String` instead of `&str`",
            );
        }
    }
    let serde = Serde::of(&input.attrs);
    match &input.data {
        Data::Struct(data) => check_struct(data, &serde, errors),
        Data::Enum(data) => check_enum(&input.ident, data, &serde, errors),
        Data::Union(data) => errors.at(
            data.union_token,
            "a union can't be claims, because it does not record which of its fields is set: write a `struct` or an `enum`",
        ),
    }
}

fn check_struct(data: &DataStruct, serde: &Serde, errors: &mut Errors) {
    if serde.transparent {
        return;
    }
    if let Some(tag) = &serde.tag {
        names::check_literal(tag, "tag", errors);
    }
    match &data.fields {
        Fields::Unnamed(fields) if fields.unnamed.len() != 1 && !serde.opaque.serialize => errors.at(
            fields,
            format_args!(
                "{CLAIMS}, and a tuple is written as an array\n\
                 name its fields, as in `struct Profile {{ nickname: String }}`"
            ),
        ),
        fields => names::check_fields(fields, serde.rename_all, serde.opaque, errors),
    }
}

fn check_enum(name: &Ident, data: &DataEnum, serde: &Serde, errors: &mut Errors) {
    for (literal, attribute) in [(&serde.tag, "tag"), (&serde.content, "content")] {
        if let Some(literal) = literal {
            names::check_literal(literal, attribute, errors);
        }
    }
    let mut is_object = true;
    for variant in &data.variants {
        let own = Serde::of(&variant.attrs);
        let form = Form::of(serde, &own);
        if is_object && !serde.opaque.serialize && !own.skip.serialize {
            is_object = check_form(name, variant, form, &own, errors);
        }
        if form == Form::Tagged || form == Form::Untagged {
            let mut hidden = serde.opaque;
            hidden.serialize |= own.skip.serialize || own.opaque.serialize;
            hidden.deserialize |= own.skip.deserialize || own.opaque.deserialize;
            names::check_fields(&variant.fields, own.rename_all.or(serde.rename_all_fields), hidden, errors);
        }
    }
}

/// Whether claims can be written in this form.
fn check_form(name: &Ident, variant: &Variant, form: Form, own: &Serde, errors: &mut Errors) -> bool {
    const REMEDY: &str = "put `#[serde(tag = \"…\")]` on the enum, or make the enum a field of a struct";
    let what = match (form, &variant.fields) {
        (Form::Named, _) => {
            let what = "as a string, or within an object that is named after the variant";
            errors.at(name, format_args!("{CLAIMS}, and this enum is written {what}\n{REMEDY}"));
            return false;
        }
        (Form::Untagged, Fields::Unit) => "as nothing",
        (Form::Untagged, Fields::Unnamed(fields)) if fields.unnamed.len() != 1 && !own.opaque.serialize => {
            "as an array"
        }
        _ => return true,
    };
    errors.at(&variant.ident, format_args!("{CLAIMS}, and this variant is written {what}\n{REMEDY}"));
    false
}

/// The form in which a variant is written.
#[derive(Clone, Copy, PartialEq)]
enum Form {
    /// `{"Variant": …}`, or `"Variant"`
    Named,
    /// `{"tag": "Variant", …}`
    Tagged,
    /// `{"tag": "Variant", "content": …}`
    TaggedBeside,
    /// `{…}`
    Untagged,
}

impl Form {
    fn of(serde: &Serde, variant: &Serde) -> Form {
        match (&serde.tag, &serde.content) {
            _ if serde.untagged || variant.untagged => Form::Untagged,
            (Some(_), Some(_)) => Form::TaggedBeside,
            (Some(_), None) => Form::Tagged,
            (None, _) => Form::Named,
        }
    }
}

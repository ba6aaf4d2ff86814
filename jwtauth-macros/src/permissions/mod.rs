//! `#[derive(Permissions)]`: implements the trait for an enum, and generates a marker type for each variant.

mod expand;
mod graph;
mod model;
mod syntax;

use proc_macro2::TokenStream;
use syn::{Data, DeriveInput};

use self::model::Model;
use crate::errors::Errors;

pub(crate) fn expand(item: TokenStream) -> TokenStream {
    let input: DeriveInput = match syn::parse2(item) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    let mut errors = Errors::new();
    let model = match &input.data {
        Data::Enum(data) => Some(Model::of(&input, data, &mut errors)),
        Data::Struct(data) => {
            refuse(data.struct_token, &mut errors);
            None
        }
        Data::Union(data) => {
            refuse(data.union_token, &mut errors);
            None
        }
    };
    // The names are generated even if there are mistakes. Otherwise each use of a name would be another error.
    let report = errors.finish(Some(())).err();
    let items = model.map(|model| expand::items(&model));
    report.into_iter().chain(items).collect()
}

fn refuse(keyword: impl quote::ToTokens, errors: &mut Errors) {
    errors.at(keyword, "the permissions of an application are the variants of one enum: write an `enum`");
}

#[cfg(test)]
mod tests;

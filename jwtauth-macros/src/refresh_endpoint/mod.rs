//! `#[refresh_endpoint("/path")]`: generates a route that calls the function.

mod attr;
mod expand;
mod fallback;
mod model;
mod uri;

use proc_macro2::{Span, TokenStream};

use self::attr::Attr;
use self::model::Endpoint;
use crate::errors::Errors;
use crate::function::Function;

pub(crate) fn expand(args: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::new();
    let attr = Attr::read(args, &mut errors);
    let Ok(function) = syn::parse2::<Function>(item.clone()) else {
        errors.at_span(
            Span::call_site(),
            "`#[refresh_endpoint]` makes a route of a free function that loads a user's claims\n\
             write it on one such as `async fn refresh(userid: &str) -> Option<Profile> { … }`",
        );
        return fallback::without_function(errors, item);
    };
    let endpoint = Endpoint::new(attr, &function, &mut errors);
    match errors.finish(endpoint) {
        Ok(endpoint) => expand::expand(&endpoint),
        Err(report) => fallback::expand(report, function),
    }
}

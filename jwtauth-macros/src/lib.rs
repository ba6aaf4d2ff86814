//! The macros of `jwtauth`. Use them through that crate, which also documents them.
#![forbid(unsafe_code)]

mod claims;
mod errors;
mod function;
mod lifetimes;
mod nonce_handler;
mod refresh_endpoint;

use proc_macro::TokenStream;

/// Turns a function that loads a user's claims into a refresh route. See `jwtauth::refresh_endpoint`.
#[proc_macro_attribute]
pub fn refresh_endpoint(args: TokenStream, item: TokenStream) -> TokenStream {
    shown(refresh_endpoint::expand(args.into(), item.into()))
}

/// Turns a function that returns a user's nonce into a handler. See `jwtauth::refresh_nonce_handler`.
#[proc_macro_attribute]
pub fn refresh_nonce_handler(args: TokenStream, item: TokenStream) -> TokenStream {
    shown(nonce_handler::expand(args.into(), item.into()))
}

/// Declares a claims type. See `jwtauth::Claims`.
// `serde` is listed so that a type without serde's derives causes no additional errors about serde's attributes.
#[proc_macro_derive(Claims, attributes(serde))]
pub fn claims(item: TokenStream) -> TokenStream {
    shown(claims::expand(item.into()))
}

fn shown(expansion: proc_macro2::TokenStream) -> TokenStream {
    if std::env::var_os("JWTAUTH_CODEGEN_DEBUG").is_some_and(|value| value == "1") {
        eprintln!("{expansion}\n");
    }
    expansion.into()
}

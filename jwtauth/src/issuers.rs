//! Trusted issuers. Their tokens are accepted in addition to the application's own. Their keys are fetched and cached.
//!
//! Without the feature `issuers`, `issuers/stub.rs` replaces this module.

mod body;
mod claimed;
mod connect;
mod fetch_error;
mod fetcher;
mod global;
mod host;
mod http;
#[cfg(feature = "cli")]
mod inspect;
mod issuer;
mod keep_fresh;
mod key_source;
mod network;
mod registry;
mod set;
mod settings;
mod skipped;
mod status;
#[cfg(test)]
mod tests;
mod token;
mod url;

pub(crate) use self::fetch_error::FetchError;
#[cfg(feature = "cli")]
pub(crate) use self::inspect::inspect;
pub(crate) use self::keep_fresh::keep_fresh;
pub(crate) use self::key_source::Source;
pub(crate) use self::registry::Issuers;
pub(crate) use self::settings::{IssuerSettings, TokenType};
pub(crate) use self::token::IssuerToken;
pub(crate) use self::url::Url;

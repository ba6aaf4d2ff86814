//! Trusted issuers. Their tokens are accepted in addition to the application's own. Their keys are fetched and cached.
//!
//! Without the feature `issuers`, `issuers/stub.rs` replaces this module.

mod claimed;
mod connect;
mod fetch;
mod fetching;
mod global;
mod host;
#[cfg(feature = "cli")]
mod inspect;
mod issuer;
mod network;
mod registry;
mod set;
mod settings;
mod source;
mod status;
#[cfg(test)]
mod tests;
mod token;
mod url;

pub(crate) use self::fetch::FetchError;
pub(crate) use self::fetching::keep_fresh;
#[cfg(feature = "cli")]
pub(crate) use self::inspect::inspect;
pub(crate) use self::registry::Issuers;
pub(crate) use self::settings::{IssuerSettings, TokenType};
pub(crate) use self::source::Source;
pub(crate) use self::token::IssuerToken;
pub(crate) use self::url::Url;

//! Trusted issuers. Their tokens are accepted in addition to the application's own. Their keys are fetched and cached.
//!
//! Without the feature `issuers`, `issuers/stub.rs` replaces this module.

mod bearer;
mod body;
mod claimed;
mod connect;
mod fetch_error;
mod fetch_settings;
mod fetcher;
mod fixed;
#[cfg(test)]
mod fuzz;
mod global;
mod host;
mod http;
#[cfg(feature = "cli")]
mod inspect;
mod issuer;
mod issuer_keys;
mod jwk_set;
mod keep_fresh;
mod key_source;
mod network;
mod proxy;
mod registry;
mod set;
mod settings;
mod shared_secret;
mod skipped;
mod status;
#[cfg(test)]
mod tests;
mod token;
mod trust;
mod url;

pub(crate) use self::bearer::{Bearer, bearer_token};
pub(crate) use self::fetch_error::FetchError;
pub(crate) use self::fetch_settings::{DEFAULT_TIMEOUT, FetchSettings};
pub(crate) use self::fixed::FixedKeys;
pub(crate) use self::host::Host;
#[cfg(feature = "cli")]
pub(crate) use self::inspect::inspect;
pub(crate) use self::keep_fresh::keep_fresh;
pub(crate) use self::key_source::Source;
pub(crate) use self::registry::Issuers;
pub(crate) use self::set::KeySet;
pub(crate) use self::settings::{IssuerSettings, TokenType};
pub(crate) use self::token::IssuerToken;
pub(crate) use self::trust::authorities;
pub(crate) use self::url::Url;

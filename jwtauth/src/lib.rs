//! Authentication for Rocket that is declared instead of written.
#![forbid(unsafe_code)]

mod algorithm;
mod auth;
mod catchers;
mod claims;
mod clock;
mod config;
mod error;
mod extract;
mod fairing;
mod forget;
mod identity;
mod json;
mod jwtauth;
mod keys;
mod nonce;
mod policy;
mod refresh;
mod request;
mod secret;
mod token;
mod tokens;
mod visitor;

#[doc(hidden)]
pub mod private;

pub use crate::algorithm::{Algorithm, UnknownAlgorithm};
pub use crate::auth::Auth;
pub use crate::catchers::catchers;
pub use crate::claims::{Claims, ClaimsError};
pub use crate::clock::Clock;
pub use crate::config::{Config, ConfigError, Fault};
pub use crate::error::{AuthError, RefreshError, TokenError};
pub use crate::fairing::JwtAuthFairing;
pub use crate::forget::Forget;
pub use crate::identity::Identity;
pub use crate::jwtauth::JwtAuth;
pub use crate::keys::{KeyError, KeyRing};
pub use crate::nonce::RefreshNonceHandler;
pub use crate::refresh::{Refreshing, verify_refresh_request};
pub use crate::secret::Secret;
pub use crate::tokens::Tokens;
pub use crate::visitor::Visitor;

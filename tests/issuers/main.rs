//! Issuers that are trusted: a resource server beside a provider that behaves, and one that does not.
#![allow(missing_docs)]

mod accepted;
mod app;
mod diagnosis;
mod hostile;
mod lifetime;
mod log;
mod refused;
mod settings;
mod side_by_side;
mod tls;

use jwtauth_tests::{provider, signer};

//! Trusted issuers: a resource server with a correct provider and with a hostile one.
#![allow(missing_docs)]

mod accepted;
mod diagnosis;
mod hostile;
mod issuer_app;
mod lifetime;
mod own_and_issuer_tokens;
mod process_log;
mod refused;
mod settings;
mod tls;

use jwtauth_tests::{provider, signer};

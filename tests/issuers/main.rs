//! Trusted issuers: a resource server with a correct provider and with a hostile one.
#![allow(missing_docs)]

mod accepted;
mod claim_settings;
mod diagnosis;
mod documents;
mod files;
mod hostile;
mod issuer_app;
mod lifetime;
mod network;
mod own_and_issuer_tokens;
mod permissions;
mod process_log;
mod protected_resource;
mod published;
mod recipes;
mod refusal_facts;
mod refused;
mod settings;
mod tenants;
mod tls;
mod two_applications;
mod unknown_permissions;
mod userids;

use jwtauth_tests::{provider, signer};

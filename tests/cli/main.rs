//! The command line, and what it explains: settings that are checked, and the rules for tokens.
#![allow(missing_docs)]

mod app;
mod check;
mod command;
mod explain;
mod issuer;
#[allow(dead_code)]
#[path = "../issuers/provider.rs"]
mod provider;
mod refresh;
mod rules;
#[allow(dead_code)]
#[path = "../issuers/signer.rs"]
mod signer;

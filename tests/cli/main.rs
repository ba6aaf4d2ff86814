//! The command line: checking settings, and explaining the rules for tokens.
#![allow(missing_docs)]

mod app;
mod check;
mod command;
mod explain;
mod issuer;
mod refresh;
mod rules;

use jwtauth_tests::{provider, signer};

//! Compares this library with other programs: both must give the same verdict on each token.
#![allow(missing_docs)]

mod generated_keys;
mod id_tokens;
mod interop;
mod key_sets;
mod mcp;
mod more_jwtauth;
mod oidc_provider;
mod program;
mod published;
mod server;

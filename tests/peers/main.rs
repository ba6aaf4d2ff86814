//! Other people's programs against this one: what either says of a token, the other says too.
#![allow(missing_docs)]

mod generated_keys;
mod interop;
mod more_jwtauth;
mod oidc_provider;
mod program;
mod published;
mod server;

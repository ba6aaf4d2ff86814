//! Rules of identities, guarded mounts, and routes that are open by accident.
#![allow(missing_docs)]

mod allocations;
mod confirm;
mod connections;
mod guarded;
mod matrix;
mod open_routes;
mod pages;
mod permissions_app;
mod protected_resource;
mod reading;
mod rules;
mod typed_ids;

pub(crate) use jwtauth_tests::{launch, log, provider, signer};

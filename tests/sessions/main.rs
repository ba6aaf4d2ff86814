//! Sessions over HTTP, on a store that counts calls and can fail.
#![allow(missing_docs)]

mod access;
mod cancelled;
mod carried;
mod clocks;
mod confirm;
mod handwritten_refresh;
mod info;
mod key_binding;
mod nonce;
mod refresh;
mod restart;
mod rotation;
mod rotation_model;
mod session_app;
mod session_ends;
mod session_events;
mod settings;
mod slow_loaders;
mod store_away;
mod token_kinds;

use jwtauth_tests::{log, store};

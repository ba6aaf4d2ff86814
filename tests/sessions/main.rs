//! Sessions: through the wire, over a store that counts and fails.
#![allow(missing_docs)]

mod access;
mod app;
mod away;
mod by_hand;
mod cancelled;
mod clocks;
mod ends;
mod info;
mod key_binding;
mod kinds;
mod listening;
mod nonce;
mod refresh;
mod restart;
mod settings;
mod slow_loaders;

use jwtauth_tests::{log, store};

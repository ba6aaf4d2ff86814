//! Keys that roll: which one signs, what the settings may say of them, how they are published, and how they change
//! while requests go on.
#![allow(missing_docs)]

mod half_written;
mod jsonwebtoken;
mod jwks;
mod key_files_app;
mod key_list;
mod key_ring;
mod keygen_output;
mod refreshing;
mod reload;
mod reload_list;
mod sessions;
mod warnings;

use jwtauth_tests::{launch, log, pem, store};

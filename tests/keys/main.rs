//! Keys that roll: which one signs, what the settings may say of them, how they are published, and how they change
//! while requests go on.
#![allow(missing_docs)]

mod app;
mod faults;
mod half_written;
mod jsonwebtoken;
mod jwks;
#[allow(dead_code)]
#[path = "../../jwtauth/examples/keygen.rs"]
mod keygen;
mod list;
mod made;
mod refreshing;
mod reload;
mod reload_list;
mod ring;
mod sessions;
mod warnings;

use jwtauth_tests::{launch, log, pem, store};

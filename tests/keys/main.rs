//! Key rotation: which key signs, the settings of keys, publishing keys, and replacing keys while the application
//! handles requests.
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
mod reload_files;
mod reload_list;
mod reload_steps;
mod sessions;
mod warnings;

use jwtauth_tests::{launch, log, pem, store};

//! Sessions through real processes: nodes of `accounts`, on the stores that they share, which are killed, stopped and
//! looked into.
#![allow(missing_docs)]

mod client;
mod dump;
mod ends;
#[allow(dead_code)]
#[path = "../../jwtauth/examples/keygen.rs"]
mod keygen;
mod killed;
mod node;
mod outage;
mod reuse;
mod rolls;
mod site;
mod together;

use jwtauth_tests::{postgres_server as postgres, redis_server as redis};

//! Sessions through real processes: nodes of `accounts`, on the stores that they share, which are killed, stopped and
//! looked into.
#![allow(missing_docs)]

mod client;
mod cluster;
mod concurrent_refreshes;
mod key_rotation;
mod killed_node;
mod node;
mod redis_outage;
mod refresh_token_reuse;
mod session_ends;
mod stolen_store;

use jwtauth_tests::{postgres_server as postgres, redis_server as redis};

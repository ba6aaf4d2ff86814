//! Sessions with real processes: nodes of `accounts` on shared stores. The tests kill nodes, stop stores and read their
//! content.
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

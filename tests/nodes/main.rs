//! Sessions through real processes: nodes of `accounts`, on the stores that they share, which are killed, stopped and
//! looked into.
#![allow(missing_docs)]

mod client;
mod dump;
mod ends;
mod killed;
mod node;
mod outage;
mod reuse;
mod site;
mod together;

// Each starts a server of its own; what other tests need of them, these do not.
#[allow(dead_code)]
#[path = "../stores/postgres/server.rs"]
mod postgres;
#[allow(dead_code)]
#[path = "../stores/redis/server.rs"]
mod redis;

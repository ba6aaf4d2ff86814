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
mod rolls;
mod site;
mod together;

// The servers of other tests, which need more of them.
#[allow(dead_code)]
#[path = "../stores/postgres/server.rs"]
mod postgres;
#[allow(dead_code)]
#[path = "../stores/redis/server.rs"]
mod redis;

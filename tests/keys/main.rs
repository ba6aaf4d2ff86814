//! Keys that roll: which one signs, what the settings may say of them, how they are published, and how they change
//! while requests go on.
#![allow(missing_docs)]

mod app;
mod faults;
mod half_written;
mod jsonwebtoken;
mod jwks;
#[allow(dead_code)]
#[path = "../settings/launch.rs"]
mod launch;
mod list;
#[path = "../settings/log.rs"]
mod log;
mod made;
mod pem;
mod refreshing;
mod reload;
mod reload_list;
mod ring;
mod sessions;
#[allow(dead_code)]
#[path = "../sessions/store.rs"]
mod store;
mod warnings;

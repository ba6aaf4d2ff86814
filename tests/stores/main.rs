//! The session stores that keep sessions outside of the process, tested with real files and servers.
#![allow(missing_docs)]

mod confirm;
mod file;
mod postgres;
mod redis;

//! The session stores that keep sessions outside of the process, against the real thing.
#![allow(missing_docs)]

mod file;
mod postgres;
mod redis;

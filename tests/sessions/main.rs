//! Sessions: through the wire, over a store that counts and fails.
#![allow(missing_docs)]

mod access;
mod app;
mod away;
mod cancelled;
mod clocks;
mod ends;
mod kinds;
mod nonce;
mod refresh;
mod store;

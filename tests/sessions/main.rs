//! Sessions: through the wire, over a store that counts and fails.
#![allow(missing_docs)]

mod app;
mod refresh;
mod store;

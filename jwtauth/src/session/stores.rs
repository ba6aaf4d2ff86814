//! The built-in session stores. Each imports only the public types of a store.

pub(crate) mod fault;
#[cfg(feature = "session-file")]
pub(crate) mod file;
pub(crate) mod memory;
#[cfg(feature = "session-postgres")]
pub(crate) mod postgres;
#[cfg(feature = "session-redis")]
pub(crate) mod redis;
pub(crate) mod url;
mod url_error;

//! Tokens that have been verified, and the cache of them.

pub(crate) mod cache;
mod token;

pub(crate) use self::token::{AnyVerified, Verified, downcast};

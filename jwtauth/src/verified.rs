//! Verified tokens, and a cache for them.

pub(crate) mod cache;
mod token;

pub(crate) use self::token::{AnyVerified, Verified, downcast};

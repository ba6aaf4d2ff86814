//! Verified tokens, and a cache for them.

pub(crate) mod cache;
mod permissions;
mod remembered_permissions;
mod text;
mod token;

pub(crate) use self::token::{AnyVerified, Verified, downcast};

//! Verifying tokens.

pub(crate) mod foreign;

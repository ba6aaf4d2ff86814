//! Keys that change while the application runs.

pub(crate) mod jwks;
pub(crate) mod outcome;
pub(crate) mod reload;
mod signals;
pub(crate) mod source;

pub use self::jwks::Jwks;
pub use self::outcome::Reloaded;

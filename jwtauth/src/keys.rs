//! The keys of an application. A key ring signs and verifies tokens.

#[cfg(feature = "asymmetric")]
mod asymmetric;
mod der;
mod headers;
mod hmac;
#[cfg(feature = "jsonwebtoken")]
mod jsonwebtoken;
#[cfg(feature = "asymmetric")]
mod jwk;
mod jwks;
mod key;
#[cfg(feature = "asymmetric")]
mod recognized;
mod ring;
mod seed;
#[cfg(feature = "asymmetric")]
mod small_order;

#[cfg(feature = "asymmetric")]
pub(crate) use self::asymmetric::PublicKey;
pub(crate) use self::der::looks_like_a_key;
#[cfg(feature = "issuers")]
pub(crate) use self::jwk::{Member, read as read_jwk, skipped as skipped_jwk};
pub use self::jwks::Jwks;
pub(crate) use self::jwks::MAX_AGE;
pub use self::key::Key;
pub(crate) use self::key::Term;
pub use self::ring::KeyRing;
pub(crate) use self::seed::Seed;

//! Verifies access tokens. The verifier decides whether a token is the application's own or a trusted issuer's, and
//! checks its session.

mod accept;
mod own_keys;
mod refused;
mod verifier;

pub(crate) use self::own_keys::OwnKeys;
pub(crate) use self::verifier::Verifier;

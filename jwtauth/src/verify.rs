//! Checking access tokens: whether a token is the application's own or a trusted issuer's, and whether its session is
//! alive.

mod accept;
mod own_keys;
mod verifier;

pub(crate) use self::own_keys::OwnKeys;
pub(crate) use self::verifier::Verifier;

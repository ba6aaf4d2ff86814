use std::sync::Arc;

use super::source::Source;
use crate::algorithm::Algorithm;
use crate::claims::policy::Policy;

/// The settings of an issuer.
pub(crate) struct IssuerSettings {
    pub(crate) source: Source,
    pub(crate) algorithms: Vec<Algorithm>,
    /// The only type that its tokens may have. `None`: any type of access tokens.
    pub(crate) typ: Option<TokenType>,
    pub(crate) policy: Arc<Policy>,
    /// For how many seconds expired keys stay in use while newer ones can't be fetched.
    pub(crate) retain: u64,
    pub(crate) eager: bool,
    /// How many verified tokens are remembered.
    pub(crate) verified_cache: usize,
}

/// The types that an access token may have.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum TokenType {
    Jwt,
    /// RFC 9068 §2.1.
    AccessToken,
}

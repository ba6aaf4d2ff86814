use std::sync::Arc;

use super::fetch_settings::FetchSettings;
use super::fixed::FixedKeys;
use super::key_source::Source;
use crate::algorithm::Algorithm;
use crate::claims::policy::Policy;

/// The settings of an issuer.
pub(crate) struct IssuerSettings {
    pub(crate) source: Source,
    pub(crate) fetching: FetchSettings,
    /// The keys that are not fetched.
    pub(crate) fixed: FixedKeys,
    pub(crate) algorithms: Vec<Algorithm>,
    /// The only type that its tokens may have. `None` allows all types of access tokens.
    pub(crate) typ: Option<TokenType>,
    pub(crate) policy: Arc<Policy>,
    /// How long expired keys stay in use if newer ones can't be fetched, in seconds.
    pub(crate) retain: u64,
    pub(crate) eager: bool,
    /// The number of verified tokens that are cached.
    pub(crate) verified_cache: usize,
}

/// The types that an access token may have.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum TokenType {
    Jwt,
    /// RFC 9068 §2.1.
    AccessToken,
}

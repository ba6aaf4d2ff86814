use std::sync::Arc;

use crate::claims::policy::Policy;
use crate::verified::Held;
use crate::verified::cache::VerifiedCache;

/// A token of an issuer whose signature is valid. Its claims are not checked yet.
#[cfg_attr(not(feature = "issuers"), allow(dead_code))]
pub(crate) enum IssuerToken {
    /// One of the issuer's keys has verified it.
    Verified {
        /// The rules for its claims.
        policy: Arc<Policy>,
        /// Where the token is remembered once its claims are checked.
        cache: Option<Arc<VerifiedCache>>,
    },
    /// It was verified before. The token has its own rules.
    Remembered(Arc<dyn Held>),
}

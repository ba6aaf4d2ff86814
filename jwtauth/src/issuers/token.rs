use std::sync::Arc;

use crate::claims::policy::Policy;
use crate::verified::AnyVerified;
use crate::verified::cache::VerifiedCache;

/// A trusted issuer's token with a valid signature. Its claims are not checked yet.
#[cfg_attr(not(feature = "issuers"), allow(dead_code))]
pub(crate) enum IssuerToken {
    /// A key of the issuer has verified the signature.
    Verified {
        /// The rules for its claims.
        policy: Arc<Policy>,
        /// The cache for the token once its claims are checked.
        cache: Option<Arc<VerifiedCache>>,
    },
    /// The token was found in the cache. It has its own rules.
    Remembered(Arc<dyn AnyVerified>),
}

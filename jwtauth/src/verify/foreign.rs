//! Tokens of other issuers, as requests meet them. Without the feature `issuers` there are none.

use std::sync::Arc;

use crate::claims::Claims;
use crate::claims::policy::Policy;
use crate::error::{AuthError, TokenError};
use crate::jws as token;
use crate::jws::Buffer;
use crate::jwtauth::JwtAuth;
use crate::verified::cache::VerifiedCache;
use crate::verified::{Held, accept};

/// A token of another issuer whose signature is good: the rest of it is still to be judged.
#[cfg_attr(not(feature = "issuers"), allow(dead_code))]
pub(crate) enum Foreign {
    /// By these rules.
    Verified {
        policy: Arc<Policy>,
        /// Where it is remembered after that.
        cache: Option<Arc<VerifiedCache>>,
    },
    /// By its own, once more.
    Remembered(Arc<dyn Held>),
}

impl JwtAuth {
    /// Whether there are other issuers whose tokens are accepted.
    pub(crate) fn trusts_others(&self) -> bool {
        #[cfg(feature = "issuers")]
        return !self.issuers().is_empty();
        #[cfg(not(feature = "issuers"))]
        return false;
    }

    /// Whether a token says that it is of another issuer that is trusted.
    pub(crate) fn is_foreign(&self, token: &str) -> bool {
        #[cfg(feature = "issuers")]
        return self.issuers().is_of_one(token.as_bytes());
        #[cfg(not(feature = "issuers"))]
        {
            let _ = token;
            false
        }
    }

    /// Verifies the signature of a token of another issuer. `None` if it does not say that it is of one that is trusted.
    #[cfg_attr(not(feature = "issuers"), allow(clippy::extra_unused_type_parameters))]
    pub(crate) async fn foreign<C: Claims>(&self, token: &str) -> Result<Option<Foreign>, AuthError> {
        #[cfg(feature = "issuers")]
        return self.issuers().verify::<C>(token).await;
        #[cfg(not(feature = "issuers"))]
        {
            let _ = token;
            Ok(None)
        }
    }

    /// Checks a token that another issuer's key has verified, and reads its claims.
    pub(crate) fn open_foreign<C: Claims>(&self, token: &str, foreign: &Foreign) -> Result<Arc<dyn Held>, TokenError> {
        match foreign {
            Foreign::Verified { policy, cache } => {
                let mut buffer = Buffer::new();
                let payload = token::payload(token.as_bytes(), &mut buffer)?;
                accept::<C>(token, payload, policy, None, cache.as_deref(), self.now())
            }
            Foreign::Remembered(held) => {
                held.policy().check_access(held.registered(), self.now())?;
                Ok(Arc::clone(held))
            }
        }
    }
}

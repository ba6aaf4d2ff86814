//! Tokens of other issuers, as requests meet them. Without the feature `issuers` there are none.

use std::sync::Arc;

use crate::claims::Claims;
use crate::error::{AuthError, TokenError};
use crate::issuers::IssuerToken;
use crate::jws as token;
use crate::jws::Buffer;
use crate::jwtauth::JwtAuth;
use crate::verified::{Held, accept};

impl JwtAuth {
    /// Whether tokens of issuers are accepted.
    pub(crate) fn trusts_others(&self) -> bool {
        !self.issuers().is_empty()
    }

    /// Whether a token names a trusted issuer.
    pub(crate) fn is_foreign(&self, token: &str) -> bool {
        self.issuers().is_of_one(token.as_bytes())
    }

    /// Verifies the signature of a token of an issuer. `None` if the token names no trusted issuer.
    pub(crate) async fn foreign<C: Claims>(&self, token: &str) -> Result<Option<IssuerToken>, AuthError> {
        self.issuers().verify::<C>(token).await
    }

    /// Checks a token that another issuer's key has verified, and reads its claims.
    pub(crate) fn open_foreign<C: Claims>(
        &self,
        token: &str,
        foreign: &IssuerToken,
    ) -> Result<Arc<dyn Held>, TokenError> {
        match foreign {
            IssuerToken::Verified { policy, cache } => {
                let mut buffer = Buffer::new();
                let payload = token::payload(token.as_bytes(), &mut buffer)?;
                accept::<C>(token, payload, policy, None, cache.as_deref(), self.now())
            }
            IssuerToken::Remembered(held) => {
                held.policy().check_access(held.registered(), self.now())?;
                Ok(Arc::clone(held))
            }
        }
    }
}

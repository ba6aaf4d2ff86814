use std::sync::Arc;

use crate::claims;
use crate::claims::Claims;
use crate::claims::policy::Policy;
use crate::error::TokenError;
use crate::verified::cache::VerifiedCache;
use crate::verified::{AnyVerified, Verified};

/// Checks the claims of a token whose signature is valid, and reads them: as this type or, if they are not of this
/// type, as `()`. A token that was read as the type is put into the cache.
pub(super) fn accept<C: Claims>(
    token: &str,
    payload: &[u8],
    policy: &Arc<Policy>,
    retire_at: Option<u64>,
    cache: Option<&VerifiedCache>,
    now: u64,
) -> Result<Arc<dyn AnyVerified>, TokenError> {
    let payload = str::from_utf8(payload).map_err(|_| TokenError::Malformed)?;
    if let Some(read) = claims::read::<C>(payload, policy) {
        policy.check_access(&read.registered, now)?;
        let verified = Arc::new(Verified::new(token, policy, retire_at, read, cache.is_some()));
        if let Some(cache) = cache {
            cache.remember(&verified, payload);
        }
        return Ok(verified);
    }
    // The application's type or the token is at fault. A token that is not acceptable for any type, because it has
    // expired for instance, is refused for that.
    let read = claims::read::<()>(payload, policy).ok_or_else(|| claims::refuse::<()>(payload, policy))?;
    policy.check_access(&read.registered, now)?;
    Ok(Arc::new(Verified::new(token, policy, retire_at, read, false)))
}

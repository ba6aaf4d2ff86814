//! Accepts a token whose signature is valid, if its claims satisfy the rules.

use std::sync::Arc;

use super::refused::{refused, unreadable};
use crate::claims;
use crate::claims::Claims;
use crate::claims::policy::Policy;
use crate::error::{AuthError, TokenError};
use crate::verified::cache::VerifiedCache;
use crate::verified::{AnyVerified, Verified};

/// Reads and checks the claims of a token whose signature is valid. Claims that are not of the type `C` are read as
/// `()`. A token whose claims are of the type `C` is added to the cache.
pub(super) fn accept<C: Claims>(
    token: &str,
    payload: &[u8],
    policy: &Arc<Policy>,
    retire_at: Option<u64>,
    cache: Option<&VerifiedCache>,
    now: u64,
) -> Result<Arc<dyn AnyVerified>, AuthError> {
    let payload = str::from_utf8(payload).map_err(|_| TokenError::Malformed)?;
    if let Some(read) = claims::read::<C>(payload, policy) {
        policy
            .check_access(&read.registered, now)
            .map_err(|error| refused(token, policy, &read.registered, error, now))?;
        let verified = Arc::new(Verified::new(token, policy, retire_at, read, cache.is_some()));
        if let Some(cache) = cache {
            cache.remember(&verified, payload);
        }
        return Ok(verified);
    }
    // The claims may fail for the type only, or for any type. A token that fails for any type, for example because it
    // has expired, is refused with that error.
    let read = claims::read::<()>(payload, policy).ok_or_else(|| unreadable::<()>(payload, policy))?;
    let checked = policy.check_access(&read.registered, now);
    checked.map_err(|error| refused(token, policy, &read.registered, error, now))?;
    Ok(Arc::new(Verified::new(token, policy, retire_at, read, false)))
}

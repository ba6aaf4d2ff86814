//! Warnings about replaced keys.

use crate::keys::{KeyRing, MAX_AGE};

/// Warns about keys that were removed before they were retired.
pub(super) fn missed(before: &KeyRing, after: &KeyRing, now: u64) -> Option<String> {
    let is_missed = |kid: &str| after.keys().iter().all(|key| key.kid() != kid);
    let gone = before.keys().iter().filter(|key| !key.is_retired(now) && is_missed(key.kid()));
    let names: Vec<_> = gone.map(|key| format!("`{}`", key.kid())).collect();
    (!names.is_empty()).then(|| {
        format!(
            "gone from the keys, and not retired before: {}; tokens of theirs are refused from now on. In a list \
             `keys`, the new one can stand beside the old one until these have expired",
            names.join(", ")
        )
    })
}

/// Warns about a new key that signs immediately, although other services can't have fetched it yet.
pub(super) fn sudden(before: &KeyRing, after: &KeyRing, now: u64) -> Option<String> {
    let signer = after.signer(now).filter(|key| !key.algorithm().is_hmac())?;
    before.keys().iter().all(|key| key.kid() != signer.kid()).then(|| {
        format!(
            "the key `{}` is new and signs already; clients that fetched the keys earlier may keep them for {MAX_AGE} \
             seconds, and refuse its tokens until then: give a new key a `sign_from` further ahead than that",
            signer.kid()
        )
    })
}

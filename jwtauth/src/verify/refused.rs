//! The errors of refused tokens, with the facts for the log.

use crate::claims;
use crate::claims::policy::Policy;
use crate::claims::{Claims, Registered};
use crate::error::{AuthError, Facts, TokenError};
use crate::jws;

/// The error for a token whose signature is valid, and whose claims break a rule.
#[cold]
pub(super) fn refused(token: &str, policy: &Policy, claims: &Registered, error: TokenError, now: u64) -> AuthError {
    let facts = claims::facts_of_time(claims, error, now).or_else(|| {
        let mut buffer = jws::Buffer::new();
        let payload = str::from_utf8(jws::payload(token.as_bytes(), &mut buffer).ok()?).ok()?;
        claims::facts(payload, policy, claims, error)
    });
    with_facts(policy, error, facts)
}

/// The error for a token whose signature is valid, and whose claims can't be read as this type.
#[cold]
pub(super) fn unreadable<C: Claims>(payload: &str, policy: &Policy) -> AuthError {
    with_facts(policy, TokenError::Claims, Some(claims::diagnose::<C>(payload, policy)))
}

/// The error for one of the application's tokens whose signature is not valid, or was not checked. The sender can write
/// anything into such a token, so the facts contain nothing of it: only which keys the application has.
#[cold]
pub(super) fn unverified(error: TokenError, keys: impl FnOnce() -> String) -> AuthError {
    let facts = match error {
        TokenError::UnknownKey => format!("the keys are {}", keys()),
        TokenError::Algorithm => format!("no key for its algorithm; the keys are {}", keys()),
        TokenError::Signature => format!("no key made the signature; the keys are {}", keys()),
        TokenError::Issuer => "the application has no key of its own, and the token is of no trusted issuer".into(),
        _ => return error.into(),
    };
    AuthError::InvalidToken { error, facts: Facts::new(None, facts) }
}

fn with_facts(policy: &Policy, error: TokenError, facts: Option<String>) -> AuthError {
    let facts = facts.map(|facts| Facts::new(policy.trusted_issuer(), facts));
    AuthError::InvalidToken { error, facts: facts.unwrap_or_default() }
}

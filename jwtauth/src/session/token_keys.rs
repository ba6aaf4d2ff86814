use std::sync::Arc;

use super::{RefreshTokens, SessionId};
use crate::keys::{Seed, Term};
use crate::{KeyRing, TokenError};

/// The keys of refresh tokens: one of a secret of their own, or one of each key that signs access tokens.
///
/// A session stays with the key with which it began, so that all nodes make the same successor of a token while keys
/// roll.
pub(crate) struct RefreshKeys(Vec<(Term, Arc<RefreshTokens>)>);

impl RefreshKeys {
    pub(crate) fn of_secret(seed: &Seed) -> Self {
        RefreshKeys(vec![(Term::default(), Arc::new(RefreshTokens::new(seed)))])
    }

    pub(crate) fn of_ring(ring: &KeyRing) -> Self {
        let key = |key: &crate::Key| Some((key.term(), Arc::new(RefreshTokens::new(key.seed()?))));
        RefreshKeys(ring.keys().iter().filter_map(key).collect())
    }

    /// The key of sessions that begin now.
    pub(crate) fn current(&self, now: u64) -> Option<Arc<RefreshTokens>> {
        let is_in_force = |term: Term| term.has_begun(now) && !term.is_over(now);
        self.0.iter().find(|(term, _)| is_in_force(*term)).map(|(_, key)| Arc::clone(key))
    }

    /// The session and the generation that a token is of, and the key that made it, if one of these did. A retired
    /// key is among them: it is access tokens that it does not sign any more.
    pub(crate) fn open(&self, token: &str) -> Result<(Arc<RefreshTokens>, SessionId, u64), TokenError> {
        let mut verdict = Err(TokenError::Signature);
        for (_, key) in &self.0 {
            match key.open(token) {
                Ok((id, generation)) => return Ok((Arc::clone(key), id, generation)),
                Err(error) => verdict = Err(error),
            }
        }
        verdict
    }
}

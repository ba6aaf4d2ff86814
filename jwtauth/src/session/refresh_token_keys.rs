use std::sync::Arc;

use super::refresh_token::RefreshTokenKey;
use crate::claims::session_id::SessionId;
use crate::error::TokenError;
use crate::keys::{Key, KeyRing, Seed, Term};

/// The keys of refresh tokens: one of a secret of their own, or one of each key that signs access tokens.
///
/// A session stays with the key with which it began, so that all nodes make the same successor of a token while keys
/// roll. The session's row says which key that is: that one of these keys has made a token is not enough to refresh.
pub(crate) struct RefreshTokenKeys(Vec<(Term, Arc<RefreshTokenKey>)>);

impl RefreshTokenKeys {
    pub(crate) fn of_secret(seed: &Seed) -> Self {
        RefreshTokenKeys(vec![(Term::default(), Arc::new(RefreshTokenKey::new(seed)))])
    }

    pub(crate) fn of_ring(ring: &KeyRing) -> Self {
        let key = |key: &Key| Some((key.term(), Arc::new(RefreshTokenKey::new(key.seed()?))));
        RefreshTokenKeys(ring.keys().iter().filter_map(key).collect())
    }

    /// The key of sessions that begin now.
    pub(crate) fn current(&self, now: u64) -> Option<Arc<RefreshTokenKey>> {
        let is_in_force = |term: Term| term.has_begun(now) && !term.is_over(now);
        self.0.iter().find(|(term, _)| is_in_force(*term)).map(|(_, key)| Arc::clone(key))
    }

    /// The session and the generation that a token is of, and the key that made it, if one of these did. A retired
    /// key is among them: it begins no session any more, and refreshes those that it began.
    pub(crate) fn open(&self, token: &str) -> Result<(Arc<RefreshTokenKey>, SessionId, u64), TokenError> {
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

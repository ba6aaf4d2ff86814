use std::sync::Arc;

use super::refresh_token::RefreshTokenKey;
use crate::claims::session_id::SessionId;
use crate::error::TokenError;
use crate::keys::{Key, KeyRing, Seed, Term};

/// The keys of refresh tokens: one key from `sessions.secret`, or one key per key that signs access tokens.
///
/// A session keeps the key it started with, so that all nodes create the same successor of a token while keys rotate.
/// The row of the session contains the id of that key. A token of a different key in this list can't refresh the
/// session.
pub(crate) struct RefreshTokenKeys(Vec<(Term, Arc<RefreshTokenKey>)>);

impl RefreshTokenKeys {
    pub(crate) fn of_secret(seed: &Seed) -> Self {
        RefreshTokenKeys(vec![(Term::default(), Arc::new(RefreshTokenKey::new(seed)))])
    }

    pub(crate) fn of_ring(ring: &KeyRing) -> Self {
        let key = |key: &Key| Some((key.term(), Arc::new(RefreshTokenKey::new(key.seed()?))));
        RefreshTokenKeys(ring.keys().iter().filter_map(key).collect())
    }

    /// The key of new sessions.
    pub(crate) fn current(&self, now: u64) -> Option<Arc<RefreshTokenKey>> {
        let is_in_force = |term: Term| term.has_begun(now) && !term.is_over(now);
        self.0.iter().find(|(term, _)| is_in_force(*term)).map(|(_, key)| Arc::clone(key))
    }

    /// Verifies a token, and returns its key, session and generation. The keys include retired keys: they start no new
    /// sessions, but still refresh the sessions that they started.
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

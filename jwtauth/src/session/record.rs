use crate::claims::carried::MAX_CARRIED;
use crate::claims::session_id::SessionId;

/// The data of a session in a store: one row. A row contains no secret.
///
/// A row contains no token and no hash of a token. Refresh tokens are computed from the id, the generation and a key
/// that only the application has. A stolen store therefore contains no valid token.
///
/// A row is a set of named fields. Later versions add fields. A store keeps each field under its own name. If a field
/// is missing, the store uses the value that [`new`](Self::new) sets. The store does not change fields that it does not
/// use. [`proven`](Self::proven) describes the fields about the proof.
///
/// All times are in seconds since the epoch, from the application's [`Clock`](crate::Clock). A store never reads its
/// own clock.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRecord {
    /// The id of the session. It is random, and therefore unique.
    pub id: SessionId,

    /// The id of the user. It never changes. It may be any text, as long as the user ids of the application are.
    pub userid: String,

    /// How often the session was refreshed: the generation of its current refresh token. It starts at 0. It stays far
    /// below 2^53, so a store can keep it in a double or a signed integer.
    pub generation: u64,

    /// When the user logged in. It never changes.
    pub created: u64,

    /// When the current generation was issued: [`created`](Self::created) for generation 0, then the time of the
    /// [`advance`](super::SessionStore::advance) that returned [`RefreshOutcome::Next`](super::RefreshOutcome::Next).
    /// It does not change when the same token is issued again.
    pub refreshed: u64,

    /// The newest generation that the client is known to have: its refresh token or its access token was presented. It
    /// is at most [`generation`](Self::generation). Generations between the two are void: their tokens were issued, and
    /// were replaced before any of them was presented.
    ///
    /// Generation 0 is proven from the login on. In a row that was written before this field existed, each generation
    /// below the current one was presented, because only the current generation could advance the row. There, `proven`
    /// is the generation before the current one, `proven_at` is `refreshed`, and `previous` is one generation before
    /// `proven`.
    pub proven: u64,

    /// When [`proven`](Self::proven) was proven.
    pub proven_at: u64,

    /// The generation that was proven before [`proven`](Self::proven). `None` until a second generation is proven.
    pub previous: Option<u64>,

    /// The first second at which the session has expired if it is not refreshed before: the earlier of `refresh_delta`
    /// after [`refreshed`](Self::refreshed) (idle) and `max_lifetime` after [`created`](Self::created) (absolute). Each
    /// refresh sets it again.
    pub ends_at: u64,

    /// A keyed digest (HMAC-SHA-256) of the user's refresh nonce at the login, if the application has a [refresh nonce
    /// handler](macro@crate::refresh_nonce_handler). It never changes.
    pub nonce_digest: Option<[u8; 32]>,

    /// The client's `User-Agent` at the login: at most [`MAX_LABEL`](Self::MAX_LABEL) bytes, possibly empty. The client
    /// chooses this text. It never changes.
    pub label: String,

    /// The id of the key with which the session started: 16 bytes that are derived from its secret (HKDF, RFC 5869) and
    /// reveal nothing about it. Only refresh tokens of this key can advance the session. It is `None` in a row that was
    /// written before this field existed. The next [step](super::RefreshStep) then binds the session to the key of the
    /// presented token.
    pub key_id: Option<[u8; 16]>,

    /// The carried data of the login: JSON text of at most [`MAX_CARRIED`](Self::MAX_CARRIED) bytes. `None` if the
    /// login carries no data. It never changes.
    pub carried: Option<String>,

    /// When the user last authenticated: `auth_time` (OpenID Connect Core §2). It equals [`created`](Self::created) at
    /// first, and in a row that was written before this field existed.
    /// [`SessionStore::confirm`](super::SessionStore::confirm) sets it.
    pub auth_time: u64,

    /// Whether reuse has ended the session. Such a row is no longer a session. It is the trace of a reuse that may not
    /// have been reported yet: only [`find_reuse`](super::SessionStore::find_reuse) returns it. Its `ends_at` is the
    /// time of the reuse.
    pub reused: bool,
}

impl SessionRecord {
    /// The maximum length of a [`label`](Self::label) in bytes.
    pub const MAX_LABEL: usize = 256;

    /// The maximum length of [`carried`](Self::carried) in bytes.
    pub const MAX_CARRIED: usize = MAX_CARRIED;

    /// How long, in seconds, a store keeps an expired session: a day. A client that returns too late therefore gets the
    /// response that the session has expired, instead of a general error.
    pub const KEPT: u64 = 24 * 60 * 60;

    /// Creates a session that starts now, without nonce, label, key and carried data.
    pub fn new(id: SessionId, userid: impl Into<String>, now: u64, ends_at: u64) -> Self {
        SessionRecord {
            id,
            userid: userid.into(),
            generation: 0,
            created: now,
            refreshed: now,
            proven: 0,
            proven_at: now,
            previous: None,
            ends_at,
            nonce_digest: None,
            label: String::new(),
            key_id: None,
            carried: None,
            auth_time: now,
            reused: false,
        }
    }

    /// Sets the fields about the proof to the values that they have for a row that was written before these fields
    /// existed.
    ///
    /// Only the current generation could advance such a row, and each step proved the generation that was presented. So
    /// at generation g, the client has g, or g - 1 if the last response was lost. g - 1 was proven when g was issued,
    /// and g - 2 was proven in the step before. If the client presents g, the session continues normally. If it
    /// presents g - 1, the lost response is replaced. g - 2 is accepted only for a late request within the grace, as
    /// for any other session.
    #[cfg(any(test, feature = "session-file", feature = "session-redis", feature = "session-postgres"))]
    pub(crate) fn assume_proof(&mut self) {
        self.proven = self.generation.saturating_sub(1);
        self.proven_at = self.refreshed;
        self.previous = self.generation.checked_sub(2);
    }

    /// Records that the client has this generation, by the rule of [`SessionStore::prove`](super::SessionStore::prove).
    /// Returns whether the row has changed. It is for stores that read and write a row under one lock.
    ///
    /// ```
    /// use jwtauth::{SessionId, SessionRecord};
    ///
    /// let mut row = SessionRecord::new(SessionId::random()?, "alice", 1000, 2000);
    /// row.generation = 1;
    /// assert!(row.prove(1, 1500));
    /// assert_eq!((row.proven, row.proven_at, row.previous), (1, 1500, Some(0)));
    /// assert!(!row.prove(1, 1600));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn prove(&mut self, generation: u64, now: u64) -> bool {
        let is_new = !self.reused && generation == self.generation && generation > self.proven;
        if is_new {
            self.previous = Some(self.proven);
            self.proven = generation;
            self.proven_at = now;
        }
        is_new
    }

    /// Records that this user has authenticated again, by the rule of
    /// [`SessionStore::confirm`](super::SessionStore::confirm). Returns whether the row has changed. It is for stores
    /// that read and write a row under one lock.
    ///
    /// ```
    /// use jwtauth::{SessionId, SessionRecord};
    ///
    /// let mut row = SessionRecord::new(SessionId::random()?, "alice", 1000, 2000);
    /// assert!(row.confirm("alice", 1500));
    /// assert_eq!((row.auth_time, row.created, row.ends_at), (1500, 1000, 2000));
    /// assert!(!row.confirm("bob", 1600) && !row.confirm("alice", 2000));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn confirm(&mut self, userid: &str, now: u64) -> bool {
        let is_session = !self.reused && self.userid == userid && self.is_alive(now);
        if is_session {
            self.auth_time = now;
        }
        is_session
    }

    /// Whether a refresh token of this key may advance the session.
    pub(crate) fn accepts(&self, key_id: [u8; 16]) -> bool {
        self.key_id.is_none_or(|own| own == key_id)
    }

    /// Whether the session has not expired yet.
    pub fn is_alive(&self, now: u64) -> bool {
        now < self.ends_at
    }

    /// The first second at which a store may remove the session: [`KEPT`](Self::KEPT) after its end.
    pub fn kept_until(&self) -> u64 {
        self.ends_at.saturating_add(Self::KEPT)
    }
}

/// The longest prefix of the text that fits in a label, cut between characters.
pub(crate) fn label(text: &str) -> &str {
    let end = (0..=SessionRecord::MAX_LABEL.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or(0)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn session_without_proof_has_presented_each_generation_in_turn() {
        for (generation, proven, previous) in [(0, 0, None), (1, 0, None), (2, 1, Some(0)), (7, 6, Some(5))] {
            let mut session = SessionRecord::new(SessionId::from_bytes([7; 16]), "alice", 900, 2000);
            (session.generation, session.refreshed) = (generation, 1000);
            session.assume_proof();
            assert_eq!((session.proven, session.proven_at, session.previous), (proven, 1000, previous));
        }
        let new = SessionRecord::new(SessionId::from_bytes([7; 16]), "alice", 900, 2000);
        let mut old = new.clone();
        old.assume_proof();
        assert_eq!(old, new, "a session that was never refreshed is the same with and without the fields");
    }

    #[test]
    fn session_label_is_cut_between_characters() {
        assert_eq!(label(""), "");
        assert_eq!(label("curl/8"), "curl/8");
        assert_eq!(label(&"x".repeat(256)).len(), 256);
        assert_eq!(label(&"x".repeat(257)).len(), 256);
        assert_eq!(label(&format!("x{}", "é".repeat(200))).len(), 255);
        assert_eq!(label(&format!("xx{}", "🦀".repeat(200))).len(), 254);
    }
}

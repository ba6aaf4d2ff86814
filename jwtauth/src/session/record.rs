use crate::claims::carried::MAX_CARRIED;
use crate::claims::session_id::SessionId;

/// What a store keeps of a session: one row, in which nothing is secret.
///
/// There is no token in it, and no hash of one. Refresh tokens are made anew from the id, the generation
/// and a key that only the application has; who steals a store has nothing to present.
///
/// A row is a set of named fields. Later versions add fields: a store keeps each under its own name, reads a field that
/// is missing as the value that [`new`](Self::new) gives it, and leaves fields that it does not know as they are. The
/// fields about the proof are described at [`proven`](Self::proven).
///
/// All times are in seconds since the epoch, as the application's [`Clock`](crate::Clock) tells them. A
/// store never looks at a clock of its own.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRecord {
    /// The name of the session. Random, so it never comes twice.
    pub id: SessionId,

    /// Whose it is. It never changes. Any text, as long as an application's user ids are.
    pub userid: String,

    /// How often it was refreshed: the generation of the one refresh token that is current. 0 at first.
    /// It stays far below 2^53, so a store can keep it in a double or a signed number.
    pub generation: u64,

    /// When the user logged in. It never changes.
    pub created: u64,

    /// When the current generation was handed out: [`created`](Self::created) for generation 0,
    /// afterwards the time of the [`advance`](super::SessionStore::advance) that answered
    /// [`RefreshOutcome::Next`](super::RefreshOutcome::Next). It does not change when the same token is handed out again.
    pub refreshed: u64,

    /// The newest generation that a client is known to have: its refresh token was presented, or its access token was
    /// seen. It is at most [`generation`](Self::generation). Generations between the two are void: their tokens were
    /// handed out, and replaced before any of them was seen.
    ///
    /// Generation 0 counts as proven from the login on. A row from before rows had this field was only stepped by its
    /// current generation, so each generation below was presented: there `proven` is the generation before the current
    /// one, `proven_at` is `refreshed`, and `previous` is one generation before `proven`.
    pub proven: u64,

    /// When [`proven`](Self::proven) was proven.
    pub proven_at: u64,

    /// The generation that was proven before [`proven`](Self::proven). `None` until a second generation is proven.
    pub previous: Option<u64>,

    /// The first second at which the session is over unless it is refreshed before: the sooner of
    /// `refresh_delta` after [`refreshed`](Self::refreshed) (idle) and `max_lifetime` after
    /// [`created`](Self::created) (absolute). Set anew by each refresh.
    pub ends_at: u64,

    /// A keyed digest (HMAC-SHA-256) of the refresh nonce that the user had at the login, if the
    /// application has a [refresh nonce handler](macro@crate::refresh_nonce_handler). It never changes.
    pub nonce_digest: Option<[u8; 32]>,

    /// What the client called itself at the login, its `User-Agent`: at most [`MAX_LABEL`](Self::MAX_LABEL)
    /// bytes, maybe none. The client chose it. It never changes.
    pub label: String,

    /// Names the key with which the session began: 16 bytes that are derived from its secret (HKDF, RFC 5869) and tell
    /// nothing of it. Only refresh tokens of this key step the session. `None` in a row from before rows had it: the
    /// next [step](super::RefreshStep) binds the session to the key of the token that is presented.
    pub key_id: Option<[u8; 16]>,

    /// What the login carries: JSON text of at most [`MAX_CARRIED`](Self::MAX_CARRIED) bytes. `None` if it carries
    /// nothing. It never changes.
    pub carried: Option<String>,

    /// When the user last authenticated: `auth_time` (OpenID Connect Core §2). It is [`created`](Self::created) at first,
    /// and in a row from before rows had it.
    pub auth_time: u64,

    /// Whether reuse has ended the session. Such a row is no session any more, but the trace of a reuse that may not have
    /// been reported: only [`find_reuse`](super::SessionStore::find_reuse) answers it. Its `ends_at` is the time of the
    /// reuse.
    pub reused: bool,
}

impl SessionRecord {
    /// The most bytes a [`label`](Self::label) has.
    pub const MAX_LABEL: usize = 256;

    /// The most bytes that [`carried`](Self::carried) has.
    pub const MAX_CARRIED: usize = MAX_CARRIED;

    /// How long, in seconds, a store goes on keeping a session that is over: a day. So who comes back too
    /// late is told that the session has expired, and not just that something is wrong.
    pub const KEPT: u64 = 24 * 60 * 60;

    /// A session that begins now, without nonce, label, key and carried data.
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

    /// Sets the fields about the proof as they are in a row from before rows had them.
    ///
    /// Such a row was stepped only by its current generation, and each step proved the generation that was presented. So
    /// at generation g, the client has g, or g - 1 if the last answer was lost. g - 1 was proven when g was handed out,
    /// and g - 2 in the step before. If the client presents g, it goes on. If it presents g - 1, the lost answer is
    /// replaced. g - 2 is only good for a late request within the grace, as for any other session.
    #[cfg(any(test, feature = "session-file", feature = "session-redis", feature = "session-postgres"))]
    pub(crate) fn assume_proof(&mut self) {
        self.proven = self.generation.saturating_sub(1);
        self.proven_at = self.refreshed;
        self.previous = self.generation.checked_sub(2);
    }

    /// Notes that the client has this generation: by the rule of [`SessionStore::prove`](super::SessionStore::prove).
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

    /// Whether a refresh token of this key may step the session.
    pub(crate) fn accepts(&self, key_id: [u8; 16]) -> bool {
        self.key_id.is_none_or(|own| own == key_id)
    }

    /// Whether the session is not over yet.
    pub fn is_alive(&self, now: u64) -> bool {
        now < self.ends_at
    }

    /// The first second at which a store may forget the session: [`KEPT`](Self::KEPT) after its end.
    pub fn kept_until(&self) -> u64 {
        self.ends_at.saturating_add(Self::KEPT)
    }
}

/// As much of the text as a label can hold, whole characters only.
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

use crate::claims::session_id::SessionId;

/// What a store keeps of a session: one row, in which nothing is secret.
///
/// There is no token in it, and no hash of one. Refresh tokens are made anew from the id, the generation
/// and a key that only the application has; who steals a store has nothing to present.
///
/// A row is a set of named fields. Later versions add fields: a store keeps each under its own name, reads a field that
/// is missing as the value that [`new`](Self::new) gives it, and leaves fields that it does not know as they are.
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

    /// When the user logged in: `auth_time` (OpenID Connect Core §2). It never changes.
    pub created: u64,

    /// When the current generation was first given out: [`created`](Self::created) for generation 0,
    /// afterwards the time of the [`advance`](super::SessionStore::advance) that answered
    /// [`RefreshOutcome::Next`](super::RefreshOutcome::Next). The grace of the generation before it counts from here.
    pub refreshed: u64,

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

    /// Whether reuse has ended the session. Such a row is no session any more, but the trace of a reuse that may not have
    /// been reported: only [`find_reuse`](super::SessionStore::find_reuse) answers it. Its `ends_at` is the time of the
    /// reuse.
    pub reused: bool,
}

impl SessionRecord {
    /// The most bytes a [`label`](Self::label) has.
    pub const MAX_LABEL: usize = 256;

    /// How long, in seconds, a store goes on keeping a session that is over: a day. So who comes back too
    /// late is told that the session has expired, and not just that something is wrong.
    pub const KEPT: u64 = 24 * 60 * 60;

    /// A session that begins now, without nonce, label and key.
    pub fn new(id: SessionId, userid: impl Into<String>, now: u64, ends_at: u64) -> Self {
        SessionRecord {
            id,
            userid: userid.into(),
            generation: 0,
            created: now,
            refreshed: now,
            ends_at,
            nonce_digest: None,
            label: String::new(),
            key_id: None,
            reused: false,
        }
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
    fn session_label_is_cut_between_characters() {
        assert_eq!(label(""), "");
        assert_eq!(label("curl/8"), "curl/8");
        assert_eq!(label(&"x".repeat(256)).len(), 256);
        assert_eq!(label(&"x".repeat(257)).len(), 256);
        assert_eq!(label(&format!("x{}", "é".repeat(200))).len(), 255);
        assert_eq!(label(&format!("xx{}", "🦀".repeat(200))).len(), 254);
    }
}

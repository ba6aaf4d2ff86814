use std::borrow::Cow;

use super::session_id::SessionId;

/// The registered claims of a token that was read. Times are in seconds since the epoch, negative before it.
///
/// A NumericDate may have a fraction (RFC 7519 §2). It is cut in the direction in which the token is
/// good for less time, so `exp`, `auth_time` and `refresh_until` down, `nbf` and `iat` up.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Registered {
    /// Whether there is a user id. An empty text is none.
    pub(crate) names_user: bool,
    pub(crate) exp: Option<i64>,
    pub(crate) nbf: Option<i64>,
    pub(crate) iat: Option<i64>,
    pub(crate) auth_time: Option<i64>,
    pub(crate) refresh_until: Option<i64>,
    /// Only read where there are sessions.
    pub(crate) sid: Option<SessionId>,
    /// `gen`: the generation of the session that the token was issued with. Only read where there are sessions.
    pub(crate) generation: Option<u64>,
    /// Whether `iss` is the configured one; `None` if there is no `iss`.
    pub(crate) issuer_matches: Option<bool>,
    /// Whether one of `aud` is a configured one; `None` if there is no `aud`.
    pub(crate) audience_matches: Option<bool>,
}

impl Registered {
    /// When the login was, as far as the token tells: at `auth_time` but, whatever that says, not after the
    /// token was issued.
    pub(crate) fn login(&self) -> Option<i64> {
        match (self.auth_time, self.iat) {
            (Some(auth_time), Some(iat)) => Some(auth_time.min(iat)),
            (auth_time, iat) => auth_time.or(iat),
        }
    }
}

/// A time of a token in seconds since the epoch, 0 if it lies before.
pub(crate) fn unsigned(time: i64) -> u64 {
    u64::try_from(time).unwrap_or(0)
}

/// The registered claims that are text, borrowed from the payload where they are written without escapes.
#[derive(Debug, Default)]
pub(crate) struct Texts<'p> {
    pub(crate) userid: Option<Cow<'p, str>>,
    pub(crate) nonce: Option<Cow<'p, str>>,
}

/// What was read of a payload.
pub(crate) struct Read<'p, C> {
    pub(crate) registered: Registered,
    pub(crate) texts: Texts<'p>,
    pub(crate) claims: C,
}

impl<C> Read<'_, C> {
    /// Empty if there is none, which no token passes with.
    pub(crate) fn userid(&self) -> &str {
        self.texts.userid.as_deref().unwrap_or_default()
    }
}

/// The registered claims of a token that is issued.
pub(crate) struct Issued<'i> {
    pub(crate) userid_claim: &'i str,
    pub(crate) userid: &'i str,
    pub(crate) exp: Option<u64>,
    pub(crate) iat: u64,
    pub(crate) auth_time: u64,
    /// The session, and its generation.
    pub(crate) session: Option<(SessionId, u64)>,
    pub(crate) issuer: Option<&'i str>,
    pub(crate) audience: &'i [String],
    pub(crate) refresh_until: Option<u64>,
    pub(crate) nonce: Option<&'i str>,
}

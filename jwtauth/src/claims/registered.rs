use std::borrow::Cow;

use super::session_id::SessionId;

/// The registered claims of a token that was read. Times are in seconds since the epoch. Earlier times are negative.
///
/// A NumericDate may have a fraction (RFC 7519 §2). It is rounded in the direction that shortens the life of the token:
/// `exp`, `auth_time`, `login_time` and `refresh_until` down, `nbf` and `iat` up.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Registered {
    /// Whether there is a user id that is not empty.
    pub(crate) names_user: bool,
    pub(crate) exp: Option<i64>,
    pub(crate) nbf: Option<i64>,
    pub(crate) iat: Option<i64>,
    pub(crate) auth_time: Option<i64>,
    pub(crate) login_time: Option<i64>,
    /// Only read if sessions are enabled.
    pub(crate) sid: Option<SessionId>,
    /// `gen`: the generation of the session at the issue of the token. Only read if sessions are enabled. 0 if it is
    /// missing: such a token proves nothing, as one of generation 0.
    pub(crate) generation: u64,
    /// Whether `iss` is the configured issuer. `None` if there is no `iss`.
    pub(crate) issuer_matches: Option<bool>,
    /// Whether `aud`, or the claim of the setting `audience_claim`, contains a configured audience. `None` if it is
    /// absent.
    pub(crate) audience_matches: Option<bool>,
    /// Whether a claim does not have a value that the issuer's setting `require` requires.
    pub(crate) misses_requirement: bool,
    /// Whether the user id of an own token begins with the prefix of a trusted issuer's user ids.
    pub(crate) names_user_of_issuer: bool,
}

impl Registered {
    /// The time of the login, if the token has one: `login_time` or else `auth_time`, or `iat` if that is earlier.
    pub(crate) fn login(&self) -> Option<i64> {
        self.not_after_issue(self.login_time.or(self.auth_time))
    }

    /// When the user was authenticated, if the token says so: `auth_time`, or `iat` if that is earlier.
    pub(crate) fn authenticated(&self) -> Option<i64> {
        self.not_after_issue(self.auth_time)
    }

    /// The time, or `iat` if that is earlier or the only one: nothing that a token tells happened after its issue.
    fn not_after_issue(&self, time: Option<i64>) -> Option<i64> {
        match (time, self.iat) {
            (Some(time), Some(iat)) => Some(time.min(iat)),
            (time, iat) => time.or(iat),
        }
    }
}

/// A time of a token in seconds since the epoch. 0 for earlier times.
pub(crate) fn unsigned(time: i64) -> u64 {
    u64::try_from(time).unwrap_or(0)
}

/// The registered claims that are text. They are borrowed from the payload if they contain no escapes.
#[derive(Debug, Default)]
pub(crate) struct Texts<'p> {
    pub(crate) userid: Option<Cow<'p, str>>,
    pub(crate) nonce: Option<Cow<'p, str>>,
    /// What the login carries, as JSON. Only read in tokens of the application.
    pub(crate) carried: Option<&'p str>,
    /// The `iss` of a token whose issuer has one for each tenant.
    pub(crate) iss: Option<Cow<'p, str>>,
}

/// The JSON text of a login that carries nothing, where it is written nevertheless.
pub(super) const NOTHING: &str = "null";

/// The result of reading a payload.
pub(crate) struct Read<'p, C> {
    pub(crate) registered: Registered,
    /// Only needed for refreshing, and not kept with a verified token.
    pub(crate) refresh_until: Option<i64>,
    pub(crate) texts: Texts<'p>,
    pub(crate) claims: C,
}

impl<C> Read<'_, C> {
    /// The user id. A token without a user id has an empty one here, and is refused.
    pub(crate) fn userid(&self) -> &str {
        self.texts.userid.as_deref().unwrap_or_default()
    }
}

/// The registered claims of a new token.
pub(crate) struct Issued<'i> {
    pub(crate) userid_claim: &'i str,
    pub(crate) userid: &'i str,
    pub(crate) exp: Option<u64>,
    pub(crate) iat: u64,
    pub(crate) auth_time: u64,
    /// `None` if it is `auth_time`.
    pub(crate) login_time: Option<u64>,
    /// The session, and its generation.
    pub(crate) session: Option<(SessionId, u64)>,
    pub(crate) issuer: Option<&'i str>,
    pub(crate) audience: &'i [String],
    pub(crate) refresh_until: Option<u64>,
    pub(crate) nonce: Option<&'i str>,
    pub(crate) carried: Option<&'i str>,
}

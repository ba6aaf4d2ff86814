use std::ops::Range;

use crate::SessionId;

/// Names that an application's claims can't have, besides that of `userid_claim`.
pub(super) const RESERVED: [&str; 11] =
    ["sub", "iss", "aud", "exp", "nbf", "iat", "jti", "auth_time", "sid", "refresh_until", "nonce"];

/// The registered claims of a token that was read. Times are in seconds since the epoch.
///
/// A NumericDate may have a fraction (RFC 7519 §2). It is cut in the direction in which the token is
/// good for less time, so `exp`, `auth_time` and `refresh_until` down, `nbf` and `iat` up.
#[derive(Debug, Default)]
pub(crate) struct Registered {
    pub(crate) userid: Option<Text>,
    pub(crate) exp: Option<u64>,
    pub(crate) nbf: Option<u64>,
    pub(crate) iat: Option<u64>,
    pub(crate) auth_time: Option<u64>,
    pub(crate) refresh_until: Option<u64>,
    pub(crate) nonce: Option<Text>,
    /// Only read where there are sessions.
    pub(crate) sid: Option<SessionId>,
    /// Whether `iss` is the configured one; `None` if there is no `iss`.
    pub(crate) issuer_matches: Option<bool>,
    /// Whether one of `aud` is a configured one; `None` if there is no `aud`.
    pub(crate) audience_matches: Option<bool>,
}

impl Registered {
    /// When the login was, as far as the token tells: at `auth_time` but, whatever that says, not after the
    /// token was issued.
    pub(crate) fn login(&self) -> Option<u64> {
        match (self.auth_time, self.iat) {
            (Some(auth_time), Some(iat)) => Some(auth_time.min(iat)),
            (auth_time, iat) => auth_time.or(iat),
        }
    }
}

/// A string claim: where it stands in the payload or, if it is written there with escapes, its text.
#[derive(Clone, Debug)]
pub(crate) enum Text {
    At(Range<usize>),
    Owned(Box<str>),
}

impl Text {
    pub(crate) fn of<'t>(&'t self, payload: &'t str) -> &'t str {
        match self {
            Text::At(range) => payload.get(range.clone()).unwrap_or_default(),
            Text::Owned(text) => text,
        }
    }
}

/// The registered claims of a token that is issued.
pub(crate) struct Issued<'i> {
    pub(crate) userid_claim: &'i str,
    pub(crate) userid: &'i str,
    pub(crate) exp: Option<u64>,
    pub(crate) iat: u64,
    pub(crate) auth_time: u64,
    pub(crate) sid: Option<SessionId>,
    pub(crate) issuer: Option<&'i str>,
    pub(crate) audience: &'i [String],
    pub(crate) refresh_until: Option<u64>,
    pub(crate) nonce: Option<&'i str>,
}

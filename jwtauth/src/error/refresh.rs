use std::fmt;

use rocket::http::Status;

use super::auth::AuthError;
use super::token::TokenError;

/// Why a token was not refreshed. As a responder it gives the standard answers:
///
/// | variant | answer |
/// |---|---|
/// | [`Expired`](Self::Expired) | 403 `{"validationError": "Your session has expired"}` |
/// | [`Unavailable`](Self::Unavailable) | 503 with `Retry-After`, through the application's catchers |
/// | [`Issue`](Self::Issue), [`Recursion`](Self::Recursion), [`NotAttached`](Self::NotAttached) | 500, through the application's catchers |
/// | all others | 403 `{"validationError": "Could not refresh your token"}` |
///
/// With the setting `refresh_catchers`, the application's catchers for 403 answer instead of these bodies.
///
/// The client learns no more than that. The reason is logged at the level `warn`, and [`RefreshError::of`]
/// tells a fairing or a catcher.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefreshError {
    /// The login is over: `refresh_until`, `max_lifetime` or, with `verify_expiration_on_refresh`, `exp`; with
    /// sessions, `refresh_delta` after the last refresh, or `max_lifetime`.
    Expired,
    /// `allow_refresh` is off.
    Disabled,
    /// The request carries no token.
    MissingToken,
    /// The request carries more than one token.
    AmbiguousToken,
    /// The token is not acceptable.
    InvalidToken(TokenError),
    /// The key that signed the token never refreshes: it only verifies, or its setting `refresh` is `false`.
    KeyNeverRefreshes,
    /// The token lacks a claim that refreshing needs: `refresh_until`, `nonce` or, with a `max_lifetime`,
    /// both `auth_time` and `iat`. With sessions: there is a nonce handler, and the session is from before there was.
    MissingClaim,
    /// The user id is none that the application's type can be made of, or it is empty.
    UserId,
    /// The nonce is not the user's current one.
    Nonce,
    /// There is no such session, or no longer: it was ended, or it ran out long ago.
    SessionEnded,
    /// The refresh token is one that its owner no longer uses: the session has ended for it (RFC 9700 §4.14.2).
    Reuse,
    /// The refresh token was replaced a moment ago, and the client has presented its successor since. The session goes
    /// on, so the client must keep the tokens that it has.
    Superseded,
    /// The loader or the nonce handler knows no such user.
    NoSuchUser,
    /// What would have had to be asked can't be reached at the moment.
    Unavailable,
    /// The new token could not be issued.
    Issue(AuthError),
    /// The refresh nonce handler, or one of its guards, asked whether the token can be refreshed: the very
    /// question that it is asked.
    Recursion,
    /// [`JwtAuth::fairing()`](crate::JwtAuth::fairing) is not attached.
    NotAttached,
}

impl RefreshError {
    /// The status it is answered with.
    pub fn status(&self) -> Status {
        match self {
            RefreshError::Unavailable => Status::ServiceUnavailable,
            RefreshError::Issue(error) => error.status(),
            RefreshError::Recursion | RefreshError::NotAttached => Status::InternalServerError,
            _ => Status::Forbidden,
        }
    }
}

impl fmt::Display for RefreshError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RefreshError::Expired => f.write_str("the login has expired"),
            RefreshError::Disabled => f.write_str("refreshing is turned off"),
            RefreshError::MissingToken => f.write_str("the request carries no token"),
            RefreshError::AmbiguousToken => f.write_str("the request carries more than one token"),
            RefreshError::InvalidToken(error) => error.fmt(f),
            RefreshError::KeyNeverRefreshes => f.write_str("the key that signed the token never refreshes"),
            RefreshError::MissingClaim => f.write_str("the token lacks a claim that refreshing needs"),
            RefreshError::UserId => f.write_str("the user id is not one of this application"),
            RefreshError::Nonce => f.write_str("the refresh nonce is not the current one"),
            RefreshError::SessionEnded => f.write_str("the session has ended"),
            RefreshError::Reuse => f.write_str("the refresh token had been spent; the session has ended"),
            RefreshError::Superseded => {
                f.write_str("the refresh token was replaced a moment ago, and so was its successor")
            }
            RefreshError::NoSuchUser => f.write_str("there is no such user"),
            RefreshError::Unavailable => f.write_str("the service is temporarily unavailable"),
            RefreshError::Issue(error) => error.fmt(f),
            RefreshError::Recursion => f.write_str("the refresh nonce handler asks for `Refreshing` itself"),
            RefreshError::NotAttached => AuthError::NotAttached.fmt(f),
        }
    }
}

impl std::error::Error for RefreshError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            // `Display` shows these already.
            RefreshError::InvalidToken(error) => error.source(),
            RefreshError::Issue(error) => error.source(),
            _ => None,
        }
    }
}

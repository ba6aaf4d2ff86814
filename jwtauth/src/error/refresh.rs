use std::fmt;

use rocket::http::Status;

use super::auth::AuthError;
use super::token::TokenError;

/// Why a token was not refreshed. As a responder, it sends these responses:
///
/// | variant | response |
/// |---|---|
/// | [`Expired`](Self::Expired) | 403 `{"validationError": "Your session has expired"}` |
/// | [`Unavailable`](Self::Unavailable) | 503 with `Retry-After`, through the application's catchers |
/// | [`Issue`](Self::Issue), [`Recursion`](Self::Recursion), [`NotAttached`](Self::NotAttached) | 500, through the application's catchers |
/// | all others | 403 `{"validationError": "Could not refresh your token"}` |
///
/// With the setting `refresh_catchers`, the application's catchers for 403 create the response instead.
///
/// The client learns nothing more. The reason is logged at the level `warn`. A fairing or a catcher gets it from
/// [`RefreshError::of`].
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefreshError {
    /// The login has expired: `refresh_until`, `max_lifetime` or, with `verify_expiration_on_refresh`, `exp` has
    /// passed. With sessions: `refresh_delta` has passed since the last refresh, or `max_lifetime` has passed.
    Expired,
    /// `allow_refresh` is off.
    Disabled,
    /// The request contains no token.
    MissingToken,
    /// The request contains more than one token.
    AmbiguousToken,
    /// The refresh cookie came with a request from a page of another origin.
    CrossOrigin,
    /// The token was refused.
    InvalidToken(TokenError),
    /// Tokens of the key that signed this one can't be refreshed: the key only verifies, or its setting `refresh` is
    /// `false`.
    KeyNeverRefreshes,
    /// The token lacks a claim that refreshing needs: `refresh_until`, `nonce` or, with a `max_lifetime`, both
    /// `auth_time` and `iat`. With sessions: there is a nonce handler, but the session was created before there was
    /// one.
    MissingClaim,
    /// The user id is empty, or can't be parsed as the type that the endpoint takes.
    UserId,
    /// The nonce differs from the user's current nonce.
    Nonce,
    /// The session does not exist: it was ended, or it expired long ago.
    SessionEnded,
    /// The owner of the refresh token no longer uses it. The session was ended (RFC 9700 §4.14.2).
    Reuse,
    /// The refresh token was replaced a moment ago, and the client has used its successor since. The session goes on.
    /// The client must keep its newer tokens.
    Superseded,
    /// The loader or the nonce handler returned `None` for the user.
    NoSuchUser,
    /// The session store or a database of the application can't be reached at the moment.
    Unavailable,
    /// The new token could not be issued.
    Issue(AuthError),
    /// The refresh nonce handler, or one of its guards, checked whether the token can be refreshed. That check would
    /// call the handler again.
    Recursion,
    /// [`JwtAuth::fairing()`](crate::JwtAuth::fairing) is not attached.
    NotAttached,
}

impl RefreshError {
    /// The status of the response.
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
            RefreshError::CrossOrigin => AuthError::CrossOrigin.fmt(f),
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
            // `Display` includes these errors already.
            RefreshError::InvalidToken(error) => error.source(),
            RefreshError::Issue(error) => error.source(),
            _ => None,
        }
    }
}

use std::fmt;

use rocket::http::Status;

use super::claims::ClaimsError;
use super::key::KeyError;
use super::token::TokenError;

/// Why a request has no identity, or a token was not issued.
///
/// | variant | whose fault | status |
/// |---|---|---|
/// | [`MissingToken`](Self::MissingToken), [`InvalidToken`](Self::InvalidToken), [`NoSuchUser`](Self::NoSuchUser) | the client's | 401 |
/// | [`AmbiguousToken`](Self::AmbiguousToken) | the client's | 400 |
/// | [`NoSessions`](Self::NoSessions) | nobody's: there is no such thing here | 404 |
/// | [`Unavailable`](Self::Unavailable) | nobody's: a database is away | 503 |
/// | the others | the application's | 500 |
///
/// It converts into [`Status`], so that `?` works in a route that returns `Result<_, Status>`, and is a
/// responder itself, which answers with the status through the application's catchers. No variant
/// holds anything of a token.
///
/// ```
/// use jwtauth::{AuthError, Identity};
/// use rocket::{get, http::Status};
///
/// #[get("/profile")]
/// fn profile(identity: Result<Identity, AuthError>) -> Result<String, Status> {
///     match identity {
///         Ok(identity) => Ok(identity.userid().to_owned()),
///         Err(AuthError::MissingToken) => Ok("nobody".into()),
///         Err(error) => Err(error.into()),
///     }
/// }
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuthError {
    /// The request carries no token.
    MissingToken,
    /// The request carries more than one token.
    AmbiguousToken,
    /// The token is not acceptable.
    InvalidToken(TokenError),
    /// On issuing: the refresh nonce handler knows no such user.
    NoSuchUser,
    /// What would have had to be asked can't be reached at the moment.
    Unavailable,
    /// On issuing: the user id is empty. Most often it comes from a form field that nothing checked.
    EmptyUserId,
    /// On issuing: no mounted [`#[refresh_endpoint]`](macro@crate::refresh_endpoint) accepts the user id, so the login
    /// could never be refreshed. Let the endpoint take the type of user id that the login uses, or the reverse.
    WrongUserId {
        /// The user id of the login.
        userid: String,
        /// The types that the refresh endpoints take as their first parameter, separated by commas.
        types: String,
    },
    /// On issuing: the application's claims can't stand in a token.
    Claims(ClaimsError),
    /// On issuing: the key can't sign, or there is none that could.
    Key(KeyError),
    /// On issuing outside of a request: the refresh nonce handler needs one for its guards.
    NonceNeedsRequest,
    /// Something was asked of sessions, and the settings have none.
    NoSessions,
    /// [`JwtAuth::fairing()`](crate::JwtAuth::fairing) is not attached.
    NotAttached,
}

impl AuthError {
    /// The status it is answered with.
    pub fn status(&self) -> Status {
        match self {
            AuthError::MissingToken | AuthError::InvalidToken(_) | AuthError::NoSuchUser => Status::Unauthorized,
            AuthError::AmbiguousToken => Status::BadRequest,
            AuthError::Unavailable => Status::ServiceUnavailable,
            AuthError::NoSessions => Status::NotFound,
            AuthError::EmptyUserId
            | AuthError::WrongUserId { .. }
            | AuthError::Claims(_)
            | AuthError::Key(_)
            | AuthError::NonceNeedsRequest
            | AuthError::NotAttached => Status::InternalServerError,
        }
    }

    /// The error code of RFC 6750 §3.1; a request that just lacks a token has none.
    pub(crate) fn code(&self) -> Option<&'static str> {
        match self {
            AuthError::AmbiguousToken => Some("invalid_request"),
            AuthError::InvalidToken(_) => Some("invalid_token"),
            _ => None,
        }
    }
}

impl fmt::Display for AuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AuthError::MissingToken => f.write_str("The request carries no token"),
            AuthError::AmbiguousToken => f.write_str("The request carries more than one token"),
            AuthError::InvalidToken(error) => error.fmt(f),
            AuthError::NoSuchUser => f.write_str("There is no such user"),
            AuthError::Unavailable => f.write_str("The service is temporarily unavailable"),
            AuthError::EmptyUserId => f.write_str("the user id is empty"),
            AuthError::WrongUserId { userid, types } => write!(
                f,
                "no refresh endpoint accepts the user id `{}`: it is not of the type of their first parameter ({types})",
                userid.escape_debug()
            ),
            AuthError::Claims(error) => error.fmt(f),
            AuthError::Key(error) => error.fmt(f),
            AuthError::NonceNeedsRequest => {
                f.write_str("the refresh nonce handler can only be asked within a request: issue with `Auth`")
            }
            AuthError::NoSessions => f.write_str("There are no sessions here"),
            AuthError::NotAttached => f.write_str("the fairing is missing: `.attach(JwtAuth::fairing())`"),
        }
    }
}

impl std::error::Error for AuthError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            // `Display` shows these already.
            AuthError::InvalidToken(error) => error.source(),
            AuthError::Claims(error) => error.source(),
            AuthError::Key(error) => error.source(),
            _ => None,
        }
    }
}

impl From<TokenError> for AuthError {
    fn from(error: TokenError) -> Self {
        AuthError::InvalidToken(error)
    }
}

impl From<AuthError> for Status {
    fn from(error: AuthError) -> Self {
        error.status()
    }
}

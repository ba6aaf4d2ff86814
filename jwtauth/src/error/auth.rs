use std::borrow::Cow;
use std::fmt;

use rocket::http::Status;

use super::claims::ClaimsError;
use super::facts::Facts;
use super::key::KeyError;
use super::token::TokenError;

/// Why a request has no identity, or why a token could not be issued.
///
/// | variant | caused by | status |
/// |---|---|---|
/// | [`MissingToken`](Self::MissingToken), [`InvalidToken`](Self::InvalidToken), [`NoSuchUser`](Self::NoSuchUser) | the client | 401 |
/// | [`NotRecent`](Self::NotRecent) | an authentication that is too long ago for what the client wants | 401 |
/// | [`Forbidden`](Self::Forbidden) | a client that may not do this | 403 |
/// | [`OtherUser`](Self::OtherUser) | a client that confirms the login of one user as another user | 403 |
/// | [`AmbiguousToken`](Self::AmbiguousToken) | the client | 400 |
/// | [`CrossOrigin`](Self::CrossOrigin) | a page of another origin | 403 |
/// | [`NoSessions`](Self::NoSessions) | a request for a session, if sessions are off or the token is from a trusted issuer | 404 |
/// | [`Unavailable`](Self::Unavailable) | a database, or an issuer's keys, that can't be reached | 503 |
/// | the others | the application | 500 |
///
/// It converts into [`Status`], so `?` works in a route that returns `Result<_, Status>`. It is also a responder, which
/// answers with the status through the application's catchers. No variant contains any part of a token.
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
    /// The request contains no token.
    MissingToken,
    /// The request contains more than one token.
    AmbiguousToken,
    /// The token was refused.
    #[non_exhaustive]
    InvalidToken {
        /// The rule that refused it.
        error: TokenError,
        /// The facts behind the refusal, for the log of the application: see [`facts`](AuthError::facts).
        facts: Facts,
    },
    /// When issuing: the refresh nonce handler returned `None` for the user.
    NoSuchUser,
    /// The session store, a database of the application, or an issuer's keys can't be reached at the moment.
    Unavailable,
    /// A cookie came with an unsafe request from a page of another origin, or with a WebSocket handshake from one. It
    /// does not count there: see the [chapter on browsers](crate::guide::browsers#requests-from-other-origins).
    CrossOrigin,
    /// The user is known, and may not do this. [Rules](crate::Rule) return it, see [`forbidden`](AuthError::forbidden).
    Forbidden {
        /// The names of the permissions that the route requires, separated by spaces: the `scope` of the challenge
        /// (RFC 6750 §3). Empty if a permission would not help, as for a rule of the application.
        scope: Cow<'static, str>,
    },
    /// The user authenticated longer ago than the rule [`Recent`](crate::Recent) allows.
    NotRecent {
        /// The number of seconds since then that the rule allows: the `max_age` of the challenge (RFC 9470 §3).
        max_age: u64,
    },
    /// When confirming: the user is not the one who is logged in, or is logged in at another issuer. The login does not
    /// change: see [`Auth::confirm`](crate::Auth::confirm).
    OtherUser,
    /// The loader of the refresh endpoint asks for an identity while it renews the login that the identity is to be of.
    Recursion,
    /// When issuing: the user id is empty. The usual cause is a form field that was not validated.
    EmptyUserId,
    /// When issuing: no mounted [`#[refresh_endpoint]`](macro@crate::refresh_endpoint) accepts the user id, so the
    /// login could never be refreshed. Use the same type of user id for the endpoint and the login.
    WrongUserId {
        /// The user id of the login.
        userid: String,
        /// The types that the refresh endpoints take as their first parameter, separated by commas.
        types: String,
    },
    /// When issuing: the user id begins with the prefix of a [trusted issuer's](crate::guide::issuers#user-ids) user
    /// ids, so the login could act as a user of that issuer. Refuse such user ids when users sign up.
    ReservedUserId {
        /// The user id of the login.
        userid: String,
    },
    /// When issuing: the application's claims can't be put into a token.
    Claims(ClaimsError),
    /// When issuing: the key can't sign, or there is no signing key.
    Key(KeyError),
    /// When issuing outside of a request: the guards of the refresh nonce handler need a request.
    NonceNeedsRequest,
    /// The operation needs a session, and sessions are off, or the token is from a trusted issuer.
    NoSessions,
    /// [`JwtAuth::fairing()`](crate::JwtAuth::fairing) is not attached.
    NotAttached,
}

impl AuthError {
    /// The error of a rule that refuses an identity, whatever permissions it has: [`Forbidden`](Self::Forbidden)
    /// without a `scope`.
    pub const fn forbidden() -> Self {
        AuthError::Forbidden { scope: Cow::Borrowed("") }
    }

    /// The error of the token, if it was refused.
    pub fn token_error(&self) -> Option<TokenError> {
        match self {
            AuthError::InvalidToken { error, .. } => Some(*error),
            _ => None,
        }
    }

    /// The facts behind the refusal of a token, for logs and for people who run the application. Do not send them to
    /// clients.
    ///
    /// If the signature of the token is valid, they tell what the token contains instead of what is required: `audience
    /// was ["account"], configured "orders-api"`. Values are escaped and cut. Otherwise they tell only which keys were
    /// used, because anyone can write such a token. No fact contains the token.
    ///
    /// ```
    /// use jwtauth::AuthError;
    /// use rocket::{Request, catch};
    ///
    /// #[catch(401)]
    /// fn unauthorized(request: &Request<'_>) -> &'static str {
    ///     if let Some(facts) = AuthError::of(request).and_then(AuthError::facts) {
    ///         println!("a token was refused: {facts}");
    ///     }
    ///     "unauthorized"
    /// }
    /// ```
    pub fn facts(&self) -> Option<&str> {
        match self {
            AuthError::InvalidToken { facts, .. } => facts.text(),
            _ => None,
        }
    }

    /// Logs the facts behind the refusal of a token, if there are any.
    pub(crate) fn log_facts(&self) {
        if let AuthError::InvalidToken { facts, .. } = self {
            facts.log();
        }
    }

    /// The status of the response.
    pub fn status(&self) -> Status {
        match self {
            AuthError::MissingToken
            | AuthError::InvalidToken { .. }
            | AuthError::NoSuchUser
            | AuthError::NotRecent { .. } => Status::Unauthorized,
            AuthError::AmbiguousToken => Status::BadRequest,
            AuthError::Unavailable => Status::ServiceUnavailable,
            AuthError::CrossOrigin | AuthError::Forbidden { .. } | AuthError::OtherUser => Status::Forbidden,
            AuthError::NoSessions => Status::NotFound,
            AuthError::EmptyUserId
            | AuthError::WrongUserId { .. }
            | AuthError::ReservedUserId { .. }
            | AuthError::Claims(_)
            | AuthError::Key(_)
            | AuthError::NonceNeedsRequest
            | AuthError::Recursion
            | AuthError::NotAttached => Status::InternalServerError,
        }
    }

    /// The error code of RFC 6750 §3.1 or RFC 9470 §3, `cross_origin`, or `other_user`. A request without a token has
    /// none.
    pub(crate) fn code(&self) -> Option<&'static str> {
        match self {
            AuthError::AmbiguousToken => Some("invalid_request"),
            AuthError::InvalidToken { .. } => Some("invalid_token"),
            AuthError::CrossOrigin => Some("cross_origin"),
            AuthError::Forbidden { scope } if !scope.is_empty() => Some("insufficient_scope"),
            AuthError::NotRecent { .. } => Some("insufficient_user_authentication"),
            AuthError::OtherUser => Some("other_user"),
            _ => None,
        }
    }
}

impl fmt::Display for AuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AuthError::MissingToken => f.write_str("The request carries no token"),
            AuthError::AmbiguousToken => f.write_str("The request carries more than one token"),
            AuthError::InvalidToken { error, .. } => error.fmt(f),
            AuthError::NoSuchUser => f.write_str("There is no such user"),
            AuthError::Unavailable => f.write_str("The service is temporarily unavailable"),
            AuthError::CrossOrigin => f.write_str("The request comes from another origin"),
            AuthError::Forbidden { scope } if scope.is_empty() => f.write_str("The user may not do this"),
            AuthError::Forbidden { scope } => write!(f, "The user needs the permission `{scope}`"),
            AuthError::NotRecent { max_age } => {
                write!(f, "The user must have logged in within the last {max_age} seconds")
            }
            AuthError::OtherUser => f.write_str("The user is not the one who is logged in"),
            AuthError::Recursion => f.write_str("the loader of the refresh endpoint asks for an identity itself"),
            AuthError::EmptyUserId => f.write_str("the user id is empty"),
            AuthError::WrongUserId { userid, types } => write!(
                f,
                "no refresh endpoint accepts the user id `{}`: it is not of the type of their first parameter ({types})",
                userid.escape_debug()
            ),
            AuthError::ReservedUserId { userid } => write!(
                f,
                "the user id `{}` begins with the prefix of a trusted issuer's user ids",
                userid.escape_debug()
            ),
            AuthError::Claims(error) => error.fmt(f),
            AuthError::Key(error) => error.fmt(f),
            AuthError::NonceNeedsRequest => {
                f.write_str("the refresh nonce handler can only be called within a request: issue with `Auth`")
            }
            AuthError::NoSessions => f.write_str("There are no sessions here"),
            AuthError::NotAttached => f.write_str("the fairing is missing: `.attach(JwtAuth::fairing())`"),
        }
    }
}

impl std::error::Error for AuthError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            // `Display` includes these errors already.
            AuthError::InvalidToken { error, .. } => error.source(),
            AuthError::Claims(error) => error.source(),
            AuthError::Key(error) => error.source(),
            _ => None,
        }
    }
}

impl From<TokenError> for AuthError {
    fn from(error: TokenError) -> Self {
        AuthError::InvalidToken { error, facts: Facts::default() }
    }
}

impl From<AuthError> for Status {
    fn from(error: AuthError) -> Self {
        error.status()
    }
}

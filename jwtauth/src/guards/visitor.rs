use rocket::outcome::Outcome;
use rocket::request::{self, FromRequest, Request};
use rocket::{Ignite, Rocket, Sentinel};

use super::identity::Identity;
use crate::claims::Claims;
use crate::error::{AuthError, TokenError};
use crate::jwtauth::JwtAuth;
use crate::request::Origins;
use crate::request::state::RequestState;

/// The guard for public routes that also use the identity of a user who has logged in.
///
/// `Option<Identity<C>>` is `None` for an invalid token too. A `Visitor` is anonymous only without a token. A client
/// with an expired token gets an error, and can refresh the token.
///
/// ```
/// use jwtauth::{Identity, Visitor};
/// use rocket::get;
///
/// #[get("/hello")]
/// fn hello(visitor: Visitor) -> String {
///     match visitor {
///         Visitor::Known(identity) => format!("Hello, {}", identity.userid()),
///         Visitor::Anonymous => "Hello, stranger".into(),
///     }
/// }
/// ```
///
/// # Outcome
///
/// - **Succeeds** with [`Known`](Self::Known) if [`Identity<C>`] succeeds, and with [`Anonymous`](Self::Anonymous) if
///   the request has no token. A cookie that is not valid, or whose login is over, counts as no token. It is removed.
/// - **Forwards** never.
/// - **Fails** as [`Identity<C>`] does: 401 for a token that is not valid or whose session has ended, 400 for more than
///   one token, and 503 if the state of the session is unknown. A public page is therefore unavailable to users who
///   have logged in while the session store is unavailable. Without their identity, they would see a different page.
#[derive(Clone, Debug)]
pub enum Visitor<C = ()> {
    /// The request has no token.
    Anonymous,
    /// The request has a valid token.
    Known(Identity<C>),
}

impl<C> Visitor<C> {
    /// The identity, if there is one.
    pub fn identity(&self) -> Option<&Identity<C>> {
        match self {
            Visitor::Anonymous => None,
            Visitor::Known(identity) => Some(identity),
        }
    }
}

impl<C: Claims> Visitor<C> {
    /// Returns the visitor of a request. A cookie counts only in requests of these origins.
    pub(super) async fn from_origins(request: &Request<'_>, origins: Origins) -> Result<Self, AuthError> {
        let error = match Identity::from_origins(request, origins).await {
            Ok(identity) => return Ok(Visitor::Known(identity)),
            Err(error) => error,
        };
        let cookies = &RequestState::of(request).cookies;
        let is_of_cookie = cookies.has_token();
        match error {
            AuthError::MissingToken => Ok(Visitor::Anonymous),
            AuthError::NoSuchUser | AuthError::InvalidToken { .. } if is_of_cookie => {
                // Unacceptable claims may be a mistake of the application. An unacceptable time may be caused by a
                // wrong clock.
                let stays = matches!(
                    error,
                    AuthError::InvalidToken { error: TokenError::Claims | TokenError::NotYetValid, .. }
                );
                if !stays {
                    cookies.clear();
                }
                Ok(Visitor::Anonymous)
            }
            error => Err(error),
        }
    }
}

#[rocket::async_trait]
impl<'r, C: Claims> FromRequest<'r> for Visitor<C> {
    type Error = AuthError;

    async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, AuthError> {
        match Visitor::from_origins(request, Origins::Own).await {
            Ok(visitor) => Outcome::Success(visitor),
            Err(error) => Outcome::Error((error.status(), error)),
        }
    }
}

impl<C: Claims> Sentinel for Visitor<C> {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        if let Some(jwtauth) = rocket.state::<JwtAuth>() {
            jwtauth.declared().add(&C::permission_names());
        }
        JwtAuth::missing(rocket)
    }
}

use rocket::outcome::Outcome;
use rocket::request::{self, FromRequest, Request};
use rocket::{Ignite, Rocket, Sentinel};

use super::identity::Identity;
use crate::claims::Claims;
use crate::error::AuthError;
use crate::jwtauth::JwtAuth;

/// The guard for routes that are open to everybody and know those who have logged in.
///
/// Unlike `Option<Identity<C>>`, which is `None` for a bad token too, it is anonymous only without a
/// token: a client whose token has expired is told so, and can refresh it.
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
/// - **Succeeds** as [`Known`](Self::Known) where [`Identity<C>`] succeeds, as
///   [`Anonymous`](Self::Anonymous) if the request carries no token.
/// - **Forwards** never.
/// - **Fails** as [`Identity<C>`] does for a token that is not acceptable, or whose session has ended (401), for
///   more than one (400), and if whether the session has ended can't be said at the moment (503). So a page that is
///   open to everybody is away for those who have logged in while the session store is: to them it would be another.
#[derive(Clone, Debug)]
pub enum Visitor<C = ()> {
    /// The request carries no token.
    Anonymous,
    /// The request carries an acceptable token.
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

#[rocket::async_trait]
impl<'r, C: Claims> FromRequest<'r> for Visitor<C> {
    type Error = AuthError;

    async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, AuthError> {
        match Identity::from_request(request).await {
            Outcome::Success(identity) => Outcome::Success(Visitor::Known(identity)),
            Outcome::Error((_, AuthError::MissingToken)) => Outcome::Success(Visitor::Anonymous),
            Outcome::Error(error) => Outcome::Error(error),
            Outcome::Forward(status) => Outcome::Forward(status),
        }
    }
}

impl<C> Sentinel for Visitor<C> {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        JwtAuth::missing(rocket)
    }
}

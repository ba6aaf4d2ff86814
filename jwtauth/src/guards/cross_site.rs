use std::ops::Deref;

use rocket::outcome::Outcome;
use rocket::request::{self, FromRequest, Request};
use rocket::{Ignite, Rocket, Sentinel};

use super::auth::Auth;
use super::authorize::authorize;
use super::identity::Identity;
use super::rules::Rule;
use super::visitor::Visitor;
use crate::claims::Claims;
use crate::error::AuthError;
use crate::request::Origins;

/// A guard that also accepts a cookie in a request from another origin.
///
/// By default, a cookie does not count in a `POST` from a page of another site
/// ([why](crate::guide::browsers#requests-from-other-origins)). A few routes must accept such requests: for example,
/// the route to which an identity provider posts the result of a login. They wrap their guard in this type. It makes
/// the exception visible where it applies.
///
/// The route must then make sure by itself that the user wants what the request does.
///
/// ```
/// use jwtauth::{CrossSite, Identity};
/// use rocket::post;
///
/// #[post("/payment/done")]
/// fn payment_done(identity: CrossSite<Identity>) -> String {
///     format!("Thank you, {}", identity.userid())
/// }
/// ```
///
/// It wraps [`Identity`], [`Visitor`] and [`Auth`](crate::Auth), and dereferences to them. With `SameSite=Lax`, which
/// is the default, browsers send no cookies with a `POST` from another site. Such a route also needs
/// `same_site = "None"`.
///
/// # Outcome
///
/// That of the wrapped guard, but never 403 for the origin of the request.
#[derive(Clone, Debug)]
pub struct CrossSite<G>(pub G);

impl<G> CrossSite<G> {
    /// Returns the guard.
    pub fn into_inner(self) -> G {
        self.0
    }
}

impl<G> Deref for CrossSite<G> {
    type Target = G;

    fn deref(&self) -> &G {
        &self.0
    }
}

#[rocket::async_trait]
impl<'r, C: Claims, R: Rule<C>> FromRequest<'r> for CrossSite<Identity<C, R>> {
    type Error = AuthError;

    async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, AuthError> {
        match authorize(request, Origins::Any).await {
            Ok(identity) => Outcome::Success(CrossSite(identity)),
            Err(error) => Outcome::Error((error.status(), error)),
        }
    }
}

#[rocket::async_trait]
impl<'r, C: Claims> FromRequest<'r> for CrossSite<Visitor<C>> {
    type Error = AuthError;

    async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, AuthError> {
        match Visitor::from_origins(request, Origins::Any).await {
            Ok(visitor) => Outcome::Success(CrossSite(visitor)),
            Err(error) => Outcome::Error((error.status(), error)),
        }
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for CrossSite<Auth<'r>> {
    type Error = AuthError;

    async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, AuthError> {
        match Auth::from_origins(request, Origins::Any) {
            Ok(auth) => Outcome::Success(CrossSite(auth)),
            Err(error) => Outcome::Error((error.status(), error)),
        }
    }
}

impl<G: Sentinel> Sentinel for CrossSite<G> {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        G::abort(rocket)
    }
}

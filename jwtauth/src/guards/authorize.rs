//! The guard `Identity<C, R>`. It checks the identity first, and then the rule.

use rocket::outcome::Outcome;
use rocket::request::{self, FromRequest, Request};
use rocket::{Ignite, Rocket, Sentinel};

use super::identify::identify;
use super::identity::Identity;
use super::rules::Rule;
use crate::claims::Claims;
use crate::error::AuthError;
use crate::jwtauth::JwtAuth;
use crate::request::Origins;
use crate::request::state::RequestState;

/// The identity of a request, if it satisfies the rule. A cookie counts only in requests of these origins. The error is
/// stored for the challenge.
pub(super) async fn authorize<C: Claims, R: Rule<C>>(
    request: &Request<'_>,
    origins: Origins,
) -> Result<Identity<C, R>, AuthError> {
    let identity = identify(request, origins).await.inspect_err(|_| need_scope::<C, R>(request))?;
    let identity = Identity::<C>::new(identity);
    let verdict = R::check(&identity, request).await;
    verdict.inspect_err(|error| {
        RequestState::of(request).fail_rule(error.clone());
        need_scope::<C, R>(request);
    })?;
    Ok(identity.with_rule())
}

/// Stores the scope of the rule for the challenge of a protected resource.
fn need_scope<C: Claims, R: Rule<C>>(request: &Request<'_>) {
    if let Some(jwtauth) = JwtAuth::of(request).filter(|jwtauth| jwtauth.config().resource.is_some()) {
        RequestState::of(request).need_scope(request, R::scope().join(" "));
        // The sentinel of a guard before a mount does not run.
        jwtauth.declared().add(&R::declared());
    }
}

#[rocket::async_trait]
impl<'r, C: Claims, R: Rule<C>> FromRequest<'r> for Identity<C, R> {
    type Error = AuthError;

    async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, AuthError> {
        match authorize(request, Origins::Own).await {
            Ok(identity) => Outcome::Success(identity),
            Err(error) => Outcome::Error((error.status(), error)),
        }
    }
}

impl<C: Claims, R: Rule<C>> Sentinel for Identity<C, R> {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        if let Some(jwtauth) = rocket.state::<JwtAuth>() {
            jwtauth.declared().add(&R::declared());
            jwtauth.declared().add(&C::permission_names());
        }
        JwtAuth::missing(rocket)
    }
}

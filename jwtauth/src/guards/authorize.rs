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
    let identity = Identity::<C>::new(identify(request, origins).await?);
    let verdict = R::check(&identity, request).await;
    verdict.inspect_err(|error| RequestState::of(request).fail_rule(error.clone()))?;
    Ok(identity.with_rule())
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

impl<C, R> Sentinel for Identity<C, R> {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        JwtAuth::missing(rocket)
    }
}

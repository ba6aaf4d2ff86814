use std::marker::PhantomData;

use rocket::request::{self, FromRequest, Request};
use rocket::{Ignite, Rocket, Sentinel};

use super::refreshing::Refreshing;
use crate::error::RefreshError;
use crate::issue::UserIdType;
use crate::jwtauth::JwtAuth;

/// What `#[refresh_endpoint]` says of the function under it.
pub trait RefreshEndpoint: 'static {
    /// The type of the first parameter, as it is written.
    const USERID: &'static str;

    /// Whether a value of that type can be made of a user id.
    fn parses(userid: &str) -> bool;
}

/// The guard of the route of a refresh endpoint: [`Refreshing`], and a sentinel of its own for each endpoint, which
/// says at ignition what the endpoint accepts. Routes that are mounted after the fairing are asked as well.
pub struct RefreshingOf<'r, E> {
    refreshing: Refreshing<'r>,
    endpoint: PhantomData<fn() -> E>,
}

impl<'r, E> RefreshingOf<'r, E> {
    /// The guard itself.
    pub fn into_inner(self) -> Refreshing<'r> {
        self.refreshing
    }
}

#[rocket::async_trait]
impl<'r, E: RefreshEndpoint> FromRequest<'r> for RefreshingOf<'r, E> {
    type Error = RefreshError;

    async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, RefreshError> {
        let refreshing = Refreshing::from_request(request).await;
        refreshing.map(|refreshing| RefreshingOf { refreshing, endpoint: PhantomData })
    }
}

impl<E: RefreshEndpoint> Sentinel for RefreshingOf<'_, E> {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        if let Some(jwtauth) = rocket.state::<JwtAuth>() {
            jwtauth.userid_types().add(UserIdType { name: E::USERID, parses: E::parses });
        }
        JwtAuth::refresh_undecided(rocket)
    }
}

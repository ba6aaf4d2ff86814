use std::marker::PhantomData;

use rocket::request::{self, FromRequest, Request};
use rocket::{Ignite, Rocket, Sentinel};

use super::endpoint::{LoginRenewal, cannot_renew};
use super::endpoints::{Endpoints, MountedEndpoint};
use super::refreshing::Refreshing;
use crate::error::RefreshError;
use crate::issue::UserIdType;
use crate::jwtauth::JwtAuth;

/// Describes a function with the attribute `#[refresh_endpoint]`.
pub trait RefreshEndpoint: 'static {
    /// The type of the first parameter, as written in the source code.
    const USERID: &'static str;

    /// The function, with its module.
    const NAME: &'static str;

    /// Whether the attribute has `renews = true`.
    const IS_MARKED: bool;

    /// The parts of the request to its own route that the loader needs: parts of the URI, or the body.
    const NEEDS: Option<&'static str>;

    /// Whether a user id parses as that type.
    fn parses(userid: &str) -> bool;

    /// Loads the user and renews the login, for a request to another route.
    fn renew<'r>(refreshing: RefreshingOf<'r, Self>) -> LoginRenewal<'r>
    where
        Self: Sized;
}

/// The guard in the route of a refresh endpoint: [`Refreshing`] with one sentinel per endpoint. The sentinel registers
/// at ignition which user ids the endpoint accepts. This also works for routes that are mounted after the fairing.
pub struct RefreshingOf<'r, E> {
    refreshing: Refreshing<'r>,
    endpoint: PhantomData<fn() -> E>,
}

impl<'r, E> RefreshingOf<'r, E> {
    fn new(refreshing: Refreshing<'r>) -> Self {
        RefreshingOf { refreshing, endpoint: PhantomData }
    }

    /// The request.
    pub fn request(&self) -> &'r Request<'r> {
        self.refreshing.request()
    }

    /// Returns the guard.
    pub fn into_inner(self) -> Refreshing<'r> {
        self.refreshing
    }
}

#[rocket::async_trait]
impl<'r, E: RefreshEndpoint> FromRequest<'r> for RefreshingOf<'r, E> {
    type Error = RefreshError;

    async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, RefreshError> {
        let refreshing = Refreshing::from_request(request).await;
        refreshing.map(RefreshingOf::new)
    }
}

impl<E: RefreshEndpoint> Sentinel for RefreshingOf<'_, E> {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        if let Some(jwtauth) = rocket.state::<JwtAuth>() {
            jwtauth.userid_types().add(UserIdType { name: E::USERID, parses: E::parses });
        }
        if let Some(endpoints) = rocket.state::<Endpoints>() {
            endpoints.add(MountedEndpoint {
                name: E::NAME,
                is_marked: E::IS_MARKED,
                needs: E::NEEDS,
                renew: |refreshing| match E::parses(refreshing.userid()) {
                    true => E::renew(RefreshingOf::new(refreshing)),
                    false => cannot_renew(refreshing),
                },
            });
        }
        JwtAuth::refresh_undecided(rocket)
    }
}

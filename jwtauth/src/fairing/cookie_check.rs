//! Checks at launch that cookies can work in the application.
//!
//! The mounted routes and registered catchers are known only after ignition. Then Rocket calls the sentinels of all
//! routes. The sentinels of the refresh endpoints register the endpoints. The sentinel of the route in this file checks
//! the result. Rocket calls the sentinels of types within other types last. So the sentinel here is within [`Late`].

use std::marker::PhantomData;

use rocket::http::Status;
use rocket::outcome::Outcome;
use rocket::request::{self, FromRequest, Request};
use rocket::{Ignite, Rocket, Route, Sentinel, get, routes};

use crate::jwtauth::JwtAuth;
use crate::refresh::Endpoints;
use crate::responses::are_registered;

/// A route that never answers, and checks the launch.
pub(super) fn route() -> Vec<Route> {
    routes![jwtauth_cookies]
}

#[get("/.well-known/jwtauth", rank = 1000)]
fn jwtauth_cookies(_check: Late<CookieCheck>) -> Status {
    Status::NotFound
}

/// A guard that always forwards.
struct Late<T>(PhantomData<fn() -> T>);

struct CookieCheck;

#[rocket::async_trait]
impl<'r, T> FromRequest<'r> for Late<T> {
    type Error = ();

    async fn from_request(_: &'r Request<'_>) -> request::Outcome<Self, ()> {
        Outcome::Forward(Status::NotFound)
    }
}

impl Sentinel for CookieCheck {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        let problems = problems(rocket);
        for problem in &problems {
            rocket::error!("jwtauth: {problem}");
        }
        !problems.is_empty()
    }
}

fn problems(rocket: &Rocket<Ignite>) -> Vec<String> {
    let Some(config) = rocket.state::<JwtAuth>().map(JwtAuth::config) else {
        return Vec::new();
    };
    let mut problems = Vec::new();
    if config.allow_refresh == Some(true) {
        let renewing = rocket.state::<Endpoints>().map(Endpoints::renewing);
        problems.extend(renewing.and_then(Result::err));
    }
    let cookies = config.cookies.as_ref();
    let pages = cookies.map(|cookies| [("login_url", &cookies.login_url), ("confirm_url", &cookies.confirm_url)]);
    for (name, _) in pages.into_iter().flatten().filter(|(_, url)| url.is_some() && !are_registered(rocket)) {
        problems.push(format!(
            "`cookies.{name}` is set, and nothing redirects to it; add `.register(\"/\", jwtauth::catchers())`, or \
             remove the setting"
        ));
    }
    problems
}

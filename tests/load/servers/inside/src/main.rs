//! Rocket with two guards side by side, jwtauth's and one by hand, each call of which is timed: what they take in the
//! midst of all else that a loaded server does. jwtauth's settings come from the environment, the other's keys from
//! the command line.

mod stopwatch;

use std::error::Error;

use by_hand::{Claims, Keys};
use jwtauth::{Identity, JwtAuth};
use rocket::fairing::AdHoc;
use rocket::http::Status;
use rocket::outcome::Outcome;
use rocket::request::{self, FromRequest, Request};
use rocket::{get, routes};
use serde::{Deserialize, Serialize};
use stopwatch::Timed;

/// The application's claims.
#[derive(Serialize, Deserialize, jwtauth::Claims)]
struct Profile {
    nickname: String,
    role: String,
}

/// The guard by hand.
struct User(Claims);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for User {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, ()> {
        let keys = request.rocket().state::<Keys>();
        let authorization = request.headers().get_one("Authorization");
        match keys.zip(authorization).and_then(|(keys, authorization)| keys.verify(authorization)) {
            Some(claims) => Outcome::Success(User(claims)),
            None => Outcome::Error((Status::Unauthorized, ())),
        }
    }
}

/// No guard: what there is to a guard at all, and what timing takes.
struct Nothing;

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Nothing {
    type Error = ();

    async fn from_request(_: &'r Request<'_>) -> request::Outcome<Self, ()> {
        Outcome::Success(Nothing)
    }
}

#[get("/nothing")]
fn nothing(_nothing: Timed<0, Nothing>) -> String {
    "Hello, Alice".to_owned()
}

#[get("/by-hand")]
fn user(user: Timed<1, User>) -> String {
    format!("Hello, {}", user.0.0.nickname)
}

#[get("/jwtauth")]
fn identity(identity: Timed<2, Identity<Profile>>) -> String {
    format!("Hello, {}", identity.0.nickname)
}

/// What was measured since this was last asked, a line for each guard.
#[get("/times")]
fn times() -> String {
    format!("{}\n{}\n{}\n", stopwatch::take(0), stopwatch::take(1), stopwatch::take(2))
}

#[rocket::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let port = AdHoc::on_liftoff("The port", |rocket| {
        Box::pin(async move { println!("listening on {}", rocket.config().port) })
    });
    let rocket = rocket::build().attach(port).manage(Keys::from_arguments()?).attach(JwtAuth::fairing());
    rocket.mount("/", routes![nothing, user, identity, times]).launch().await?;
    Ok(())
}

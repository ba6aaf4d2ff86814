//! Rocket with a guard written by hand on `jsonwebtoken`.

use std::error::Error;

use by_hand::{Claims, Keys, Refreshed};
use rocket::fairing::AdHoc;
use rocket::http::{Header, Status};
use rocket::outcome::Outcome;
use rocket::request::{self, FromRequest, Request};
use rocket::serde::json::{Json, serde_json};
use rocket::{Responder, State, get, post, routes};

/// The guard.
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

struct Authorization<'r>(&'r str);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Authorization<'r> {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, ()> {
        match request.headers().get_one("Authorization") {
            Some(authorization) => Outcome::Success(Authorization(authorization)),
            None => Outcome::Error((Status::Forbidden, ())),
        }
    }
}

#[derive(Responder)]
struct Answer<B> {
    body: B,
    authorization: Header<'static>,
    cache_control: Header<'static>,
}

/// The fixed answer of the refresh route's twin.
#[derive(Responder)]
#[response(content_type = "json")]
struct Fixed(Answer<&'static str>);

struct Example {
    authorization: &'static str,
    body: &'static str,
}

#[get("/open")]
fn open() -> &'static str {
    "Hello, Alice"
}

#[get("/me")]
fn me(user: User) -> String {
    format!("Hello, {}", user.0.nickname)
}

#[post("/refresh")]
fn refresh(authorization: Authorization<'_>, keys: &State<Keys>) -> Result<Answer<Json<Refreshed>>, Status> {
    let refreshed = keys.refresh(authorization.0).ok_or(Status::Forbidden)?;
    let authorization = Header::new("Authorization", format!("Bearer {}", refreshed.access_token));
    Ok(Answer { body: Json(refreshed), authorization, cache_control: no_store() })
}

#[post("/fixed")]
fn fixed(example: &State<Example>) -> Fixed {
    let authorization = Header::new("Authorization", example.authorization);
    Fixed(Answer { body: example.body, authorization, cache_control: no_store() })
}

/// A route with as many guards as there are parameters.
macro_rules! guarded {
    ($($name:ident $path:literal $($guard:ident)+;)+) => {
        $(
            #[allow(clippy::too_many_arguments)]
            #[get($path)]
            fn $name($($guard: User),+) -> String {
                let users = [$($guard),+];
                format!("Hello, {}", users[0].0.nickname)
            }
        )+
    };
}

guarded! {
    guards_1 "/guards/1" a;
    guards_2 "/guards/2" a b;
    guards_3 "/guards/3" a b c;
    guards_5 "/guards/5" a b c d e;
    guards_10 "/guards/10" a b c d e f g h i j;
}

fn no_store() -> Header<'static> {
    Header::new("Cache-Control", "no-store")
}

#[rocket::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let keys = Keys::from_arguments()?;
    let refreshed = keys.example().ok_or("no token")?;
    let example = Example {
        authorization: format!("Bearer {}", refreshed.access_token).leak(),
        body: serde_json::to_string(&refreshed)?.leak(),
    };
    let port = AdHoc::on_liftoff("The port", |rocket| {
        Box::pin(async move { println!("listening on {}", rocket.config().port) })
    });
    // Rocket asks routes in their order: the first ones are those that are compared with others.
    let routes = routes![open, me, refresh, fixed, guards_1, guards_2, guards_3, guards_5, guards_10];
    rocket::build().attach(port).manage(keys).manage(example).mount("/", routes).launch().await?;
    Ok(())
}

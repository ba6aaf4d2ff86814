//! Guarded mounts.

use jwtauth::{Identity, JwtAuth, Public, guarded};
use rocket::http::{Method, Status};
use rocket::outcome::Outcome;
use rocket::request::{self, FromRequest, Request};
use rocket::{get, options, post, routes};
use serde_json::json;

use crate::launch::{Refusal, launch_this};
use crate::permissions_app::{App, Profile, block_on, permission};

type Reader = Identity<Profile, permission::ReadOrders>;

#[get("/<_>", rank = 20)]
fn lower_rank() -> &'static str {
    "lower rank"
}

#[get("/inside")]
fn inside() -> &'static str {
    "inside"
}

#[get("/number/<number>")]
fn number(number: u8) -> String {
    number.to_string()
}

#[get("/number/<_>", rank = 2)]
fn not_a_number() -> &'static str {
    "not a number"
}

#[post("/inside", format = "json", data = "<body>")]
fn body(body: &str) -> String {
    body.to_owned()
}

#[options("/inside")]
fn preflight() -> &'static str {
    "preflight"
}

/// A guard of the application that forwards.
struct Forwards;

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Forwards {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, ()> {
        let status = if request.headers().contains("X-Ok") { Status::Ok } else { Status::NotAcceptable };
        Outcome::Forward(status)
    }
}

#[test]
fn forward_of_the_guard_is_an_error() {
    block_on(async {
        let app = App::custom(json!({}), |rocket| {
            rocket.mount("/m", guarded::<Forwards>(routes![inside])).mount("/m", routes![lower_rank])
        });
        let app = app.await;
        assert_eq!(app.get("/m/inside", "").await.status, 406);
        assert_eq!(app.send(Method::Get, "/m/inside", "", &[("X-Ok", "1")]).await.status, 500);
        assert_eq!(app.get("/m/other", "").await.body, "lower rank");
    });
}

/// A guard that waits for another thread, as for a database, and forwards unless a header is there.
struct Waits;

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Waits {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, ()> {
        for _ in 0..3 {
            rocket::tokio::task::spawn_blocking(|| ()).await.expect("a thread");
        }
        match request.headers().contains("X-Ok") {
            true => Outcome::Success(Waits),
            false => Outcome::Forward(Status::NotAcceptable),
        }
    }
}

#[test]
fn guard_of_a_mount_may_wait() {
    block_on(async {
        let app = App::custom(json!({}), |rocket| rocket.mount("/m", guarded::<Waits>(routes![inside]))).await;
        assert_eq!(app.send(Method::Get, "/m/inside", "", &[("X-Ok", "1")]).await.body, "inside");
        assert_eq!(app.get("/m/inside", "").await.status, 406);
    });
}

#[test]
fn guard_refuses_before_a_route_of_lower_rank_answers() {
    block_on(async {
        let app = App::custom(json!({}), |rocket| {
            rocket.mount("/m", guarded::<Reader>(routes![inside])).mount("/m", routes![lower_rank])
        });
        let app = app.await;
        let answer = app.get("/m/inside", "").await;
        assert_eq!((answer.status, answer.header("WWW-Authenticate")), (401, Some("Bearer")));
    });
}

#[test]
fn guarded_routes_work_as_before() {
    block_on(async {
        let routes = || routes![inside, number, not_a_number, body, preflight];
        let app = App::custom(json!({}), |rocket| {
            // Twice at one base, and below another one.
            let mounted = rocket.mount("/m", guarded::<Reader>(routes())).mount("/n", guarded::<Reader>(routes()));
            mounted.mount("/m", guarded::<Public>(routes![lower_rank]))
        });
        let app = app.await;
        let token = app.token(json!({ "permissions": ["orders:read"] }));
        for base in ["/m", "/n"] {
            assert_eq!(app.get(&format!("{base}/inside"), &token).await.body, "inside");
            assert_eq!(app.get(&format!("{base}/number/7"), &token).await.body, "7");
            // The inner route forwards to the next one, which is guarded too.
            assert_eq!(app.get(&format!("{base}/number/x"), &token).await.body, "not a number");
            assert_eq!(app.get(&format!("{base}/number/x"), "").await.status, 401);
            let json = [("Content-Type", "application/json")];
            assert_eq!(app.send(Method::Post, &format!("{base}/inside"), &token, &json).await.status, 200);
            assert_eq!(app.send(Method::Post, &format!("{base}/inside"), "", &json).await.status, 401);
            assert_eq!(app.send(Method::Post, &format!("{base}/inside"), &token, &[]).await.status, 404);
        }
        assert_eq!(app.get("/m/other", "").await.body, "lower rank");
    });
}

#[test]
fn preflight_passes_to_the_inner_route() {
    block_on(async {
        let app =
            App::custom(json!({}), |rocket| rocket.mount("/m", guarded::<Reader>(routes![inside, preflight]))).await;
        let origin = ("Origin", "https://app.example");
        let method = ("Access-Control-Request-Method", "GET");
        let answer = app.send(Method::Options, "/m/inside", "", &[origin, method]).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, "preflight"));
        for headers in [&[][..], &[origin], &[method]] {
            assert_eq!(app.send(Method::Options, "/m/inside", "", headers).await.status, 401, "{headers:?}");
        }
        for other in [Method::Get, Method::Head] {
            assert_eq!(app.send(other, "/m/inside", "", &[origin, method]).await.status, 401, "{other}");
        }
        // There is no inner route.
        assert_eq!(app.send(Method::Options, "/m/number/7", "", &[origin, method]).await.status, 404);
    });
}

#[test]
fn guarded_mount_without_the_fairing_stops_the_launch() {
    let rocket = || jwtauth_tests::rocket(json!({})).mount("/m", guarded::<Reader>(routes![inside]));
    assert_eq!(launch_this(rocket).refusal(), Some(&Refusal::Sentinel));
    let attached = || rocket().attach(JwtAuth::fairing());
    assert_eq!(launch_this(attached).refusal(), None);
}

/// The routes of a mount without the one that stops the launch.
fn without_launch_check(routes: Vec<rocket::Route>) -> Vec<rocket::Route> {
    let is_check = |route: &rocket::Route| route.uri.as_str().ends_with("jwtauth-guarded");
    let (check, others): (Vec<_>, Vec<_>) = routes.into_iter().partition(is_check);
    assert_eq!(check.len(), 1);
    others
}

#[test]
fn guarded_mount_without_the_fairing_shows_nothing() {
    block_on(async {
        let routes = || without_launch_check(guarded::<Reader>(routes![inside, number]));
        let rocket = jwtauth_tests::rocket(json!({}))
            .mount("/m", routes())
            .mount("/n", [routes(), routes![lower_rank]].concat());
        let client = rocket::local::asynchronous::Client::untracked(rocket).await.expect("a launch");
        let token = crate::permissions_app::own_token(json!({ "permissions": ["orders:read"] }));
        let bearer = rocket::http::Header::new("Authorization", format!("Bearer {token}"));
        for path in ["/m/inside", "/n/inside", "/m/number/7"] {
            for request in [client.get(path), client.get(path).header(bearer.clone()), client.head(path)] {
                let answer = jwtauth_tests::answer::Answer::of(request.dispatch().await).await;
                assert_eq!(answer.status, 500, "{path}: {answer:?}");
                assert!(!answer.body.contains("inside") && answer.body != "7", "{answer:?}");
            }
        }
    });
}

//! Incorrect use is reported at launch, not at the first request.

use jwtauth::{Auth, AuthError, Identity, JwtAuth, RefreshError, Refreshing, Tokens, Visitor};
use rocket::http::Status;
use rocket::local::asynchronous::Client;
use rocket::{Route, get, post, routes};

use crate::launch::{Launch, Refusal, SECRET, block_on, in_jail, launch_this, rocket_toml};

#[get("/")]
fn identity(_identity: Identity) {}

#[get("/")]
fn maybe(_identity: Option<Identity>) {}

#[get("/")]
fn attempt(_identity: Result<Identity, AuthError>) {}

#[get("/")]
fn visitor(_visitor: Visitor) {}

#[get("/")]
fn auth(_auth: Auth<'_>) {}

#[get("/")]
fn state(_jwtauth: &JwtAuth) {}

#[post("/")]
fn refreshing(_refreshing: Refreshing<'_>) {}

#[post("/")]
async fn refresh(refreshing: Result<Refreshing<'_>, RefreshError>) -> Result<Tokens, RefreshError> {
    refreshing?.renew(()).await
}

#[get("/")]
fn error() -> AuthError {
    AuthError::MissingToken
}

fn access_routes() -> Vec<Vec<Route>> {
    vec![routes![identity], routes![maybe], routes![attempt], routes![visitor], routes![auth], routes![state]]
}

fn refresh_routes() -> Vec<Vec<Route>> {
    vec![routes![refreshing], routes![refresh]]
}

fn launch_with(settings: &str, routes: Vec<Route>, attach: bool) -> Launch {
    let mut outcome = None;
    in_jail(|jail| {
        rocket_toml(jail, &format!("[default.jwtauth]\nmaster_secret = \"{SECRET}\"\n{settings}"));
        outcome = Some(launch_this(|| {
            let rocket = rocket::build().mount("/", routes);
            if attach { rocket.attach(JwtAuth::fairing()) } else { rocket }
        }));
    });
    outcome.expect("the jail was run")
}

#[track_caller]
fn assert_says(launch: &Launch, words: &[&str]) {
    let says = |words: &&str| launch.lines.iter().any(|line| line.text.contains(*words));
    assert!(words.iter().all(says), "{words:?} are not in {:#?}", launch.lines);
}

#[test]
fn launch_stops_at_guard_without_the_fairing() {
    for routes in access_routes().into_iter().chain(refresh_routes()) {
        let name = routes[0].name.clone();
        let launch = launch_with("", routes, false);
        assert_eq!(launch.refusal(), Some(&Refusal::Sentinel), "{name:?}");
        assert_says(&launch, &[".attach(JwtAuth::fairing())"]);
    }
}

#[test]
fn launch_accepts_guards_with_the_fairing() {
    for routes in access_routes() {
        launch_with("", routes, true).config();
    }
}

#[test]
fn launch_accepts_other_routes_without_the_fairing() {
    #[get("/")]
    fn index() {}

    assert_eq!(launch_with("", routes![index], false).refusal(), None);
}

#[test]
fn launch_stops_at_responder_without_the_fairing() {
    assert_eq!(launch_with("", routes![error], false).refusal(), Some(&Refusal::Sentinel));
}

#[test]
fn launch_stops_at_refresh_route_until_allow_refresh_is_set() {
    for routes in refresh_routes() {
        let launch = launch_with("", routes, true);
        assert_eq!(launch.refusal(), Some(&Refusal::Sentinel));
        assert_says(&launch, &["`allow_refresh` is not set", "allow_refresh = true", "`false`", "[default.jwtauth]"]);
    }
}

#[test]
fn launch_accepts_refresh_route_once_allow_refresh_is_set() {
    for settings in ["allow_refresh = true", "allow_refresh = false"] {
        for routes in refresh_routes() {
            assert!(launch_with(settings, routes, true).config().allow_refresh.is_some());
        }
    }
}

#[test]
fn refresh_route_answers_403_while_refreshing_is_off() {
    in_jail(|jail| {
        rocket_toml(jail, &format!("[default.jwtauth]\nmaster_secret = \"{SECRET}\"\nallow_refresh = false"));
        let rocket = rocket::build().mount("/", routes![refresh]).attach(JwtAuth::fairing());
        block_on(async {
            let client = Client::untracked(rocket).await.expect("a launch");
            let jwtauth: &JwtAuth = client.rocket().state().expect("the fairing is attached");
            let token = jwtauth.issue("alice", ()).await.expect("a key");
            let bearer = rocket::http::Header::new("Authorization", format!("Bearer {}", token.access_token()));
            let response = client.post("/").header(bearer).dispatch().await;
            assert_eq!(response.status(), Status::Forbidden);
            let body = response.into_string().await.expect("a body");
            assert_eq!(body, r#"{"validationError": "Could not refresh your token"}"#);
        });
    });
}

#[test]
fn fairing_may_be_attached_twice() {
    in_jail(|jail| {
        rocket_toml(jail, &format!("[default.jwtauth]\nmaster_secret = \"{SECRET}\""));
        let launch = launch_this(|| {
            rocket::build().attach(JwtAuth::fairing()).mount("/", routes![identity]).attach(JwtAuth::fairing())
        });
        launch.config();
    });
}

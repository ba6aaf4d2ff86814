//! The refresh endpoint that renews cookies: which one it is, and what its loader sees.

use std::sync::Mutex;

use jwtauth::{AuthError, Identity, JwtAuth, RefreshError, Refreshing, Tokens, refresh_endpoint};
use rocket::form::Form;
use rocket::http::{Method, Status};
use rocket::outcome::Outcome;
use rocket::request::{self, FromRequest, Request};
use rocket::{Build, Rocket, Route, State, post, routes};
use serde_json::json;

use crate::browser::{Browser, set_cookies};
use crate::browser_app::{App, Mode, Profile, block_on, in_both_modes, refresh};
use crate::launch::{Launch, Refusal, launch_this};
use crate::log::logged;

#[refresh_endpoint("/refresh-for-programs")]
fn other(_user: &str) -> Option<()> {
    Some(())
}

#[refresh_endpoint("/refresh-marked", renews = true)]
fn marked(_user: &str) -> Option<Profile> {
    Some(Profile::of(77))
}

#[refresh_endpoint("/refresh-marked-too", renews = true)]
fn marked_too(_user: &str) -> Option<()> {
    Some(())
}

#[refresh_endpoint("/refresh/<_tenant>")]
fn of_path(_user: &str, _tenant: &str) -> Option<()> {
    Some(())
}

#[refresh_endpoint("/refresh?<_theme>", renews = true)]
fn of_query(_user: &str, _theme: Option<&str>) -> Option<()> {
    Some(())
}

#[refresh_endpoint("/refresh", data = "<_form>")]
fn of_body(_user: &str, _form: Form<String>) -> Option<()> {
    Some(())
}

#[post("/refresh-by-hand")]
async fn by_hand(refreshing: Result<Refreshing<'_>, RefreshError>) -> Result<Tokens, RefreshError> {
    refreshing?.renew(()).await
}

fn launch_with(settings: serde_json::Value, change: impl FnOnce(Rocket<Build>) -> Rocket<Build>) -> Launch {
    launch_this(|| change(jwtauth_tests::rocket(settings)))
}

fn launch(routes: Vec<Route>) -> Launch {
    let settings = json!({ "allow_refresh": true, "cookies": {} });
    launch_with(settings, |rocket| rocket.attach(JwtAuth::fairing()).mount("/", routes))
}

#[track_caller]
fn assert_refused(launch: &Launch, words: &[&str]) {
    assert_eq!(launch.refusal(), Some(&Refusal::Sentinel), "{:#?}", launch.lines);
    let says = |words: &&str| launch.lines.iter().any(|line| line.text.contains(*words));
    assert!(words.iter().all(says), "{words:?} are not in {:#?}", launch.lines);
}

#[test]
fn launch_stops_without_one_endpoint_that_renews() {
    assert_refused(&launch(vec![]), &["none is mounted", "#[refresh_endpoint(\"/refresh\")]"]);
    assert_refused(&launch(routes![by_hand]), &["none is mounted"]);
    let several = launch(routes![refresh, other]);
    assert_refused(
        &several,
        &["endpoints::other`", "browser_app::routes::refresh`", "none of them is marked", "`renews = true`"],
    );
    assert_refused(&launch(routes![marked, other, marked_too]), &["more than one of them is marked"]);
    assert_refused(&launch(routes![of_path]), &["endpoints::of_path`", "its loader needs parts of the URI"]);
    assert_refused(&launch(routes![of_query, other]), &["endpoints::of_query`", "parts of the URI"]);
    assert_refused(&launch(routes![of_body]), &["endpoints::of_body`", "its loader needs the body"]);
}

#[test]
fn launch_accepts_one_endpoint_that_renews() {
    launch(routes![other]).config();
    launch(routes![marked, other, of_path, of_body, by_hand]).config();
    // It does not matter where the endpoint is mounted, how often, and in which order with the fairing.
    let settings = || json!({ "allow_refresh": true, "cookies": {} });
    let twice = |rocket: Rocket<Build>| {
        rocket.mount("/api", routes![other]).attach(JwtAuth::fairing()).mount("/", routes![other])
    };
    launch_with(settings(), twice).config();
    // Nothing is renewed.
    let off = json!({ "allow_refresh": false, "cookies": {} });
    launch_with(off, |rocket| rocket.attach(JwtAuth::fairing())).config();
    // Without cookies, there may be several.
    let no_cookies = json!({ "allow_refresh": true });
    launch_with(no_cookies, |rocket| rocket.attach(JwtAuth::fairing()).mount("/", routes![of_path, other])).config();
}

#[test]
fn launch_stops_at_login_url_without_the_catchers() {
    let settings = || json!({ "allow_refresh": false, "cookies": { "login_url": "/login" } });
    let launch = launch_with(settings(), |rocket| rocket.attach(JwtAuth::fairing()));
    assert_refused(&launch, &["`cookies.login_url`", ".register(\"/\", jwtauth::catchers())"]);
    let registered = |rocket: Rocket<Build>| rocket.attach(JwtAuth::fairing()).register("/", jwtauth::catchers());
    launch_with(settings(), registered).config();
    // Both faults at once.
    let settings = json!({ "allow_refresh": true, "cookies": { "login_url": "/login" } });
    let launch = launch_with(settings, |rocket| rocket.attach(JwtAuth::fairing()));
    assert_refused(&launch, &["`cookies.login_url`", "none is mounted"]);
}

#[test]
fn marked_endpoint_renews() {
    in_both_modes(async |mode| {
        let endpoints = routes![refresh, marked, other];
        let app = App::with_endpoints(mode, json!({ "cookies": {} }), endpoints).await;
        let browser = Browser::default();
        browser.post(&app, "/login/alice").await;
        app.wait(30 * 60);
        assert_eq!(browser.get(&app, "/me").await.body, "alice 77");
        assert_eq!(browser.post(&app, "/refresh").await.status, 200);
        assert_eq!(browser.get(&app, "/me").await.body, "alice 1");
    });
}

/// What the loader saw.
#[derive(Default)]
struct Seen(Mutex<Vec<String>>);

/// A guard of a loader. The header `X-Guard` makes it fail or forward.
struct Picky<'r>(&'r str);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Picky<'r> {
    type Error = &'static str;

    async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, &'static str> {
        match request.headers().get_one("X-Guard") {
            Some("forwards") => Outcome::Forward(Status::NotFound),
            Some("fails") => Outcome::Error((Status::BadGateway, "private-error")),
            Some("refuses") => Outcome::Error((Status::Unauthorized, "private-error")),
            _ => Outcome::Success(Picky(request.uri().path().as_str())),
        }
    }
}

#[refresh_endpoint("/refresh")]
async fn picky(_user: &str, guard: Picky<'_>, seen: &State<Seen>) -> Result<Option<Profile>, Status> {
    seen.0.lock().expect("a list").push(guard.0.to_owned());
    Ok(Some(Profile::of(5)))
}

#[test]
fn guards_of_the_loader_see_the_request_of_the_page() {
    in_both_modes(async |mode| {
        let change = |rocket: Rocket<Build>| rocket.manage(Seen::default()).mount("/", routes![picky]);
        let app = App::changed(mode, json!({ "cookies": {} }), |fairing| fairing, change).await;
        let browser = Browser::default();
        browser.post(&app, "/login/alice").await;
        app.wait(30 * 60);
        assert_eq!(browser.get(&app, "/me").await.body, "alice 5");
        assert_eq!(browser.post(&app, "/refresh").await.status, 200);
        let seen: &Seen = app.client.rocket().state().expect("it is managed");
        assert_eq!(*seen.0.lock().expect("a list"), ["/me", "/refresh"]);
    });
}

#[test]
fn guard_of_the_loader_that_fails_or_forwards_answers_503_and_is_logged() {
    for mode in [Mode::Stateless, Mode::Sessions] {
        for (how, status) in [("forwards", "404"), ("fails", "502"), ("refuses", "401")] {
            let ((), lines) = logged(|| {
                block_on(async {
                    let change = |rocket: Rocket<Build>| rocket.manage(Seen::default()).mount("/", routes![picky]);
                    let app = App::changed(mode, json!({ "cookies": {} }), |fairing| fairing, change).await;
                    let browser = Browser::default();
                    browser.post(&app, "/login/alice").await;
                    app.wait(30 * 60);
                    for path in ["/me", "/visitor"] {
                        let answer = browser.send(&app, Method::Get, path, &[("X-Guard", how)], "").await;
                        answer.assert_unavailable();
                        assert_eq!(answer.headers("Set-Cookie"), [""; 0]);
                    }
                    app.wait(24 * 60 * 60);
                    assert_eq!(browser.get(&app, "/me").await.body, "alice 5", "nothing is spent");
                });
            });
            let line = lines.iter().find(|line| line.text.contains("a guard of the refresh endpoint's loader"));
            let line = line.unwrap_or_else(|| panic!("{how}: {lines:#?}"));
            assert!(line.text.contains("Picky") && line.text.contains(status), "{line:?}");
            assert!(!line.text.contains("private-error"), "{line:?}");
        }
    }
}

#[refresh_endpoint("/refresh")]
async fn recursive(_user: &str, _identity: Identity) -> Option<Profile> {
    Some(Profile::of(1))
}

#[refresh_endpoint("/refresh")]
async fn curious(_user: &str, identity: Result<Identity, AuthError>, seen: &State<Seen>) -> Option<Profile> {
    let seen_error = identity.err().map_or("none".to_owned(), |error| error.reason().to_owned());
    seen.0.lock().expect("a list").push(seen_error);
    Some(Profile::of(6))
}

#[test]
fn loader_that_asks_for_an_identity_gets_the_recursion_error() {
    in_both_modes(async |mode| {
        let app = App::with_endpoints(mode, json!({ "cookies": {} }), routes![recursive]).await;
        let browser = Browser::default();
        browser.post(&app, "/login/alice").await;
        app.wait(30 * 60);
        for path in ["/me", "/visitor", "/twice"] {
            let answer = browser.get(&app, path).await;
            answer.assert_unavailable();
            assert_eq!(set_cookies(&answer).len(), 0);
        }
        assert_eq!(browser.post(&app, "/refresh").await.status, 500);

        let change = |rocket: Rocket<Build>| rocket.manage(Seen::default()).mount("/", routes![curious]);
        let app = App::changed(mode, json!({ "cookies": {} }), |fairing| fairing, change).await;
        let browser = Browser::default();
        browser.post(&app, "/login/alice").await;
        app.wait(30 * 60);
        assert_eq!(browser.get(&app, "/me").await.body, "alice 6");
        app.wait(30 * 60);
        assert_eq!(browser.post(&app, "/refresh").await.status, 200);
        let seen: &Seen = app.client.rocket().state().expect("it is managed");
        assert_eq!(*seen.0.lock().expect("a list"), ["loader_recursion", "loader_recursion"]);
    });
}

#[refresh_endpoint("/refresh")]
fn numbers(user: u32) -> Option<Profile> {
    Some(Profile::of(user))
}

#[test]
fn user_id_that_the_endpoint_does_not_accept_ends_the_cookies() {
    in_both_modes(async |mode| {
        let texts = App::new(mode).await;
        let browser = Browser::default();
        browser.post(&texts, "/login/alice").await;
        let parts = crate::browser_app::Parts {
            clock: texts.clock.clone(),
            store: texts.store.clone(),
            events: texts.events.clone(),
            users: texts.users.clone(),
        };
        let rocket = parts.rocket(mode, json!({ "cookies": {} }), |fairing| fairing).mount("/", routes![numbers]);
        let app = App::of(parts, rocket).await;
        app.wait(30 * 60);
        let answer = browser.get(&app, "/me").await;
        assert_eq!(answer.status, 401, "{answer:?}");
        crate::renewal_fails::assert_cleared(&answer);
        assert_eq!(browser.post(&app, "/login/42").await.status, 200);
        app.wait(30 * 60);
        assert_eq!(browser.get(&app, "/me").await.body, "42 42");
    });
}

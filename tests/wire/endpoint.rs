//! `#[refresh_endpoint]`: the token is verified before the loader runs.

use std::sync::atomic::{AtomicUsize, Ordering};

use jwtauth::{Claims, Identity, refresh_endpoint};
use jwtauth_tests::NOW;
use rocket::http::{ContentType, Status};
use rocket::outcome::Outcome;
use rocket::request::{self, FromRequest, Request};
use rocket::response::status::Custom;
use rocket::{Route, get, routes};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::log::logged;
use crate::wire_app::{App, EXPIRED, REFUSED, token};

#[derive(Serialize, Deserialize, Claims)]
struct Profile {
    nickname: String,
}

impl Profile {
    fn of(nickname: impl ToString) -> Self {
        Profile { nickname: nickname.to_string() }
    }
}

/// The number of runs of the loader's guard, and of the loader.
#[derive(Default)]
struct Counts {
    guard: AtomicUsize,
    loader: AtomicUsize,
}

impl Counts {
    fn taken(&self) -> (usize, usize) {
        (self.guard.swap(0, Ordering::SeqCst), self.loader.swap(0, Ordering::SeqCst))
    }
}

struct Counted<'r>(&'r Counts);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Counted<'r> {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, ()> {
        let counts = request.rocket().state::<Counts>().expect("the counts are managed");
        counts.guard.fetch_add(1, Ordering::SeqCst);
        match request.headers().get_one("X-Guard").and_then(|code| code.parse().ok()) {
            Some(code) => Outcome::Error((Status::new(code), ())),
            None => Outcome::Success(Counted(counts)),
        }
    }
}

#[refresh_endpoint("/text")]
async fn text(userid: &str, counted: Counted<'_>) -> Option<Profile> {
    counted.0.loader.fetch_add(1, Ordering::SeqCst);
    (userid != "gone").then(|| Profile::of(userid.to_uppercase()))
}

#[refresh_endpoint("/number")]
async fn number(userid: i64, counted: Counted<'_>) -> Option<Profile> {
    counted.0.loader.fetch_add(1, Ordering::SeqCst);
    Some(Profile::of(userid + 1))
}

#[refresh_endpoint("/fails")]
async fn fails(userid: &str, counted: Counted<'_>) -> Result<Option<Profile>, Custom<(ContentType, String)>> {
    counted.0.loader.fetch_add(1, Ordering::SeqCst);
    match userid.parse() {
        Ok(code) => Err(Custom(Status::new(code), (ContentType::Plain, format!("{code} of the loader")))),
        Err(_) => Ok(None),
    }
}

#[get("/me")]
fn me(identity: Identity<Profile>) -> String {
    identity.nickname.clone()
}

fn app(mut settings: Value) -> App {
    if settings.get("allow_refresh").is_none() {
        settings["allow_refresh"] = true.into();
    }
    let routes: Vec<Route> = routes![text, number, fails, me];
    App::with(settings, |rocket, fairing| rocket.attach(fairing).manage(Counts::default()).mount("/", routes))
}

fn as_user(userid: &str) -> String {
    token(json!({ "sub": userid }))
}

#[test]
fn refresh_endpoint_puts_claims_of_loader_into_new_token() {
    let app = app(json!({}));
    app.clock.set(NOW + 60);
    let answer = app.post_with("/text", &token(json!({ "nickname": "old", "other": 1 })));
    assert_eq!(answer.header("Cache-Control"), Some("no-store"));
    assert_eq!(answer.header("Authorization"), Some(format!("Bearer {}", answer.token()).as_str()));
    assert_eq!(
        answer.claims(),
        json!({
            "sub": "alice", "exp": NOW + 1860, "iat": NOW + 60, "auth_time": NOW, "refresh_until": NOW + 604_860,
            "nickname": "ALICE",
        })
    );
    assert_eq!(app.get_with("/me", &answer.token()).body, "ALICE");
    assert_eq!(app.state::<Counts>().taken(), (1, 1));
}

#[test]
fn refresh_endpoint_runs_no_application_code_for_bad_token() {
    let app = app(json!({}));
    for path in ["/text", "/number", "/fails"] {
        app.post(path).assert_not_refreshed(REFUSED);
        app.post_with(path, "nonsense").assert_not_refreshed(REFUSED);
        app.post_with(path, &token(json!({ "refresh_until": NOW - 1 }))).assert_not_refreshed(EXPIRED);
        app.post_with(path, &token(json!({ "refresh_until": null }))).assert_not_refreshed(REFUSED);
        app.post_with(path, &token(json!({ "sub": null }))).assert_not_refreshed(REFUSED);
    }
    assert_eq!(app.state::<Counts>().taken(), (0, 0));
}

#[test]
fn refresh_endpoint_runs_no_application_code_while_off() {
    let app = app(json!({ "allow_refresh": false }));
    app.post_with("/text", &token(json!({}))).assert_not_refreshed(REFUSED);
    assert_eq!(app.state::<Counts>().taken(), (0, 0));
}

#[test]
fn refresh_endpoint_refuses_unparsable_user_id_before_guards() {
    let app = app(json!({}));
    for userid in ["alice", "", "1.5", "9223372036854775808", "1 ", "0x1"] {
        app.post_with("/number", &as_user(userid)).assert_not_refreshed(REFUSED);
    }
    assert_eq!(app.state::<Counts>().taken(), (0, 0));
    assert_eq!(app.post_with("/number", &as_user("41")).claims()["nickname"], "42");
    assert_eq!(app.post_with("/number", &as_user("-1")).claims()["nickname"], "0");
    assert_eq!(app.state::<Counts>().taken(), (2, 2));
}

#[test]
fn refresh_endpoint_refuses_user_who_is_gone() {
    let app = app(json!({}));
    app.post_with("/text", &as_user("gone")).assert_not_refreshed(REFUSED);
    app.post_with("/fails", &as_user("gone")).assert_not_refreshed(REFUSED);
    assert_eq!(app.state::<Counts>().taken(), (2, 2));
}

#[test]
fn refresh_endpoint_answers_with_the_error_of_the_loader() {
    let app = app(json!({}));
    for code in [418, 500, 503, 401, 403] {
        let answer = app.post_with("/fails", &as_user(&code.to_string()));
        assert_eq!((answer.status, answer.body), (code, format!("{code} of the loader")));
    }
}

#[test]
fn refresh_endpoint_answers_failed_guard_as_any_route() {
    let app = app(json!({}));
    let bearer = format!("Bearer {}", token(json!({})));
    for code in ["403", "404", "418", "500"] {
        let headers = [("Authorization", bearer.as_str()), ("X-Guard", code)];
        let answer = app.send(rocket::http::Method::Post, "/text", &headers, "");
        assert_eq!(answer.status.to_string(), code);
    }
    let headers = [("Authorization", bearer.as_str()), ("X-Guard", "503")];
    app.send(rocket::http::Method::Post, "/text", &headers, "").assert_unavailable();
    assert_eq!(app.state::<Counts>().taken(), (5, 0));
}

#[test]
fn log_calls_refresh_endpoint_by_its_name() {
    let app = app(json!({}));
    let (_, lines) = logged(|| app.post("/text"));
    assert!(lines.iter().any(|line| line.text.contains("text")), "{lines:#?}");
    assert!(lines.iter().all(|line| !line.text.contains("__jwtauth")), "{lines:#?}");
}

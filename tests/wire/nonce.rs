//! The refresh nonce handler: after a change of the nonce, earlier tokens can't be refreshed.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use jwtauth::__private::{Nonce, NonceFuture};
use jwtauth::{
    Auth, AuthError, Identity, JwtAuth, RefreshError, RefreshNonceHandler, Refreshing, Tokens, refresh_nonce_handler,
};
use rocket::http::Status;
use rocket::outcome::Outcome;
use rocket::request::{self, FromRequest, Request};
use rocket::{State, post, routes};
use serde_json::{Value, json};

use crate::log::logged;
use crate::wire_app::{App, EXPIRED, REFUSED, token};

/// The users of the application and their nonces.
#[derive(Default)]
struct Users {
    nonces: Mutex<HashMap<String, String>>,
    away: AtomicBool,
    locked: AtomicBool,
    asked: AtomicUsize,
}

impl Users {
    fn set(&self, user: &str, nonce: Option<&str>) {
        let mut nonces = self.nonces.lock().unwrap_or_else(PoisonError::into_inner);
        match nonce {
            Some(nonce) => drop(nonces.insert(user.to_owned(), nonce.to_owned())),
            None => drop(nonces.remove(user)),
        }
    }

    fn find(&self, user: &str) -> Result<Option<String>, &'static str> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        if self.away.load(Ordering::SeqCst) {
            return Err("the database is away");
        }
        Ok(self.nonces.lock().unwrap_or_else(PoisonError::into_inner).get(user).cloned())
    }
}

/// A guard like that of a connection pool: 503 if there is no connection, 403 if the user has no access.
struct Connection<'r>(&'r Users);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Connection<'r> {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, ()> {
        let users = request.rocket().state::<Users>().expect("the users are managed");
        if users.away.load(Ordering::SeqCst) {
            Outcome::Error((Status::ServiceUnavailable, ()))
        } else if users.locked.load(Ordering::SeqCst) {
            Outcome::Error((Status::Forbidden, ()))
        } else {
            Outcome::Success(Connection(users))
        }
    }
}

fn by_hand() -> jwtauth::RefreshNonceHandler {
    fn handler<'r>(request: &'r Request<'_>, userid: &'r str) -> NonceFuture<'r> {
        Box::pin(async move {
            match request.rocket().state::<Users>().expect("the users are managed").find(userid) {
                Ok(Some(nonce)) => Nonce::Is(nonce),
                Ok(None) => Nonce::NoSuchUser,
                Err(error) => Nonce::Unavailable(error.into()),
            }
        })
    }
    jwtauth::__private::nonce_handler(handler)
}

#[refresh_nonce_handler]
async fn fallible(userid: &str, users: &State<Users>) -> Result<Option<String>, &'static str> {
    users.find(userid)
}

#[refresh_nonce_handler]
async fn guarded(userid: String, connection: Connection<'_>) -> Option<String> {
    connection.0.find(&userid).ok()?
}

#[refresh_nonce_handler]
fn in_step(userid: &str, users: &State<Users>) -> Option<String> {
    users.find(userid).ok()?
}

#[refresh_nonce_handler]
async fn numbered(userid: u32, users: &State<Users>) -> Option<String> {
    users.find(&userid.to_string()).ok()?
}

type Named = (&'static str, fn() -> RefreshNonceHandler);

const HANDLERS: [Named; 4] = [("by hand", by_hand), ("fallible", fallible), ("guarded", guarded), ("in step", in_step)];

#[post("/login/<userid>")]
async fn login(userid: &str, auth: Auth<'_>) -> Result<Tokens, AuthError> {
    auth.remember(userid, ()).await
}

#[post("/question/<userid>")]
async fn question(userid: &str, auth: Auth<'_>) -> Result<Tokens, Status> {
    Ok(auth.remember(userid, ()).await?)
}

#[post("/again/<userid>")]
async fn again(userid: &str, _before: Option<Identity>, auth: Auth<'_>) -> Result<Tokens, AuthError> {
    auth.remember(userid, ()).await
}

#[post("/refresh")]
async fn refresh(refreshing: Result<Refreshing<'_>, RefreshError>) -> Result<Tokens, RefreshError> {
    refreshing?.renew(()).await
}

#[post("/twice")]
async fn twice(_first: Refreshing<'_>, second: Refreshing<'_>) -> Result<Tokens, RefreshError> {
    second.renew(()).await
}

#[post("/issue-with/<nonce>")]
async fn issue_with(nonce: &str, jwtauth: &JwtAuth) -> Result<Tokens, AuthError> {
    jwtauth.issue_with_nonce("alice", (), nonce).await
}

#[post("/issue")]
async fn issue(jwtauth: &JwtAuth) -> Result<Tokens, AuthError> {
    jwtauth.issue("alice", ()).await
}

fn app(handler: fn() -> RefreshNonceHandler, settings: Value) -> App {
    App::with(settings, |rocket, fairing| {
        let users = Users::default();
        users.set("alice", Some("first"));
        users.set("7", Some("seven"));
        rocket
            .attach(fairing.refresh_nonce_handler(handler))
            .manage(users)
            .mount("/", routes![login, question, again, refresh, twice, issue, issue_with])
    })
}

fn on() -> Value {
    json!({ "allow_refresh": true })
}

#[test]
fn refresh_carries_the_nonce_over() {
    for (name, handler) in HANDLERS {
        let app = app(handler, on());
        let token = app.post("/login/alice").token();
        assert_eq!(jwtauth_tests::payload(&token)["nonce"], "first", "{name}");
        assert_eq!(app.post_with("/refresh", &token).claims()["nonce"], "first", "{name}");
    }
}

#[test]
fn refresh_refuses_tokens_of_an_earlier_nonce() {
    for (name, handler) in HANDLERS {
        let app = app(handler, on());
        let token = app.post("/login/alice").token();
        app.state::<Users>().set("alice", Some("second"));
        app.post_with("/refresh", &token).assert_not_refreshed(REFUSED);
        let token = app.post("/login/alice").token();
        assert_eq!(app.post_with("/refresh", &token).claims()["nonce"], "second", "{name}");
    }
}

#[test]
fn refresh_refuses_wrong_nonce() {
    let app = app(fallible, on());
    assert_eq!(app.post_with("/refresh", &token(json!({ "nonce": "first" }))).status, 200);
    for nonce in [json!("firsT"), json!("first "), json!("firs"), json!(""), json!(null), json!(1), json!(["first"])] {
        app.post_with("/refresh", &token(json!({ "nonce": nonce }))).assert_not_refreshed(REFUSED);
    }
}

#[test]
fn nonce_may_be_any_text() {
    let app = app(fallible, on());
    for nonce in ["", "\"", "\\", "ü\u{1F600}\n", &"x".repeat(1000)] {
        app.state::<Users>().set("alice", Some(nonce));
        let token = app.post("/login/alice").token();
        assert_eq!(app.post_with("/refresh", &token).claims()["nonce"], nonce);
    }
}

#[test]
fn refresh_and_login_refuse_user_who_is_gone() {
    for (name, handler) in HANDLERS {
        let app = app(handler, on());
        let token = app.post("/login/alice").token();
        app.state::<Users>().set("alice", None);
        app.post_with("/refresh", &token).assert_not_refreshed(REFUSED);
        for path in ["/login/alice", "/question/alice"] {
            assert_eq!(app.post(path).status, 401, "{name}");
        }
    }
}

#[test]
fn refresh_and_login_answer_503_while_database_is_away() {
    for (name, handler) in
        [("by hand", by_hand as fn() -> RefreshNonceHandler), ("fallible", fallible), ("guarded", guarded)]
    {
        let app = app(handler, on());
        let token = app.post("/login/alice").token();
        app.state::<Users>().away.store(true, Ordering::SeqCst);
        for path in ["/login/alice", "/question/alice"] {
            app.post(path).assert_unavailable();
        }
        let (answer, lines) = logged(|| app.post_with("/refresh", &token));
        answer.assert_unavailable();
        assert!(lines.iter().any(|line| line.text.contains("the refresh nonce handler failed")), "{name}: {lines:#?}");
        app.state::<Users>().away.store(false, Ordering::SeqCst);
        assert_eq!(app.post_with("/refresh", &token).status, 200);
    }
}

#[test]
fn login_answers_503_despite_a_swallowed_error() {
    let app = app(fallible, on());
    app.state::<Users>().away.store(true, Ordering::SeqCst);
    app.post("/again/alice").assert_unavailable();
    app.post_with("/again/alice", "nonsense").assert_unavailable();
}

#[test]
fn refresh_refuses_if_guard_of_nonce_handler_refuses() {
    let app = app(guarded, on());
    let token = app.post("/login/alice").token();
    app.state::<Users>().locked.store(true, Ordering::SeqCst);
    app.post_with("/refresh", &token).assert_not_refreshed(REFUSED);
}

#[test]
fn nonce_handler_refuses_user_id_that_it_cannot_parse() {
    let app = app(numbered, on());
    let token = app.post("/login/7").token();
    assert_eq!(app.post_with("/refresh", &token).status, 200);
    assert_eq!(app.post("/login/alice").status, 401);
    app.post_with("/refresh", &self::token(json!({ "nonce": "first" }))).assert_not_refreshed(REFUSED);
    assert_eq!(app.state::<Users>().asked.load(Ordering::SeqCst), 2);
}

#[test]
fn nonce_handler_runs_once_and_only_for_acceptable_tokens() {
    let app = app(fallible, on());
    let asked = || app.state::<Users>().asked.swap(0, Ordering::SeqCst);
    let token = app.post("/login/alice").token();
    assert_eq!(asked(), 1);
    assert_eq!(app.post_with("/twice", &token).status, 200);
    assert_eq!(asked(), 1);
    for bad in ["nonsense".to_owned(), self::token(json!({})), self::token(json!({ "sub": null, "nonce": "first" }))] {
        app.post_with("/refresh", &bad).assert_not_refreshed(REFUSED);
    }
    app.post("/refresh").assert_not_refreshed(REFUSED);
    assert_eq!(asked(), 0);
}

#[test]
fn refresh_checks_nonce_before_refresh_until() {
    let app = app(fallible, on());
    let with = |nonce: &str| app.post_with("/refresh", &token(json!({ "nonce": nonce, "refresh_until": NOW_PAST })));
    with("first").assert_not_refreshed(EXPIRED);
    with("other").assert_not_refreshed(REFUSED);
}

const NOW_PAST: u64 = jwtauth_tests::NOW - 1;

#[test]
fn nonce_handler_does_not_run_while_refreshing_is_off() {
    let app = app(fallible, json!({ "allow_refresh": false }));
    let answer = app.post("/login/nobody");
    assert_eq!(answer.claims().get("nonce"), None);
    app.post_with("/refresh", &token(json!({ "nonce": "first" }))).assert_not_refreshed(REFUSED);
    assert_eq!(app.state::<Users>().asked.load(Ordering::SeqCst), 0);
    assert_eq!(app.post("/issue").status, 200);
}

#[test]
fn issue_refuses_without_request_if_nonces_are_in_use() {
    let app = app(fallible, on());
    let (answer, lines) = logged(|| app.post("/issue"));
    assert_eq!(answer.status, 500);
    assert!(lines.iter().any(|line| line.text.contains("refresh nonce handler")), "the log must say why: {lines:#?}");
}

#[test]
fn log_contains_no_nonce() {
    let app = app(fallible, on());
    app.state::<Users>().set("alice", Some("the-nonce-of-alice"));
    let ((), lines) = logged(|| {
        let token = app.post("/login/alice").token();
        app.post_with("/refresh", &token);
        app.state::<Users>().set("alice", Some("another-nonce"));
        app.post_with("/refresh", &token);
    });
    for line in lines {
        assert!(!line.text.contains("the-nonce-of-alice") && !line.text.contains("another-nonce"), "{}", line.text);
    }
}

#[test]
fn issue_with_nonce_is_refreshed_while_the_nonce_is_the_user_s() {
    let app = app(by_hand, json!({ "allow_refresh": true }));
    assert_eq!(app.post("/issue").status, 500);
    let issued = app.post("/issue-with/first");
    assert_eq!(issued.claims()["nonce"], "first");
    app.post_with("/refresh", &issued.token()).token();
    let other = app.post("/issue-with/other").token();
    assert_eq!(app.post_with("/refresh", &other).status, 403);
}

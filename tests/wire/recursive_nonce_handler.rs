//! A refresh nonce handler that itself checks whether the token can be refreshed.

use jwtauth::__private::{Nonce, NonceFuture};
use jwtauth::{
    Auth, AuthError, RefreshError, RefreshNonceHandler, Refreshing, Tokens, refresh_endpoint, refresh_nonce_handler,
    verify_refresh_request,
};
use rocket::outcome::Outcome;
use rocket::request::{self, FromRequest, Request};
use rocket::{get, post, routes};
use serde_json::json;

use crate::log::logged;
use crate::wire_app::{App, token};

#[refresh_endpoint("/refresh")]
async fn refresh(_userid: &str) -> Option<()> {
    Some(())
}

#[post("/by-hand")]
async fn by_hand(refreshing: Result<Refreshing<'_>, RefreshError>) -> Result<Tokens, RefreshError> {
    refreshing?.renew(()).await
}

#[post("/bare")]
async fn bare(refreshing: Refreshing<'_>) -> Result<Tokens, RefreshError> {
    refreshing.renew(()).await
}

#[post("/login")]
async fn login(auth: Auth<'_>) -> Result<Tokens, AuthError> {
    auth.remember("alice", ()).await
}

#[get("/elsewhere")]
fn elsewhere() -> &'static str {
    "elsewhere"
}

/// A guard of the application that does the same check.
struct Asking;

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Asking {
    type Error = RefreshError;

    async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, RefreshError> {
        match verify_refresh_request(request).await {
            Ok(_) => Outcome::Success(Asking),
            Err(error) => Outcome::Error((error.status(), error)),
        }
    }
}

#[refresh_nonce_handler]
async fn guarded(userid: &str, _refreshing: Refreshing<'_>) -> Option<String> {
    Some(userid.to_owned())
}

#[refresh_nonce_handler]
async fn indirect(userid: &str, _asking: Asking) -> Option<String> {
    Some(userid.to_owned())
}

#[refresh_nonce_handler]
async fn fallible(
    userid: &str,
    refreshing: Result<Refreshing<'_>, RefreshError>,
) -> Result<Option<String>, RefreshError> {
    refreshing?;
    Ok(Some(userid.to_owned()))
}

/// Ignores the result.
#[refresh_nonce_handler]
async fn careless(userid: &str, refreshing: Option<Refreshing<'_>>) -> Option<String> {
    assert!(refreshing.is_none());
    Some(userid.to_owned())
}

/// Checks more than once, and ignores the results.
#[refresh_nonce_handler]
async fn persistent(
    userid: &str,
    first: Option<Refreshing<'_>>,
    second: Option<Refreshing<'_>>,
    third: Option<Refreshing<'_>>,
) -> Option<String> {
    assert!(first.is_none() && second.is_none() && third.is_none());
    Some(userid.to_owned())
}

fn unguarded() -> jwtauth::RefreshNonceHandler {
    fn handler<'r>(request: &'r Request<'_>, _: &'r str) -> NonceFuture<'r> {
        Box::pin(async move {
            match verify_refresh_request(request).await {
                Ok(refreshing) => Nonce::Is(refreshing.userid().to_owned()),
                Err(error) => Nonce::Unavailable(error.to_string()),
            }
        })
    }
    jwtauth::__private::nonce_handler(handler)
}

fn app(handler: fn() -> RefreshNonceHandler) -> App {
    App::with(json!({ "allow_refresh": true }), |rocket, fairing| {
        rocket
            .attach(fairing.refresh_nonce_handler(handler))
            .mount("/", routes![refresh, by_hand, bare, login, elsewhere])
    })
}

type Named = (&'static str, fn() -> RefreshNonceHandler);

const HANDLERS: [Named; 4] =
    [("guarded", guarded), ("indirect", indirect), ("fallible", fallible), ("unguarded", unguarded)];

#[test]
fn recursive_nonce_handler_causes_500() {
    let token = token(json!({ "nonce": "alice" }));
    for (name, handler) in HANDLERS {
        let app = app(handler);
        for path in ["/refresh", "/by-hand", "/bare"] {
            let (answer, lines) = logged(|| app.post_with(path, &token));
            assert_eq!(answer.status, 500, "{name} {path}: {lines:#?}");
            assert_eq!(answer.header("Authorization"), None);
            assert!(lines.iter().all(|line| !line.text.contains(&token)), "{lines:#?}");
        }
    }
}

#[test]
fn recursive_nonce_handler_ends_and_refreshes_nothing() {
    let token = token(json!({ "nonce": "alice" }));
    for (name, handler) in HANDLERS {
        let app = app(handler);
        for path in ["/refresh", "/by-hand", "/bare", "/login"] {
            for _ in 0..2 {
                let answer = app.post_with(path, &token);
                assert!(answer.status >= 500, "{name} {path}: {answer:?}");
                assert_eq!(answer.header("Authorization"), None);
            }
        }
        assert_eq!(app.get_with("/elsewhere", &token).body, "elsewhere", "{name}");
    }
}

#[test]
fn log_reports_recursive_nonce_handler() {
    let token = token(json!({ "nonce": "alice" }));
    for (name, handler) in [("fallible", fallible as fn() -> RefreshNonceHandler), ("unguarded", unguarded)] {
        let (_, lines) = logged(|| app(handler).post_with("/refresh", &token));
        let words = "the refresh nonce handler asks for `Refreshing` itself";
        assert!(lines.iter().any(|line| line.text.contains(words)), "{name}: {lines:#?}");
    }
}

#[test]
fn nonce_handler_may_ignore_a_recursive_error() {
    let app = app(careless);
    let token = token(json!({ "nonce": "alice" }));
    for path in ["/refresh", "/by-hand", "/bare"] {
        assert_eq!(app.post_with(path, &token).status, 200, "{path}");
    }
    assert_eq!(app.post("/login").claims()["nonce"], "alice");
}

#[test]
fn refreshing_refuses_each_of_several_recursive_calls() {
    let app = app(persistent);
    let token = token(json!({ "nonce": "alice" }));
    for path in ["/refresh", "/by-hand", "/bare"] {
        for _ in 0..2 {
            assert_eq!(app.post_with(path, &token).status, 200, "{path}");
        }
    }
    assert_eq!(app.post("/login").claims()["nonce"], "alice");
}

//! A login that fails with a bare status: the application's catchers still get the reason.

use std::collections::BTreeMap;

use jwtauth::__private::{Nonce, NonceFuture};
use jwtauth::{Auth, AuthError, ClaimsError, Identity, Tokens};
use rocket::http::Status;
use rocket::{Request, catch, catchers, post, routes};
use serde_json::json;

use crate::wire_app::{App, token};

#[post("/login/<userid>/<claim>")]
async fn login(userid: &str, claim: String, auth: Auth<'_>) -> Result<Tokens, Status> {
    Ok(auth.remember(userid, BTreeMap::from([(claim, 1)])).await?)
}

/// A route that first checks whether there is an identity.
#[post("/again/<userid>/<claim>")]
async fn again(userid: &str, claim: String, identity: Option<Identity>, auth: Auth<'_>) -> Result<Tokens, Status> {
    assert!(identity.is_none());
    Ok(auth.remember(userid, BTreeMap::from([(claim, 1)])).await?)
}

fn nonce() -> jwtauth::RefreshNonceHandler {
    fn handler<'r>(_: &'r Request<'_>, userid: &'r str) -> NonceFuture<'r> {
        Box::pin(async move {
            match userid {
                "nobody" => Nonce::NoSuchUser,
                "away" => Nonce::Unavailable("no database".into()),
                _ => Nonce::Is("first".into()),
            }
        })
    }
    jwtauth::__private::nonce_handler(handler)
}

#[catch(default)]
fn catcher(status: Status, request: &Request<'_>) -> String {
    match AuthError::of(request) {
        Some(AuthError::Claims(ClaimsError::Reserved(name))) => format!("{} reserved {name}", status.code),
        Some(AuthError::Unavailable) => format!("{} unavailable", status.code),
        Some(AuthError::NoSuchUser) => format!("{} no such user", status.code),
        other => format!("{} {other:?}", status.code),
    }
}

fn app() -> App {
    App::with(json!({ "allow_refresh": true }), |rocket, fairing| {
        rocket
            .attach(fairing.refresh_nonce_handler(nonce))
            .mount("/", routes![login, again])
            .register("/", catchers![catcher])
    })
}

#[test]
fn catcher_of_failed_login_reads_the_auth_error() {
    let app = app();
    for (path, status, told) in [
        ("alice/exp", 500, "500 reserved exp"),
        ("nobody/role", 401, "401 no such user"),
        ("away/role", 503, "503 unavailable"),
    ] {
        let answer = app.post(&format!("/login/{path}"));
        assert_eq!((answer.status, answer.body.as_str()), (status, told));
        assert_eq!(answer.header("Retry-After").is_some(), status == 503);
        assert_eq!(answer.header("Authorization"), None);
    }
    app.post("/login/away/role").assert_unavailable();
    assert_eq!(app.post("/login/alice/role").claims()["role"], 1);
}

#[test]
fn catcher_of_failed_login_ignores_earlier_guard_error() {
    let app = app();
    let expired = token(json!({ "exp": 1 }));
    for (path, told) in
        [("alice/sub", "500 reserved sub"), ("nobody/role", "401 no such user"), ("away/role", "503 unavailable")]
    {
        let path = format!("/again/{path}");
        assert_eq!(app.post(&path).body, told);
        assert_eq!(app.post_with(&path, &expired).body, told);
    }
    app.post_with("/again/away/role", &expired).assert_unavailable();
}

#[test]
fn successful_login_reports_no_error() {
    let app = app();
    let answer = app.post("/again/alice/role");
    assert_eq!(answer.header("WWW-Authenticate"), None);
    assert_eq!(answer.claims()["role"], 1);
}

//! The empty user id never identifies a user.

use std::sync::atomic::{AtomicUsize, Ordering};

use jwtauth::__private::{Nonce, NonceFuture, nonce_handler};
use jwtauth::{Auth, AuthError, Identity, JwtAuth, TokenError, Tokens, Visitor, refresh_endpoint};
use rocket::tokio::runtime::Builder;
use rocket::{Request, get, post, routes};
use serde_json::{Value, json};

use crate::log::logged;
use crate::wire_app::{App, REFUSED, token};

#[post("/login")]
async fn login(auth: Auth<'_>) -> Result<Tokens, AuthError> {
    auth.remember("", ()).await
}

#[post("/issue")]
async fn issue(jwtauth: &JwtAuth) -> Result<Tokens, AuthError> {
    jwtauth.issue("", ()).await
}

#[get("/me")]
fn me(identity: Identity) -> String {
    identity.userid().to_owned()
}

#[get("/maybe")]
fn maybe(identity: Option<Identity>) -> &'static str {
    identity.map_or("none", |_| "some")
}

#[get("/visitor")]
fn visitor(_visitor: Visitor) -> &'static str {
    "visitor"
}

#[refresh_endpoint("/refresh")]
async fn refresh(_userid: &str) -> Option<()> {
    Some(())
}

fn block_on<F: Future>(future: F) -> F::Output {
    Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}

fn app(mut settings: Value) -> App {
    settings["allow_refresh"] = true.into();
    App::new(settings, routes![login, issue, me, maybe, visitor, refresh])
}

#[test]
fn issuing_refuses_the_empty_user_id_and_the_log_says_so() {
    for settings in [json!({}), json!({ "sessions": { "url": "memory:" } })] {
        let app = app(settings);
        for path in ["/login", "/issue"] {
            let (answer, lines) = logged(|| app.post(path));
            assert_eq!(answer.status, 500, "{path}");
            assert_eq!(answer.header("Authorization"), None);
            let words = "no token issued: the user id is empty";
            assert_eq!(lines.iter().filter(|line| line.text.contains(words)).count(), 1, "{lines:#?}");
        }
        assert_eq!(block_on(app.jwtauth().issue("", ())).err(), Some(AuthError::EmptyUserId));
    }
}

#[test]
fn issuing_asks_no_nonce_handler_for_the_empty_user_id() {
    static ASKED: AtomicUsize = AtomicUsize::new(0);
    fn handler<'r>(_: &'r Request<'_>, _: &'r str) -> NonceFuture<'r> {
        ASKED.fetch_add(1, Ordering::Relaxed);
        Box::pin(async { Nonce::Is("nonce".to_owned()) })
    }
    let app = App::with(json!({ "allow_refresh": true }), |rocket, fairing| {
        rocket.attach(fairing.refresh_nonce_handler(|| nonce_handler(handler))).mount("/", routes![login])
    });
    assert_eq!(app.post("/login").status, 500);
    assert_eq!(ASKED.load(Ordering::Relaxed), 0);
}

#[test]
fn verifying_refuses_the_empty_user_id() {
    for claim in ["sub", "uid"] {
        let app = app(json!({ "userid_claim": claim }));
        let token = token(json!({ "sub": null, claim: "" }));
        for path in ["/me", "/visitor"] {
            let answer = app.get_with(path, &token);
            assert_eq!(answer.status, 401, "{path}");
            let challenge =
                r#"Bearer error="invalid_token", error_description="The claims of the token are not acceptable""#;
            assert_eq!(answer.header("WWW-Authenticate"), Some(challenge));
        }
        assert_eq!(app.get_with("/maybe", &token).body, "none");
        let verdict = block_on(app.jwtauth().verify::<()>(&token)).map(drop);
        assert_eq!(verdict.map_err(|error| error.token_error()), Err(Some(TokenError::Claims)));
    }
}

#[test]
fn refreshing_refuses_the_empty_user_id() {
    app(json!({})).post_with("/refresh", &token(json!({ "sub": "" }))).assert_not_refreshed(REFUSED);
}

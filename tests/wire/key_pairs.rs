//! Key pairs: slow signatures, and servers that only verify.

use jwtauth::{Auth, AuthError, Identity, RefreshError, Refreshing, Tokens, refresh_endpoint};
use jwtauth_tests::pem::{EDDSA, ES256, RSA, RSA_PUBLIC};
use rocket::{get, post, routes};
use serde_json::{Value, json};

use crate::log::logged;
use crate::wire_app::App;

#[post("/login")]
async fn login(auth: Auth<'_>) -> Result<Tokens, AuthError> {
    auth.remember("alice", ()).await
}

#[post("/refresh")]
async fn refresh(refreshing: Result<Refreshing<'_>, RefreshError>) -> Result<Tokens, RefreshError> {
    refreshing?.renew(()).await
}

#[refresh_endpoint("/endpoint")]
async fn endpoint(_userid: &str) -> Option<()> {
    Some(())
}

#[get("/me")]
fn me(identity: Identity) -> String {
    identity.userid().to_owned()
}

/// An application with only these settings, and without a secret.
fn app(mut settings: Value) -> App {
    settings["allow_refresh"] = true.into();
    App::custom(|fairing| {
        rocket::custom(jwtauth_tests::figment(settings))
            .attach(fairing)
            .mount("/", routes![login, refresh, endpoint, me])
    })
}

#[test]
fn key_of_every_kind_logs_in_and_refreshes() {
    for (algorithm, key) in [("RS256", RSA), ("PS512", RSA), ("ES256", ES256), ("EdDSA", EDDSA)] {
        let app = app(json!({ "algorithm": algorithm, "private_key": key }));
        let token = app.post("/login").token();
        assert_eq!(app.get_with("/me", &token).body, "alice", "{algorithm}");
        let token = app.post_with("/endpoint", &app.post_with("/refresh", &token).token()).token();
        assert_eq!(app.get_with("/me", &token).body, "alice", "{algorithm}");
    }
}

#[test]
fn server_without_private_key_verifies_and_issues_nothing() {
    let issuer = app(json!({ "algorithm": "RS256", "private_key": RSA }));
    let token = issuer.post("/login").token();
    let app = app(json!({ "algorithm": "RS256", "public_key": RSA_PUBLIC }));
    assert_eq!(app.get_with("/me", &token).body, "alice");
    let (answer, lines) = logged(|| app.post_with("/login", &token));
    assert_eq!(answer.status, 500);
    assert_eq!(answer.header("WWW-Authenticate"), None);
    assert!(lines.iter().any(|line| line.text.contains("no key to sign with")), "{lines:#?}");
    // Tokens of a key that only verifies can't be refreshed.
    for path in ["/refresh", "/endpoint"] {
        let (answer, lines) = logged(|| app.post_with(path, &token));
        assert_eq!(answer.status, 403, "{path}");
        assert!(lines.iter().any(|line| line.text.contains("key_never_refreshes")), "{lines:#?}");
    }
}

#[test]
fn identity_refuses_hmac_made_with_the_public_key() {
    let app = app(json!({ "algorithm": "RS256", "public_key": RSA_PUBLIC }));
    let claims = crate::wire_app::claims(json!({})).to_string();
    for secret in [RSA_PUBLIC, RSA_PUBLIC.trim()] {
        for algorithm in ["HS256", "RS256"] {
            let header = format!(r#"{{"alg":"{algorithm}"}}"#);
            let token = jwtauth_tests::forge_with(&header, &claims, secret.as_bytes());
            assert_eq!(app.get_with("/me", &token).status, 401);
        }
    }
}

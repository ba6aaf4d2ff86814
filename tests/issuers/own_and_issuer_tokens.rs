//! Own tokens together with those of issuers, and an application without its own tokens.

use jwtauth::{AuthError, Claims, KeyError, TokenError};
use jwtauth_tests::{NOW, SECRET, payload, token};
use rocket::async_test;
use rocket::http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::issuer_app::{AUDIENCE, App, claims, provider};
use crate::provider::{JWKS, Provider};

#[derive(Serialize, Deserialize, Claims)]
struct Empty {}

async fn both(provider: &Provider, more: Value) -> App {
    let mut settings = json!({
        "master_secret": SECRET,
        "issuers": [{ "issuer": provider.issuer, "audience": AUDIENCE }],
    });
    for (name, value) in more.as_object().expect("an object") {
        settings[name] = value.clone();
    }
    App::with(settings).await
}

fn access(tokens: &Value) -> &str {
    tokens["access_token"].as_str().expect("a token")
}

#[async_test]
async fn own_tokens_are_accepted_beside_issuers() {
    let (provider, _, foreign) = provider();
    let app = both(&provider, json!({})).await;
    let tokens = app.login("bob").await;
    assert_eq!(app.get("/me", access(&tokens)).await.body, "bob of nobody");
    let refreshed = app.send(Method::Post, "/refresh", access(&tokens)).await;
    assert_eq!(refreshed.status, 200);
    assert_eq!(provider.asked(JWKS), 0);
    assert_eq!(app.get("/me", &foreign).await.body, format!("alice of {}", provider.issuer));
    // With an issuer name of our own.
    let app = both(&provider, json!({ "issuer": "https://shop.example.com" })).await;
    let tokens = app.login("bob").await;
    assert_eq!(payload(access(&tokens))["iss"], "https://shop.example.com");
    assert_eq!(app.get("/me", access(&tokens)).await.body, "bob of https://shop.example.com");
}

#[async_test]
async fn own_token_with_unexpected_issuer_is_refused_beside_issuers() {
    let (provider, _, _) = provider();
    let alone = App::with(json!({ "master_secret": SECRET })).await;
    let app = both(&provider, json!({})).await;
    let named = both(&provider, json!({ "issuer": "us" })).await;
    let own = |iss: Option<&str>| {
        let mut claims = json!({ "sub": "bob", "iat": NOW, "exp": NOW + 60 });
        if let Some(iss) = iss {
            claims["iss"] = iss.into();
        }
        token(&claims)
    };
    for (iss, statuses) in [
        (None, [200, 200, 401]),
        (Some("us"), [200, 401, 200]),
        (Some("them"), [200, 401, 401]),
        // Signed with our key in the name of an issuer: only that issuer's keys count, and they did not sign it.
        (Some(&*provider.issuer), [200, 401, 401]),
    ] {
        let token = own(iss);
        let answers = [alone.status(&token).await, app.status(&token).await, named.status(&token).await];
        assert_eq!(answers, statuses, "{iss:?}");
    }
}

#[async_test]
async fn refresh_refuses_issuer_token() {
    let (provider, _, foreign) = provider();
    let sessions = json!({ "sessions": {}, "refresh_delta": "1d" });
    for more in [json!({}), sessions] {
        let app = both(&provider, more).await;
        assert_eq!(app.status(&foreign).await, 200);
        let answer = app.send(Method::Post, "/refresh", &foreign).await;
        assert_eq!(answer.status, 403);
        assert_eq!(answer.body, r#"{"validationError": "Could not refresh your token"}"#);
    }
}

#[async_test]
async fn issuer_token_has_no_session() {
    let (provider, signer, _) = provider();
    let app = both(&provider, json!({ "sessions": {} })).await;
    // Another user with the same name.
    let tokens = app.login("alice").await;
    let sid = payload(access(&tokens))["sid"].clone();
    assert_eq!(app.get("/sessions", access(&tokens)).await.body, "1");
    for sid in [Value::Null, sid, json!(7)] {
        let mut claims = claims(&provider);
        claims["sid"] = sid;
        let foreign = signer.token("a", &claims);
        assert_eq!(app.get("/me", &foreign).await.status, 200);
        assert_eq!(app.get("/session", &foreign).await.status, 404);
        assert_eq!(app.get("/sessions", &foreign).await.status, 404);
        assert_eq!(app.send(Method::Post, "/logout", &foreign).await.status, 204);
    }
    assert_eq!(app.get("/session", access(&tokens)).await.body, "alice");
    assert_eq!(app.send(Method::Post, "/logout", access(&tokens)).await.status, 204);
    assert_eq!(app.status(access(&tokens)).await, 401);
}

#[async_test]
async fn issue_fails_without_own_key() {
    let (provider, _, foreign) = provider();
    let app = App::trusting(&provider).await;
    assert_eq!(app.status(&foreign).await, 200);
    assert_eq!(app.send(Method::Post, "/login/bob", "").await.status, 500);
    let error = app.jwtauth().issue("bob", Empty {}).await.expect_err("there is no key");
    assert_eq!(error, AuthError::Key(KeyError::NoPrivateKey));
    let own = token(&json!({ "sub": "bob", "iat": NOW, "exp": NOW + 60 }));
    let error = app.jwtauth().verify::<()>(&own).await.expect_err("there is no key");
    assert_eq!(error.token_error(), Some(TokenError::Issuer));
    assert_eq!(app.send(Method::Post, "/refresh", &own).await.status, 403);
}

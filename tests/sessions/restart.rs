//! Restarts and several nodes: all nodes with the same key accept a token.

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use jwtauth::{Clock, JwtAuth, RefreshError, Refreshing, Tokens};
use jwtauth_tests::{NOW, SECRET};
use rocket::http::Header;
use rocket::local::asynchronous::Client;
use rocket::{async_test, post, routes};
use serde_json::{Value, json};

use crate::session_app::{App, REFUSED};
use crate::store::Store;

#[async_test]
async fn refresh_token_outlives_the_process() {
    let before = App::new(json!({})).await;
    let pair = before.login("alice").await;
    let after = before.node(json!({})).await;
    drop(before.client);
    let next = after.refresh(&pair.refresh).await.pair();
    assert_eq!(after.me(&next.access).await, 200);
}

#[async_test]
async fn refresh_token_successor_is_the_same_on_every_node() {
    let here = App::new(json!({})).await;
    let there = here.node(json!({})).await;
    let pair = here.login("alice").await;
    let (one, two) = (here.refresh(&pair.refresh).await.pair(), there.refresh(&pair.refresh).await.pair());
    assert_eq!(one.refresh, two.refresh);
    let three = there.refresh(&one.refresh).await.pair();
    assert_eq!(here.refresh(&two.refresh).await.pair().refresh, three.refresh);
}

#[async_test]
async fn refresh_token_depends_on_the_secret_of_sessions() {
    let secret = "a secret of refresh tokens, 38 bytes l";
    let before = App::new(json!({ "secret": secret })).await;
    let pair = before.login("alice").await;
    let other = before.node(json!({ "secret": "another one, also of 38 bytes, at least" })).await;
    other.refresh(&pair.refresh).await.assert_not_refreshed(REFUSED);
    before.node(json!({})).await.refresh(&pair.refresh).await.assert_not_refreshed(REFUSED);
    let same = before.node(json!({ "secret": secret })).await;
    same.refresh(&pair.refresh).await.pair();
}

/// Starts an application with these keys, and returns a client for it.
async fn node(keys: Value, store: &Store) -> Client {
    let mut settings = json!({ "allow_refresh": true });
    for (name, value) in keys.as_object().expect("an object") {
        settings[name] = value.clone();
    }
    let fairing = JwtAuth::fairing().clock(Clock::manual(NOW)).session_store(store.clone());
    let rocket = crate::session_app::rocket(settings).attach(fairing).mount("/", routes![refresh]);
    Client::untracked(rocket).await.expect("a launch")
}

#[post("/refresh")]
async fn refresh(refreshing: Result<Refreshing<'_>, RefreshError>) -> Result<Tokens, RefreshError> {
    refreshing?.renew(()).await
}

async fn status(client: &Client, token: &str) -> u16 {
    let bearer = Header::new("Authorization", format!("Bearer {token}"));
    client.post("/refresh").header(bearer).dispatch().await.status().code
}

#[async_test]
async fn refresh_token_survives_other_form_of_the_private_key() {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
    let pem = |label: &str, der: &[u8]| {
        format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", base64_simd::STANDARD.encode_to_string(der))
    };
    let pkcs8 = pem("PRIVATE KEY", pair.to_pkcs8v1().expect("its DER").as_ref());
    let private = pair.private_key();
    let sec1 = pem("EC PRIVATE KEY", AsDer::as_der(&private).expect("its DER").as_ref());
    let other = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
    let other = pem("PRIVATE KEY", other.to_pkcs8v1().expect("its DER").as_ref());

    let store = Store::default();
    let before = node(json!({ "algorithm": "ES256", "private_key": pkcs8 }), &store).await;
    let jwtauth: &JwtAuth = before.rocket().state().expect("attached");
    let token = jwtauth.issue("alice", ()).await.expect("tokens").refresh_token().expect("one").to_owned();
    let other = node(json!({ "algorithm": "ES256", "private_key": other }), &store).await;
    assert_eq!(status(&other, &token).await, 403);
    let after = node(json!({ "algorithm": "ES256", "private_key": sec1 }), &store).await;
    assert_eq!(status(&after, &token).await, 200);
    // A node with a secret instead of the private key refuses the token.
    let secret = node(json!({ "master_secret": SECRET }), &store).await;
    assert_eq!(status(&secret, &token).await, 403);
}

#[async_test]
async fn memory_store_loses_sessions_with_the_process() {
    let rocket = || {
        let settings = jwtauth_tests::with_secret(json!({ "allow_refresh": true, "sessions": { "url": "memory:" } }));
        let rocket = crate::session_app::rocket(settings).attach(JwtAuth::fairing());
        Client::untracked(rocket.mount("/", routes![refresh]))
    };
    let before = rocket().await.expect("a launch");
    let jwtauth: &JwtAuth = before.rocket().state().expect("attached");
    let token = jwtauth.issue("alice", ()).await.expect("tokens").refresh_token().expect("one").to_owned();
    assert_eq!(status(&before, &token).await, 200);
    let after = rocket().await.expect("a launch");
    assert_eq!(status(&after, &token).await, 403);
}

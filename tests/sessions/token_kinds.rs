//! Access tokens and refresh tokens: neither is accepted as the other, and a forged token never reaches the store.

use base64_simd::URL_SAFE_NO_PAD as BASE64;
use jwtauth_tests::{NOW, token};
use rocket::async_test;
use rocket::http::Method;
use serde_json::json;

use crate::session_app::{App, REFUSED};

#[async_test]
async fn refresh_refuses_access_token() {
    let app = App::new(json!({})).await;
    let pair = app.login("alice").await;
    app.store.asked();
    app.refresh(&pair.access).await.assert_not_refreshed(REFUSED);
    // A token that was issued without sessions is refused too.
    let stateless = json!({ "sub": "alice", "exp": NOW + 60, "iat": NOW, "auth_time": NOW, "refresh_until": NOW + 60 });
    app.refresh(&token(&stateless)).await.assert_not_refreshed(REFUSED);
    assert_eq!(app.store.asked(), 0);
}

#[async_test]
async fn identity_refuses_refresh_token() {
    let app = App::new(json!({})).await;
    let pair = app.login("alice").await;
    for path in ["/me", "/session", "/sessions"] {
        app.get(path, &pair.refresh).await.assert_refused("The token is malformed");
    }
    assert_eq!(app.get("/maybe", &pair.refresh).await.body, "unknown");
    assert!(app.jwtauth().verify::<()>(&pair.refresh).await.is_err());
    app.refresh(&pair.refresh).await.pair();
}

#[async_test]
async fn forged_refresh_token_reaches_neither_store_nor_loader() {
    let app = App::new(json!({})).await;
    let pair = app.login("alice").await;
    let elsewhere = App::new(json!({ "secret": "another secret of another application" })).await;
    let foreign = elsewhere.login("alice").await;
    app.store.asked();

    let bytes = BASE64.decode_to_vec(&pair.refresh).expect("base64");
    let mut forged = vec![
        foreign.refresh,
        String::new(),
        "x".into(),
        pair.refresh[1..].to_owned(),
        pair.refresh[..75].to_owned(),
        format!("{}A", pair.refresh),
        format!("{}=", pair.refresh),
        format!("{}.", pair.refresh),
        format!("{}.{}.{}", pair.refresh, pair.refresh, pair.refresh),
        pair.refresh.to_lowercase(),
        "A".repeat(76),
        "A".repeat(200_000),
        "é".repeat(38),
        "....".into(),
    ];
    for index in 0..bytes.len() {
        let mut other = bytes.clone();
        other[index] ^= 0x41;
        forged.push(BASE64.encode_to_string(other));
    }
    for token in &forged {
        app.refresh(token).await.assert_not_refreshed(REFUSED);
        assert_eq!(app.post("/logout", token).await.status, 401, "{token}");
    }
    assert_eq!(app.store.asked(), 0, "the store is not asked");
    assert_eq!(app.users.loads("alice"), Some(0), "and no user is loaded");
    app.refresh(&pair.refresh).await.pair();
}

#[async_test]
async fn refresh_requires_one_bearer_authorization_header() {
    let app = App::new(json!({})).await;
    let pair = app.login("alice").await;
    app.store.asked();
    let bearer = format!("Bearer {}", pair.refresh);
    app.send(Method::Post, "/refresh", &[]).await.assert_not_refreshed(REFUSED);
    app.send(Method::Post, "/refresh", &[("Authorization", &pair.refresh)]).await.assert_not_refreshed(REFUSED);
    let twice = [("Authorization", bearer.as_str()), ("Authorization", bearer.as_str())];
    app.send(Method::Post, "/refresh", &twice).await.assert_not_refreshed(REFUSED);
    assert_eq!(app.store.asked(), 0);
    let lower = format!("bearer {}", pair.refresh);
    app.send(Method::Post, "/refresh", &[("Authorization", &lower)]).await.pair();
}

#[async_test]
async fn session_store_contains_no_token() {
    let app = App::new(json!({})).await;
    let pair = app.login("alice").await;
    let row = format!("{:?}", app.store.row(crate::session_app::sid(&pair.access)).await);
    let mac = &BASE64.decode_to_vec(&pair.refresh).expect("base64")[25..];
    assert!(!row.contains(&pair.refresh) && !row.contains(&pair.access));
    assert!(!row.contains(&format!("{mac:?}")));
}

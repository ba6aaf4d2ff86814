//! When keys are fetched, how long they are used, and what happens if there are none.

use std::time::Duration;

use jwtauth_tests::NOW;
use rocket::async_test;
use rocket::futures::future::join_all;
use rocket::tokio::task::yield_now;
use serde_json::json;

use crate::issuer_app::{AUDIENCE, Answer, App, claims, claims_with, provider};
use crate::provider::{DISCOVERY, JWKS, Provider};
use crate::signer::Signer;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;

fn forward(app: &App, seconds: u64) {
    app.clock.advance(Duration::from_secs(seconds));
}

/// Repeats a request until it has this status, to wait for a fetch in the background.
async fn until(app: &App, token: &str, status: u16) {
    while app.status(token).await != status {
        yield_now().await;
    }
}

fn is_unavailable(answer: &Answer) -> bool {
    answer.status == 503 && answer.retry_after.as_deref() == Some("5") && answer.challenge.is_none()
}

#[async_test]
async fn fetcher_runs_once_for_concurrent_tokens() {
    let (provider, _, token) = provider();
    let app = App::trusting(&provider).await;
    provider.hold(true);
    let requests = join_all((0..50).map(|_| app.status(&token)));
    let release = async {
        // Each request has been polled before this, so all of them wait now.
        yield_now().await;
        provider.await_asked(DISCOVERY, 1);
        provider.hold(false);
    };
    let (statuses, ()) = rocket::futures::future::join(requests, release).await;
    assert_eq!(statuses, [200; 50]);
    assert_eq!((provider.asked(DISCOVERY), provider.asked(JWKS)), (1, 1));
}

#[async_test]
async fn fetcher_continues_after_client_disconnects() {
    let (provider, _, token) = provider();
    let app = App::trusting(&provider).await;
    provider.hold(true);
    {
        let mut request = Box::pin(app.status(&token));
        assert!(rocket::futures::future::FutureExt::now_or_never(&mut request).is_none());
        provider.await_asked(DISCOVERY, 1);
    }
    provider.hold(false);
    provider.await_asked(JWKS, 1);
    assert_eq!(app.status(&token).await, 200);
    assert_eq!(provider.asked(JWKS), 1);
}

#[async_test]
async fn issuer_keys_are_kept_as_long_as_cache_control_says() {
    for (header, lifetime) in [
        ("Cache-Control: max-age=7200\r\n", 2 * HOUR),
        ("Cache-Control: max-age=7200\r\nAge: 3600\r\n", HOUR),
        ("Cache-Control: max-age=1\r\n", MINUTE),
        ("Cache-Control: no-store\r\n", MINUTE),
        ("Cache-Control: max-age=99999999999\r\n", 24 * HOUR),
        ("", 10 * MINUTE),
    ] {
        let (provider, signer, _) = provider();
        provider.publish_for(&[signer.jwk("a")], header);
        let mut claims = claims(&provider);
        claims["exp"] = json!(NOW + 48 * HOUR);
        let token = signer.token("a", &claims);
        let app = App::trusting(&provider).await;
        assert_eq!(app.status(&token).await, 200);
        // In time before they expire, the keys are fetched in the background.
        forward(&app, lifetime * 4 / 5 - 1);
        assert_eq!(app.status(&token).await, 200);
        assert_eq!(provider.asked(JWKS), 1, "{header}");
        forward(&app, 1);
        assert_eq!(app.status(&token).await, 200);
        provider.await_asked(JWKS, 2);
        assert_eq!(provider.asked(JWKS), 2, "{header}");
    }
}

#[async_test]
async fn issuer_key_that_is_removed_verifies_until_next_fetch() {
    let (provider, _, token) = provider();
    let app = App::trusting(&provider).await;
    assert_eq!(app.status(&token).await, 200);
    let next = Signer::new();
    provider.publish(&[next.jwk("b")]);
    forward(&app, HOUR * 4 / 5 - 1);
    assert_eq!(app.status(&token).await, 200);
    // The keys have expired and no fetch has failed, so this request waits for new ones.
    forward(&app, HOUR);
    assert_eq!(app.status(&token).await, 401);
    assert_eq!(app.status(&next.token("b", &claims(&provider))).await, 200);
    // The keys are fetched again before any request has to wait.
    provider.publish(&[]);
    forward(&app, HOUR * 4 / 5);
    assert_eq!(app.status(&next.token("b", &claims(&provider))).await, 200);
    until(&app, &next.token("b", &claims(&provider)), 401).await;
}

/// The cache of verified tokens changes only the speed.
#[async_test]
async fn issuer_token_in_cache_expires_and_depends_on_its_key() {
    for entries in [0, 100] {
        let (provider, signer, _) = provider();
        let issuer = json!({ "issuer": provider.issuer, "audience": AUDIENCE, "leeway": 0 });
        let app = App::with(json!({ "issuers": [issuer], "verified_cache": entries })).await;
        let token = |exp| signer.token("a", &claims_with(&provider, "exp", json!(exp)));
        let (short, long) = (token(NOW + MINUTE), token(NOW + 2 * HOUR));
        for _ in 0..3 {
            assert_eq!([app.status(&short).await, app.status(&long).await], [200, 200]);
            assert_eq!(app.get("/scope", &long).await.body, format!("read alice {}", provider.issuer));
        }
        assert_eq!(app.status(&format!("{long}A")).await, 401);
        forward(&app, MINUTE);
        assert_eq!([app.status(&short).await, app.status(&long).await], [401, 200]);
        // Fetched again, because of an unknown key name.
        provider.publish(&[]);
        assert_eq!(app.status(&signer.token("b", &claims(&provider))).await, 401);
        assert_eq!(app.status(&long).await, 401, "{entries}");
    }
}

#[async_test]
async fn fetcher_asks_for_unknown_key_every_ten_seconds_at_most() {
    let (provider, _, token) = provider();
    let app = App::trusting(&provider).await;
    assert_eq!(app.status(&token).await, 200);
    let next = Signer::new();
    let next_token = next.token("b", &claims(&provider));
    // The keys were just fetched. Unknown names can't trigger fetches all the time.
    assert_eq!(app.status(&next_token).await, 401);
    forward(&app, 9);
    assert_eq!(app.status(&next_token).await, 401);
    assert_eq!(provider.asked(JWKS), 1);
    forward(&app, 1);
    assert_eq!(app.status(&next_token).await, 401);
    assert_eq!(provider.asked(JWKS), 2);
    // The issuer rotates its keys.
    provider.publish(&[signer_and(&next)].concat());
    assert_eq!(app.status(&next_token).await, 401);
    forward(&app, 10);
    assert_eq!(app.status(&next_token).await, 200);
    assert_eq!(provider.asked(JWKS), 3);
    for name in 0..100 {
        assert_eq!(app.status(&next.token(&name.to_string(), &claims(&provider))).await, 401);
    }
    assert_eq!(provider.asked(JWKS), 3);
}

fn signer_and(next: &Signer) -> Vec<serde_json::Value> {
    vec![Signer::ed25519().jwk("c"), next.jwk("b")]
}

#[async_test]
async fn fetcher_retries_absent_issuer_after_five_seconds() {
    let (provider, _, token) = provider();
    provider.go_away(true);
    let app = App::trusting(&provider).await;
    for path in ["/me", "/visit"] {
        let answer = app.get(path, &token).await;
        assert!(is_unavailable(&answer), "{answer:?}");
    }
    // As in Rocket, `Option` is `None` for every failure.
    assert_eq!(app.get("/maybe", &token).await.body, "unknown");
    provider.go_away(false);
    // The request fails immediately, without a fetch.
    assert_eq!(app.status(&token).await, 503);
    forward(&app, 4);
    assert_eq!(app.status(&token).await, 503);
    assert_eq!(provider.asked(DISCOVERY), 0);
    forward(&app, 1);
    assert_eq!(app.status(&token).await, 200);
    // A malformed token is refused even if the issuer is unavailable.
    assert_eq!(app.status("a.b.c").await, 401);
}

#[async_test]
async fn issuer_keys_serve_for_retain_on_error_during_outage() {
    for (settings, retain) in [(json!({}), HOUR), (json!({ "retain_on_error": "10m" }), 10 * MINUTE)] {
        let (provider, signer, token) = provider();
        let app = App::trusting_with(&provider, settings).await;
        assert_eq!(app.status(&token).await, 200);
        provider.go_away(true);
        // The first request after the keys have expired waits for the fetch. When it fails, the old keys are used.
        forward(&app, HOUR);
        assert_eq!(app.status(&token).await, 200);
        // A token with an unknown key can't be refused as invalid.
        let unknown = signer.token("b", &claims(&provider));
        assert_eq!(app.status(&unknown).await, 503);
        forward(&app, retain - 1);
        assert_eq!(app.status(&token).await, 200);
        forward(&app, 1);
        assert!(is_unavailable(&app.get("/me", &token).await));
        provider.go_away(false);
        assert_eq!(app.status(&token).await, 503);
        forward(&app, 5);
        assert_eq!(app.status(&token).await, 200);
        assert_eq!(app.status(&unknown).await, 401);
    }
}

#[async_test]
async fn fetcher_retries_every_thirty_seconds_while_old_keys_serve() {
    let (provider, _, token) = provider();
    let app = App::trusting(&provider).await;
    assert_eq!(app.status(&token).await, 200);
    provider.go_away(true);
    forward(&app, HOUR);
    assert_eq!(app.status(&token).await, 200);
    provider.go_away(false);
    forward(&app, 29);
    assert_eq!(app.status(&token).await, 200);
    assert_eq!(provider.asked(JWKS), 1);
    forward(&app, 1);
    assert_eq!(app.status(&token).await, 200);
    provider.await_asked(JWKS, 2);
}

#[async_test]
async fn issuer_keys_are_stale_after_clock_set_back() {
    let (provider, _, _) = provider();
    let signer = Signer::new();
    provider.publish(&[signer.jwk("a")]);
    let mut claims = claims(&provider);
    claims["iat"] = json!(1);
    let token = signer.token("a", &claims);
    let app = App::trusting(&provider).await;
    assert_eq!(app.status(&token).await, 200);
    provider.publish(&[]);
    app.clock.set(NOW - HOUR);
    assert_eq!(app.status(&token).await, 401);
    assert_eq!(provider.asked(JWKS), 2);
}

#[async_test]
async fn fetcher_asks_eager_issuer_at_launch() {
    let (provider, _, token) = provider();
    let app = App::trusting_with(&provider, json!({ "eager": true })).await;
    assert_eq!((provider.asked(DISCOVERY), provider.asked(JWKS)), (1, 1));
    assert_eq!(app.status(&token).await, 200);
    assert_eq!(provider.asked(JWKS), 1);
}

#[async_test]
async fn issuer_without_keys_has_its_tokens_refused() {
    let provider = Provider::new(&[]);
    let app = App::trusting(&provider).await;
    let token = Signer::new().token("a", &claims(&provider));
    assert_eq!(app.status(&token).await, 401);
}

/// Anybody can cause fetches, but can't fill the log.
#[async_test]
async fn fetcher_logs_each_problem_once() {
    let (provider, _, token) = provider();
    let app = App::trusting(&provider).await;
    // A refused token has a line of its own.
    let is_of_keys = |line: &String| !line.contains("a token of the issuer");
    let lines = || crate::process_log::lines_with(&provider.issuer).into_iter().filter(is_of_keys).collect::<Vec<_>>();
    provider.publish(&[]);
    for _ in 0..3 {
        assert_eq!(app.status(&token).await, 401);
        forward(&app, 10);
    }
    assert_eq!(provider.asked(JWKS), 3);
    let empty = format!("jwtauth: the issuer {} publishes no key for its algorithms (ES256, ", provider.issuer);
    let [line] = &lines()[..] else { panic!("{:?}", lines()) };
    assert!(line.starts_with(&empty) && line.ends_with("check `algorithms` and `jwks_uri` of this issuer"), "{line}");
    provider.go_away(true);
    for _ in 0..3 {
        assert_eq!(app.status(&token).await, 503);
        forward(&app, 10);
    }
    provider.go_away(false);
    assert_eq!(app.status(&token).await, 401);
    let lines = lines();
    let [_, away, back] = &lines[..] else { panic!("{lines:?}") };
    assert!(away.contains("can't be fetched: its discovery document: "), "{away}");
    assert!(back.ends_with("can be fetched again"), "{back}");
}

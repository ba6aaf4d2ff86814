//! The number of allocations for a token, counted on the thread of the request.

use allocation_counter::{AllocationInfo, measure};
use jwtauth_tests::{NOW, encode, forge};
use rocket::futures::FutureExt;
use rocket::http::{Header, Status};
use serde_json::json;

use crate::hostile::{HEADER, claims};
use crate::token_app::{App, Profile, launching, sign_parts};

impl App {
    /// The allocations of a request with this token, from dispatch to the response.
    fn allocations(&self, path: &'static str, token: &str, expected: Status) -> AllocationInfo {
        self.allocations_with(path, "Authorization", format!("Bearer {token}"), expected)
    }

    /// The allocations of a request with this header.
    fn allocations_with(
        &self,
        path: &'static str,
        name: &'static str,
        value: String,
        expected: Status,
    ) -> AllocationInfo {
        let request = || self.client.get(path).header(Header::new(name, value.clone()));
        // The first request of a kind may initialize shared state.
        drop(request().dispatch());
        let request = request();
        let mut response = None;
        let _quiet = launching();
        let info = measure(|| response = Some(request.dispatch()));
        assert_eq!(response.map(|response| response.status()), Some(expected), "{path}");
        info
    }
}

#[test]
fn identity_guard_allocates_only_claims_and_token() {
    let app = App::new(json!({ "verified_cache": 0 }));
    let ours = forge(HEADER, claims(""));
    let foreign = forge(r#"{"typ":"JWT","alg":"HS256"}"#, claims(""));
    for (kind, token) in [("our own header", &ours), ("a header of others", &foreign)] {
        let open = app.allocations("/open", token, Status::Ok);
        // The allocations of Rocket for any guard with a request-local cache: its future, and its entry in the cache.
        let guarded = app.allocations("/guarded", token, Status::Ok);
        for (path, strings) in [("/me", 0), ("/profile", 1)] {
            let with = app.allocations(path, token, Status::Ok);
            let count = with.count_total - guarded.count_total;
            let bytes = with.bytes_total - guarded.bytes_total;
            println!(
                "{path}, {kind}: {count} allocations, {bytes} bytes more than with a guard that does nothing, {} more \
                 than without a guard; the token has {} bytes",
                with.count_total - open.count_total,
                token.len()
            );
            assert_eq!(count, 2 + strings, "{path}, {kind}: identity, token with user id, strings");
            // The state of the request, the future of the guard, and the identity.
            assert!(bytes <= 2 * token.len() as u64 + 800, "{path}, {kind}: {bytes} bytes");
        }
    }
}

#[test]
fn identity_of_cached_token_allocates_no_more_than_any_guard() {
    let app = App::new(json!({}));
    let token = forge(HEADER, claims(""));
    let open = app.allocations("/open", &token, Status::Ok);
    let guarded = app.allocations("/guarded", &token, Status::Ok);
    for path in ["/me", "/profile"] {
        let with = app.allocations(path, &token, Status::Ok);
        assert_eq!(with.count_total, guarded.count_total, "{path}");
        // The future of the guard, and Rocket's request-local cache.
        assert_eq!(with.count_total - open.count_total, 3, "{path}");
    }
}

/// The response also gets `Vary` and `Cache-Control`.
#[test]
fn identity_of_a_cookie_allocates_only_for_the_headers_of_the_response() {
    let app = App::new(json!({ "allow_refresh": false, "cookies": {} }));
    let token = forge(HEADER, claims(""));
    for path in ["/me", "/profile"] {
        let header = app.allocations(path, &token, Status::Ok);
        let cookie = app.allocations_with(path, "Cookie", format!("a=1; __Host-jwtauth={token}; b=2"), Status::Ok);
        println!("{path}: {} allocations with a cookie, {} with a header", cookie.count_total, header.count_total);
        // One for each of the two headers.
        assert_eq!(cookie.count_total, header.count_total + 2, "{path}");
    }
    let off = App::new(json!({ "allow_refresh": false }));
    let (on, off) = (app.allocations("/me", &token, Status::Ok), off.allocations("/me", &token, Status::Ok));
    assert_eq!(on.count_total, off.count_total, "a header costs the same with cookies on");
}

#[test]
fn second_guard_of_request_allocates_only_its_future() {
    let app = App::new(json!({}));
    let token = forge(HEADER, claims(""));
    let one = app.allocations("/me", &token, Status::Ok);
    let two = app.allocations("/twice", &token, Status::Ok);
    // The future of the guard.
    assert_eq!(two.count_total - one.count_total, 1);
}

#[test]
fn verified_cache_also_keeps_second_claims_type() {
    for (entries, expected) in [(0, 5), (100, 2)] {
        let app = App::new(json!({ "verified_cache": entries }));
        let token = forge(HEADER, claims(""));
        let one = app.allocations("/me", &token, Status::Ok);
        let both = app.allocations("/both", &token, Status::Ok);
        // The future of the guard, and Rocket's request-local cache. Then the identity, the token with the user id, and
        // the string in the claims.
        assert_eq!(both.count_total - one.count_total, expected, "{entries}");
    }
}

#[test]
fn verify_allocates_claims_and_token_and_nothing_if_cached() {
    for (entries, expected) in [(0, 2), (100, 0)] {
        let app = App::new(json!({ "verified_cache": entries }));
        let token = forge(HEADER, claims(""));
        assert_eq!(app.userid(&token).as_deref(), Ok("alice"));
        let mut verdict = None;
        let info = measure(|| verdict = Some(app.verify::<()>(&token)));
        assert!(verdict.is_some_and(|verdict| verdict.is_ok()));
        assert_eq!(info.count_total, expected, "{info:?}");
    }
}

#[test]
fn verify_allocates_no_more_for_what_the_login_carries() {
    let app = App::new(json!({ "verified_cache": 0 }));
    let token = forge(HEADER, claims(r#""carried":{"tenant":7,"by":"root"}"#));
    let mut verdict = None;
    let info = measure(|| verdict = Some(app.verify::<()>(&token)));
    let identity = verdict.and_then(Result::ok).expect("a good token");
    assert_eq!(identity.carried().ok(), Some(Some(json!({ "tenant": 7, "by": "root" }))));
    assert_eq!(info.count_total, 2, "{info:?}");
}

#[test]
fn issue_makes_five_allocations() {
    let app = App::new(json!({}));
    let claims = || Profile { nickname: "Alice".to_owned() };
    app.issue(claims()).expect("a key that signs");
    let claims = claims();
    let mut token = None;
    let info = measure(|| token = Some(app.jwtauth.issue("alice", claims).now_or_never()));
    assert!(token.flatten().is_some_and(|tokens| tokens.is_ok()), "nothing to wait for");
    // The user id, the names of the claims, the payload, the token and its type.
    assert_eq!(info.count_total, 5, "{info:?}");
}

#[test]
fn refused_token_allocates_a_few_times_its_size_at_most() {
    let app = App::new(json!({}));
    let long = 11_000;
    let text = "a".repeat(long);
    let brackets = "[".repeat(long);
    let closed = "[".repeat(long / 2) + &"]".repeat(long / 2);
    let many = (0..long / 10).map(|n| format!(r#""{n:04}":1"#)).collect::<Vec<_>>().join(",");
    let flat = format!(r#""foo":[{}0]"#, "0,".repeat(long / 2));
    let escapes = "\\u0061".repeat(long / 6);
    let bad_signature = |token: String| {
        let message = token.rsplit_once('.').expect("a signature").0.to_owned();
        format!("{message}.{}", encode([0; 32]))
    };
    let tokens = [
        ("nothing but A", "A".repeat(1 << 20)),
        ("nothing but dots", ".".repeat(1 << 20)),
        ("a payload too long", sign_parts(&encode(HEADER), &"A".repeat(1 << 20))),
        ("a header too long", forge(&format!(r#"{{"alg":"HS256","foo":"{}"}}"#, "a".repeat(1 << 20)), "{}")),
        ("a signature too long", format!("{}.{}.{}", encode(HEADER), encode("{}"), "A".repeat(16_000))),
        ("a bad signature", bad_signature(forge(HEADER, claims(&format!(r#""foo":"{text}""#))))),
        ("a long kid", forge(&format!(r#"{{"alg":"HS256","kid":"{text}"}}"#), "{}")),
        ("a long kid in escapes", forge(&format!(r#"{{"alg":"HS256","kid":"{escapes}"}}"#), "{}")),
        ("a long alg", forge(&format!(r#"{{"alg":"{text}"}}"#), "{}")),
        ("many parameters", forge(&format!(r#"{{"alg":"none",{many}}}"#), "{}")),
        ("deep parameters", forge(&format!(r#"{{"alg":"HS256","foo":{closed}}}"#), "{}")),
        ("deep claims", forge(HEADER, claims(&format!(r#""foo":{closed}"#)))),
        ("brackets", forge(HEADER, &brackets)),
        ("a long exp", forge(HEADER, format!(r#"{{"sub":"alice","exp":{}}}"#, "9".repeat(long)))),
        ("a long user id", forge(HEADER, format!(r#"{{"sub":"{text}","exp":{}}}"#, NOW - 1))),
        ("a user id in escapes", forge(HEADER, format!(r#"{{"sub":"{escapes}","exp":{}}}"#, NOW - 1))),
        ("many claims", forge(HEADER, format!(r#"{{"sub":"alice","exp":{},{many}}}"#, NOW - 1))),
        ("a flat array", forge(HEADER, format!(r#"{{"sub":"alice","exp":{},{flat}}}"#, NOW - 1))),
        ("a long aud", forge(HEADER, claims(&format!(r#""aud":["{text}"]"#)))),
    ];
    for path in ["/me", "/profile"] {
        let without = app.allocations("/open", "a", Status::Ok);
        let small = app.allocations(path, "a.b.c", Status::Unauthorized);
        let fixed = small.bytes_max.saturating_sub(without.bytes_max) + 4096;
        for (what, token) in &tokens {
            let without = app.allocations("/open", token, Status::Ok);
            let with = app.allocations(path, token, Status::Unauthorized);
            let bytes = with.bytes_total.saturating_sub(without.bytes_total);
            println!("{path}, {what}: {bytes} bytes for a token of {}", token.len());
            assert!(bytes <= 4 * token.len() as u64 + fixed, "{path}, {what}: {bytes} bytes for {}", token.len());
        }
    }
}

//! What a response with or from cookies says to caches.

use rocket::http::Method;
use serde_json::json;

use crate::browser::Browser;
use crate::browser_app::{App, in_both_modes};

#[test]
fn response_of_a_guard_that_looked_for_cookies_varies_by_them_once() {
    in_both_modes(async |mode| {
        let (app, browser) = (App::new(mode).await, Browser::default());
        for round in 0..3 {
            for (path, vary, cache) in [
                ("/open", None, None),
                ("/nowhere/at/all.txt", Some("Cookie"), Some("private")),
                ("/me", Some("Cookie"), Some("private")),
                ("/twice", Some("Cookie"), Some("private")),
                ("/visitor", Some("Cookie"), Some("private")),
                ("/maybe", Some("Cookie"), Some("private")),
                ("/fails", Some("Cookie"), Some("private")),
                ("/panics", Some("Cookie"), Some("private")),
                ("/varied", Some("Accept, cookie"), Some("private")),
                ("/cached", Some("Cookie"), Some("max-age=60")),
            ] {
                if round == 2 {
                    app.wait(30 * 60);
                }
                let answer = browser.get(&app, path).await;
                assert_eq!(answer.header("Vary"), vary, "{path} {answer:?}");
                let cache = match round {
                    // There is no identity.
                    0 => None,
                    2 if vary.is_some() => Some("no-store"),
                    _ => cache,
                };
                assert_eq!(answer.header("Cache-Control"), cache, "{path} {round} {answer:?}");
            }
            if round == 0 {
                let answer = browser.post(&app, "/login/alice").await;
                assert_eq!(answer.header("Cache-Control"), Some("no-store"));
            }
        }
    });
}

#[test]
fn response_for_a_header_is_as_without_cookies() {
    in_both_modes(async |mode| {
        let (app, browser) = (App::new(mode).await, Browser::default());
        let bearer = format!("Bearer {}", browser.post(&app, "/login-for-programs/bob").await.token());
        let answer = browser.send(&app, Method::Get, "/me", &[("Authorization", &bearer)], "").await;
        assert_eq!((answer.header("Vary"), answer.header("Cache-Control")), (None, None));
    });
}

#[test]
fn application_without_cookies_never_looks_at_them() {
    in_both_modes(async |mode| {
        let (on, off, browser) = (App::new(mode).await, App::custom(mode, json!({})).await, Browser::default());
        browser.post(&on, "/login/alice").await;
        for path in ["/me", "/visitor", "/maybe", "/open"] {
            let answer = browser.get(&off, path).await;
            assert_eq!(answer.status == 401, path == "/me", "{path}");
            assert_eq!(answer.header("Vary"), None, "{path}");
            assert_eq!(answer.header("Cache-Control"), None, "{path}");
            assert_eq!(answer.headers("Set-Cookie"), [""; 0], "{path}");
        }
        // The login and its builder are those of header mode.
        for path in ["/login/alice", "/login-for-programs/alice", "/login-until-closing/alice"] {
            let answer = browser.send(&off, Method::Post, path, &[("Origin", "https://evil.example")], "").await;
            answer.token();
            assert_eq!(answer.headers("Set-Cookie"), [""; 0]);
        }
    });
}

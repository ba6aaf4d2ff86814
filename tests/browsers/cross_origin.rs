//! Requests that pages of other sites make with the cookies of the browser.

use rocket::http::{ContentType, Method};
use serde_json::json;

use crate::browser::{Browser, set_cookies};
use crate::browser_app::{App, Mode, block_on, in_both_modes};
use crate::log::logged;

type Headers = [(&'static str, &'static str)];

const TRUSTED: &str = "https://app.example";

/// The headers of requests, and whether a cookie counts in them with `origins = [TRUSTED]`. The requests have no
/// `Host`.
const CASES: [(&Headers, bool); 21] = [
    (&[("Sec-Fetch-Site", "same-origin")], true),
    (&[("Sec-Fetch-Site", "none")], true),
    (&[("Sec-Fetch-Site", "same-site")], false),
    (&[("Sec-Fetch-Site", "cross-site")], false),
    (&[("Sec-Fetch-Site", "")], false),
    (&[("Sec-Fetch-Site", "Same-Origin")], false),
    (&[("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Site", "cross-site")], false),
    (&[("Origin", TRUSTED)], true),
    (&[("Origin", TRUSTED), ("Sec-Fetch-Site", "cross-site")], true),
    (&[("Origin", TRUSTED), ("Origin", TRUSTED)], false),
    (&[("Origin", "https://APP.example")], false),
    (&[("Origin", "https://app.example.evil")], false),
    (&[("Origin", "https://app.example/")], false),
    (&[("Origin", "https://app.example:444")], false),
    (&[("Origin", "http://app.example")], false),
    (&[("Origin", "https://evil.example"), ("Sec-Fetch-Site", "same-origin")], true),
    (&[("Origin", "null")], false),
    (&[("Origin", "null"), ("Sec-Fetch-Site", "same-origin")], false),
    (&[("Origin", "")], false),
    (&[("Referer", "https://app.example/form")], false),
    (&[], false),
];

#[test]
fn cookie_counts_in_unsafe_requests_of_own_pages_only() {
    in_both_modes(async |mode| {
        let (app, browser) = (App::with(mode, json!({ "origins": [TRUSTED] })).await, Browser::default());
        browser.post(&app, "/login/alice").await;
        for (headers, passes) in CASES {
            for renews in [false, true] {
                if renews {
                    app.wait(30 * 60);
                }
                let loads = app.users.loads("alice");
                let answer = browser.send(&app, Method::Post, "/me", headers, "").await;
                let expected = if passes { 200 } else { 403 };
                assert_eq!(answer.status, expected, "{headers:?} {answer:?}");
                if !passes {
                    assert_eq!(answer.json()["error"], "cross_origin");
                    assert_eq!(answer.headers("Set-Cookie"), [""; 0], "{headers:?}");
                    assert_eq!(app.users.loads("alice"), loads, "{headers:?}");
                    assert_eq!(answer.header("WWW-Authenticate"), None);
                }
            }
        }
    });
}

#[test]
fn login_logout_and_refresh_make_the_same_check() {
    in_both_modes(async |mode| {
        let (app, browser) = (App::with(mode, json!({ "origins": [TRUSTED] })).await, Browser::default());
        browser.post(&app, "/login/alice").await;
        let before = browser.header();
        for (headers, passes) in CASES {
            if passes {
                continue;
            }
            for path in ["/logout", "/login/bob", "/login-until-closing/bob", "/refresh"] {
                let answer = browser.send(&app, Method::Post, path, headers, "").await;
                assert_eq!((answer.status, set_cookies(&answer).len()), (403, 0), "{path} {headers:?}");
                if path != "/refresh" {
                    assert_eq!(answer.json()["error"], "cross_origin");
                }
            }
        }
        assert_eq!(browser.header(), before);
        assert_eq!(browser.get(&app, "/me").await.body, "alice 0", "the session goes on");
        app.users.set("alice", crate::browser_app::User::Loads(0));

        // Without a cookie, a browser sends `Origin` with a cross-origin `POST`. Programs send nothing.
        let stranger = Browser::default();
        let answer = stranger.send(&app, Method::Post, "/login/bob", &[("Origin", "https://evil.example")], "").await;
        assert_eq!(answer.status, 403);
        let answer = stranger.send(&app, Method::Post, "/login/bob", &[("Sec-Fetch-Site", "same-site")], "").await;
        assert_eq!(answer.status, 403);
        assert_eq!(stranger.send(&app, Method::Post, "/login/bob", &[], "").await.status, 200);
        assert_eq!(stranger.get(&app, "/login-by-link/alice").await.status, 200, "a route's own choice");
        let other = [("Sec-Fetch-Site", "cross-site")];
        assert_eq!(stranger.send(&app, Method::Post, "/login-from-anywhere/bob", &other, "").await.status, 200);
    });
}

#[test]
fn cross_origin_login_starts_no_session_and_ends_none() {
    block_on(async {
        let (app, browser) = (App::new(Mode::Sessions).await, Browser::default());
        browser.post(&app, "/login/alice").await;
        app.events.heard();
        app.store.asked();
        let other = [("Origin", "https://evil.example"), ("Sec-Fetch-Site", "cross-site")];
        for path in ["/login/bob", "/logout", "/logout-to-page", "/refresh"] {
            assert_eq!(browser.send(&app, Method::Post, path, &other, "").await.status, 403, "{path}");
        }
        assert_eq!((app.events.heard().len(), app.store.asked()), (0, 0));
    });
}

#[test]
fn missing_origin_passes_with_the_setting_for_old_clients() {
    in_both_modes(async |mode| {
        let (app, browser) = (App::with(mode, json!({ "allow_missing_origin": true })).await, Browser::default());
        browser.post(&app, "/login/alice").await;
        assert_eq!(browser.send(&app, Method::Post, "/me", &[], "").await.body, "alice 0");
        for header in [("Origin", "null"), ("Origin", "https://evil.example"), ("Sec-Fetch-Site", "cross-site")] {
            assert_eq!(browser.send(&app, Method::Post, "/me", &[header], "").await.status, 403, "{header:?}");
        }
        assert_eq!(browser.send(&app, Method::Post, "/logout", &[], "").await.status, 204);
    });
}

#[test]
fn bearer_requests_need_no_origin() {
    in_both_modes(async |mode| {
        let (app, browser) = (App::new(mode).await, Browser::default());
        let token = browser.post(&app, "/login-for-programs/bob").await.token();
        browser.post(&app, "/login/alice").await;
        let bearer = format!("Bearer {token}");
        let headers = [("Authorization", bearer.as_str()), ("Origin", "null"), ("Sec-Fetch-Site", "cross-site")];
        assert_eq!(browser.send(&app, Method::Post, "/me", &headers, "").await.body, "bob 0");
    });
}

#[test]
fn websocket_handshake_is_checked_although_it_is_a_get() {
    in_both_modes(async |mode| {
        let (app, browser) = (App::new(mode).await, Browser::default());
        browser.post(&app, "/login/alice").await;
        for upgrade in ["websocket", "WebSocket", "h2c, websocket", "websocket,h2c"] {
            let handshake = |origin| [("Upgrade", upgrade), ("Connection", "Upgrade"), origin];
            let evil = handshake(("Origin", "https://evil.example"));
            let answer = browser.send(&app, Method::Get, "/me", &evil, "").await;
            assert_eq!(answer.status, 403, "{upgrade}");
            let own = handshake(("Sec-Fetch-Site", "same-origin"));
            assert_eq!(browser.send(&app, Method::Get, "/me", &own, "").await.status, 200, "{upgrade}");
        }
        let other = [("Upgrade", "h2c"), ("Origin", "https://evil.example")];
        assert_eq!(browser.send(&app, Method::Get, "/me", &other, "").await.status, 200);
        // Also if only the refresh cookie is left.
        browser.remove(crate::browser::ACCESS);
        let evil = [("Upgrade", "websocket"), ("Origin", "https://evil.example")];
        assert_eq!(browser.send(&app, Method::Get, "/me", &evil, "").await.status, 403);
        assert_eq!(app.users.loads("alice"), 0);
    });
}

#[test]
fn method_that_rocket_routes_by_is_checked() {
    in_both_modes(async |mode| {
        let (app, browser) = (App::new(mode).await, Browser::default());
        browser.post(&app, "/login/alice").await;
        let send = async |method: Method, body: &'static str| {
            let form = ContentType::Form.to_string();
            let headers = [("Content-Type", form.as_str()), ("Sec-Fetch-Site", "cross-site")];
            browser.send(&app, method, "/me", &headers, body).await.status
        };
        assert_eq!(send(Method::Post, "a=b").await, 403);
        // It is a `GET` for Rocket and every guard. There is no way to reach the route for `POST` with it.
        assert_eq!(send(Method::Post, "_method=get").await, 200);
        assert_eq!(send(Method::Post, "a=b&_method=get").await, 403);
        assert_eq!(send(Method::Get, "_method=post").await, 200);
    });
}

#[test]
fn each_guard_judges_the_origin_for_itself() {
    in_both_modes(async |mode| {
        let (app, browser) = (App::new(mode).await, Browser::default());
        browser.post(&app, "/login/alice").await;
        let other = [("Sec-Fetch-Site", "cross-site")];
        for renews in [false, true] {
            for (path, expected) in [
                ("/from-anywhere", Some("alice")),
                ("/visitor-from-anywhere", Some("alice")),
                ("/of-any-origin-last", Some("false alice")),
                ("/of-any-origin-first", None),
                ("/me", None),
            ] {
                if renews {
                    app.wait(30 * 60);
                }
                let answer = browser.send(&app, Method::Post, path, &other, "").await;
                match expected {
                    Some(expected) => assert_eq!(answer.body, expected, "{path} {answer:?}"),
                    None => assert_eq!(answer.status, 403, "{path} {answer:?}"),
                }
            }
        }
        if mode == Mode::Sessions {
            let answer = browser.send(&app, Method::Post, "/sessions-from-anywhere", &other, "").await;
            assert_eq!(answer.body, "1", "{answer:?}");
        }
    });
}

#[test]
fn refusal_is_logged_without_a_value_for_headers_that_are_absent() {
    let ((), lines) = logged(|| {
        block_on(async {
            let (app, browser) = (App::new(Mode::Sessions).await, Browser::default());
            browser.post(&app, "/login/alice").await;
            assert_eq!(browser.send(&app, Method::Post, "/me", &[], "").await.status, 403);
        });
    });
    let line = lines.iter().find(|line| line.text.contains("cross_origin")).expect("a line");
    assert!(line.text.ends_with("; no Origin; no Sec-Fetch-Site"), "{line:?}");
}

#[test]
fn refusal_is_logged_with_escaped_origin() {
    let hostile = "https://evil.example/\u{1b}[31m`; user `root`\u{2028}\"";
    let ((), lines) = logged(|| {
        block_on(async {
            let (app, browser) = (App::new(Mode::Sessions).await, Browser::default());
            browser.post(&app, "/login/alice").await;
            let headers = [("Origin", hostile), ("Sec-Fetch-Site", "same-site")];
            assert_eq!(browser.send(&app, Method::Post, "/me", &headers, "").await.status, 403);
        });
    });
    let line = lines.iter().find(|line| line.text.contains("cross_origin")).expect("a line");
    assert!(line.text.starts_with("jwtauth: POST /me (change) is refused with 403: cross_origin: "), "{line:?}");
    assert!(line.text.ends_with("; Sec-Fetch-Site `same-site`"), "{line:?}");
    assert!(line.text.contains("; Origin `https://evil.example/\\u{1b}[31m"), "{line:?}");
    assert!(line.text.chars().all(|it| !it.is_control() && it != '\u{2028}'), "{line:?}");
    // The value cannot end its quotes.
    assert!(line.text.contains("\\u{60}; user \\u{60}root\\u{60}"), "{line:?}");
    assert_eq!(line.text.matches('`').count(), 4, "{line:?}");
}

//! A login whose access cookie is missing or not acceptable is renewed during the next request.

use rocket::http::Method;
use serde_json::json;

use crate::browser::{ACCESS, Browser, REFRESH, set_cookies};
use crate::browser_app::{App, Mode, User, block_on, in_both_modes};

const HALF_AN_HOUR: u64 = 30 * 60;

#[test]
fn cookies_renew_themselves_when_the_access_token_expires() {
    in_both_modes(async |mode| {
        let (app, browser) = (App::new(mode).await, Browser::default());
        let login = browser.post(&app, "/login/alice").await;
        assert_eq!(login.status, 200, "{login:?}");
        assert_eq!(browser.get(&app, "/me").await.body, "alice 0");
        let first = browser.cookie(ACCESS);
        app.wait(HALF_AN_HOUR);
        let answer = browser.get(&app, "/me").await;
        assert_eq!((answer.status, answer.body.as_str()), (200, "alice 1"), "{mode:?} {answer:?}");
        assert_eq!(set_cookies(&answer).len(), 2);
        assert_eq!(answer.header("Cache-Control"), Some("no-store"));
        assert_eq!(answer.header("Vary"), Some("Cookie"));
        assert_ne!(browser.cookie(ACCESS), first);
        assert!(browser.cookie(REFRESH).is_some());
        let answer = browser.get(&app, "/me").await;
        assert_eq!((answer.body.as_str(), set_cookies(&answer).len()), ("alice 1", 0));
        assert_eq!(app.users.loads("alice"), 1);
    });
}

#[test]
fn refresh_cookie_alone_renews_the_login() {
    in_both_modes(async |mode| {
        let (app, browser) = (App::new(mode).await, Browser::default());
        browser.post(&app, "/login/alice").await;
        browser.remove(ACCESS);
        assert_eq!(browser.get(&app, "/me").await.body, "alice 1");
        assert!(browser.cookie(ACCESS).is_some());
    });
}

#[test]
fn every_guard_renews_and_several_guards_renew_once() {
    in_both_modes(async |mode| {
        let (app, browser) = (App::new(mode).await, Browser::default());
        browser.post(&app, "/login/alice").await;
        let mut loads = 0;
        let mut paths = vec![("/twice", "alice alice "), ("/maybe", "known"), ("/visitor", "alice")];
        if mode == Mode::Sessions {
            paths.extend([("/session", "alice"), ("/sessions", "1")]);
        }
        for (path, expected) in paths {
            app.wait(HALF_AN_HOUR);
            app.store.advanced();
            let answer = browser.get(&app, path).await;
            assert!(answer.status == 200 && answer.body.starts_with(expected), "{path}: {answer:?}");
            loads += 1;
            assert_eq!(app.users.loads("alice"), loads, "{path}");
            assert_eq!(app.store.advanced(), usize::from(mode == Mode::Sessions), "{path}");
            assert_eq!(set_cookies(&answer).len(), 2, "{path}");
        }
    });
}

#[test]
fn open_route_does_not_renew() {
    in_both_modes(async |mode| {
        let (app, browser) = (App::new(mode).await, Browser::default());
        browser.post(&app, "/login/alice").await;
        app.wait(HALF_AN_HOUR);
        assert_eq!(browser.get(&app, "/open").await.headers("Set-Cookie"), [""; 0]);
        assert_eq!(app.users.loads("alice"), 0);
    });
}

#[test]
fn head_requests_prefetches_and_safe_cross_site_requests_renew() {
    in_both_modes(async |mode| {
        let prefetch = [("Sec-Purpose", "prefetch")];
        let link = [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate")];
        for (method, headers) in [(Method::Head, &[][..]), (Method::Get, &prefetch), (Method::Get, &link)] {
            let (app, browser) = (App::new(mode).await, Browser::default());
            browser.post(&app, "/login/alice").await;
            app.wait(HALF_AN_HOUR);
            let answer = browser.send(&app, method, "/me", headers, "").await;
            assert_eq!((answer.status, set_cookies(&answer).len()), (200, 2), "{method} {headers:?}");
            assert_eq!(app.users.loads("alice"), 1);
        }
    });
}

#[test]
fn renewed_cookies_survive_catchers_and_panics() {
    in_both_modes(async |mode| {
        for (path, status) in [("/fails", 418), ("/denied", 401), ("/panics", 500)] {
            let (app, browser) = (App::new(mode).await, Browser::default());
            browser.post(&app, "/login/alice").await;
            app.wait(HALF_AN_HOUR);
            let answer = browser.get(&app, path).await;
            assert_eq!((answer.status, set_cookies(&answer).len()), (status, 2), "{path} {answer:?}");
            assert_eq!(answer.header("Cache-Control"), Some("no-store"), "{path}");
            assert_eq!(browser.get(&app, "/me").await.body, "alice 1");
        }
    });
}

#[test]
fn login_is_renewed_when_its_key_is_unknown_after_a_roll() {
    block_on(async {
        let secret = "a secret of refresh tokens alone, 44 bytes l";
        let settings = json!({ "cookies": {}, "sessions": { "secret": secret } });
        let app = App::custom(Mode::Sessions, settings.clone()).await;
        let browser = Browser::default();
        browser.post(&app, "/login/alice").await;
        let mut rolled = settings;
        rolled["master_secret"] = "another secret of the tests, 64 bytes long, as the first one is.".into();
        let app = app.node(Mode::Sessions, rolled).await;
        let answer = browser.get(&app, "/me").await;
        assert_eq!((answer.body.as_str(), set_cookies(&answer).len()), ("alice 1", 2), "{answer:?}");
    });
}

#[test]
fn login_is_renewed_when_its_claims_no_longer_fit_and_it_is_over_a_minute_old() {
    in_both_modes(async |mode| {
        let (app, browser) = (App::new(mode).await, Browser::default());
        browser.post(&app, "/login-of-old-version/alice").await;
        app.wait(60);
        let answer = browser.get(&app, "/me").await;
        answer.assert_refused("The claims of the token are not acceptable");
        assert_eq!((app.users.loads("alice"), set_cookies(&answer).len()), (0, 0), "a token that is just issued");
        app.wait(1);
        let answer = browser.get(&app, "/me").await;
        assert_eq!((answer.body.as_str(), set_cookies(&answer).len()), ("alice 1", 2));
    });
}

#[test]
fn renewal_is_refused_if_the_two_cookies_are_of_different_users() {
    in_both_modes(async |mode| {
        let (app, browser, other) = (App::new(mode).await, Browser::default(), Browser::default());
        browser.post(&app, "/login-of-old-version/alice").await;
        other.post(&app, "/login/bob").await;
        browser.set(REFRESH, &other.cookie(REFRESH).expect("a cookie"));
        app.wait(61);
        // The first guard accepts alice, whose claims do not fit the second.
        let answer = browser.get(&app, "/twice").await;
        assert_eq!((answer.status, set_cookies(&answer).len()), (400, 0), "{mode:?} {answer:?}");
        assert_eq!((app.users.loads("alice"), app.users.loads("bob")), (0, 0));
    });
}

#[test]
fn claims_that_the_loader_does_not_return_either_leave_the_login_renewed() {
    in_both_modes(async |mode| {
        let (app, browser) = (App::new(mode).await, Browser::default());
        browser.post(&app, "/login/alice").await;
        for path in ["/theme-only", "/theme"] {
            app.wait(HALF_AN_HOUR);
            app.store.advanced();
            let answer = browser.get(&app, path).await;
            match path {
                "/theme" => assert_eq!(answer.body, "alice false"),
                _ => answer.assert_refused("The claims of the token are not acceptable"),
            }
            assert_eq!(set_cookies(&answer).len(), 2, "{path}: the refresh token is spent");
            let again = browser.get(&app, path).await;
            assert_eq!(set_cookies(&again).len(), 0, "{path}: a new token is not renewed for its claims");
            assert_eq!(app.store.advanced(), usize::from(mode == Mode::Sessions));
        }
        assert_eq!(browser.get(&app, "/me").await.body, "alice 2");
    });
}

#[test]
fn header_decides_alone_and_never_renews_cookies() {
    in_both_modes(async |mode| {
        let (app, browser, program) = (App::new(mode).await, Browser::default(), Browser::default());
        browser.post(&app, "/login/alice").await;
        let bob = program.post(&app, "/login-for-programs/bob").await.token();
        let bob = format!("Bearer {bob}");
        let answer = browser.send(&app, Method::Get, "/me", &[("Authorization", &bob)], "").await;
        assert_eq!(answer.body, "bob 0", "the header decides alone");
        assert_eq!(answer.header("Cache-Control"), None);
        app.wait(HALF_AN_HOUR);
        for header in [bob.as_str(), "Bearer nonsense", "Bearer", "bearer "] {
            for path in ["/me", "/visitor"] {
                let answer = browser.send(&app, Method::Get, path, &[("Authorization", header)], "").await;
                assert_eq!((answer.status, set_cookies(&answer).len()), (401, 0), "{header} {path}");
            }
        }
        assert_eq!(app.users.loads("alice"), 0);
        // Another scheme is not ours.
        let answer = browser.send(&app, Method::Get, "/me", &[("Authorization", "Basic YTpi")], "").await;
        assert_eq!(answer.body, "alice 1");
    });
}

#[test]
fn renewed_identity_is_of_the_user_whom_the_refresh_cookie_names() {
    in_both_modes(async |mode| {
        let (app, alice, bob) = (App::new(mode).await, Browser::default(), Browser::default());
        alice.post(&app, "/login/alice").await;
        bob.post(&app, "/login/bob").await;
        alice.set(REFRESH, &bob.cookie(REFRESH).expect("a cookie"));
        assert_eq!(alice.get(&app, "/me").await.body, "alice 0", "the access cookie is good");
        app.wait(HALF_AN_HOUR);
        // Both cookies are those of one login again.
        assert_eq!(alice.get(&app, "/me").await.body, "bob 1");
        assert_eq!(alice.get(&app, "/me").await.body, "bob 1");
    });
}

#[test]
fn lost_renewal_is_repeated_within_the_grace() {
    in_both_modes(async |mode| {
        let (app, browser) = (App::new(mode).await, Browser::default());
        browser.post(&app, "/login/alice").await;
        app.wait(HALF_AN_HOUR);
        for _ in 0..3 {
            assert_eq!(browser.send_and_lose(&app, Method::Get, "/me", &[], "").await.status, 200);
            app.wait(10);
        }
        assert_eq!(browser.get(&app, "/me").await.status, 200);
        app.wait(HALF_AN_HOUR);
        assert_eq!(browser.get(&app, "/me").await.status, 200);
    });
}

#[test]
fn concurrent_requests_of_one_browser_get_the_same_refresh_cookie() {
    block_on(async {
        let (app, browser) = (App::new(Mode::Sessions).await, Browser::default());
        browser.post(&app, "/login/alice").await;
        app.wait(HALF_AN_HOUR);
        app.store.set_slow(3);
        let requests = (0..50).map(|_| browser.send_and_lose(&app, Method::Get, "/me", &[], ""));
        let answers = rocket::futures::future::join_all(requests).await;
        let mut values = Vec::new();
        for answer in &answers {
            assert_eq!(answer.status, 200, "{answer:?}");
            values.extend(set_cookies(answer).into_iter().filter(|it| it.name == REFRESH).map(|it| it.value));
        }
        assert_eq!(values.len(), 50);
        values.dedup();
        assert_eq!(values.len(), 1, "all racers get the same successor");
    });
}

#[test]
fn refresh_endpoint_answers_the_way_the_token_came() {
    in_both_modes(async |mode| {
        let (app, browser, program) = (App::new(mode).await, Browser::default(), Browser::default());
        browser.post(&app, "/login/alice").await;
        let (access, refresh) = program.post(&app, "/login-for-programs/bob").await.tokens();
        let header = format!("Bearer {}", refresh.unwrap_or(access));

        let answer = browser.post(&app, "/refresh").await;
        assert_eq!((answer.status, set_cookies(&answer).len()), (200, 2), "{answer:?}");
        assert_eq!((answer.json().get("access_token"), answer.json().get("refresh_token")), (None, None));
        assert_eq!(answer.header("Authorization"), None);
        assert_eq!(browser.get(&app, "/me").await.body, "alice 1");

        // Also if the cookies are there: the header decides.
        let answer = browser.send(&app, Method::Post, "/refresh", &[("Authorization", &header)], "").await;
        assert_eq!(answer.headers("Set-Cookie"), [""; 0]);
        let bearer = format!("Bearer {}", answer.token());
        assert_eq!(program.send(&app, Method::Get, "/me", &[("Authorization", &bearer)], "").await.body, "bob 1");
        assert_eq!(browser.get(&app, "/me").await.body, "alice 1");

        app.users.set("alice", User::Gone);
        browser.post(&app, "/refresh").await.assert_not_refreshed("Could not refresh your token");
    });
}

//! A login sets two cookies, and hides the tokens from scripts.

use rocket::http::Method;
use serde_json::json;

use crate::browser::{ACCESS, Browser, REFRESH, set_cookies};
use crate::browser_app::{App, Mode, block_on, in_both_modes};
use crate::store::Event;
use jwtauth::EndReason;

const DAY: u64 = 24 * 60 * 60;

#[test]
fn login_sets_both_cookies_with_every_attribute() {
    in_both_modes(async |mode| {
        let (app, browser) = (App::new(mode).await, Browser::default());
        let answer = browser.post(&app, "/login/alice").await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let cookies = set_cookies(&answer);
        assert_eq!(Vec::from_iter(cookies.iter().map(|cookie| cookie.name.as_str())), [ACCESS, REFRESH]);
        for cookie in &cookies {
            assert_eq!(cookie.attributes, ["Path=/", "HttpOnly", "SameSite=Lax", "Secure"], "{cookie:?}");
            assert_eq!(cookie.max_age, Some(7 * DAY), "{cookie:?}");
        }
        assert_eq!(answer.header("Cache-Control"), Some("no-store"));
        assert_eq!(cookies[0].value == cookies[1].value, mode == Mode::Stateless);
    });
}

#[test]
fn login_response_contains_no_token() {
    in_both_modes(async |mode| {
        let (app, browser) = (App::new(mode).await, Browser::default());
        let answer = browser.post(&app, "/login/alice").await;
        assert_eq!(answer.header("Authorization"), None);
        let expected = match mode {
            Mode::Stateless => json!({ "expires_in": 1800 }),
            Mode::Sessions => json!({ "expires_in": 1800, "refresh_expires_in": 7 * DAY }),
        };
        assert_eq!(answer.json(), expected);
    });
}

#[test]
fn cookie_max_age_is_the_rest_of_the_login_and_at_most_400_days() {
    in_both_modes(async |mode| {
        for (settings, expected) in [
            (json!({ "refresh_delta": "1000d" }), 400 * DAY),
            (json!({ "max_lifetime": "1h" }), 60 * 60),
            (json!({ "refresh_delta": "10m", "expiration_delta": "5m" }), 10 * 60),
        ] {
            let mut settings = settings;
            settings["cookies"] = json!({});
            let (app, browser) = (App::custom(mode, settings.clone()).await, Browser::default());
            let answer = browser.post(&app, "/login/alice").await;
            let ages = Vec::from_iter(set_cookies(&answer).iter().map(|cookie| cookie.max_age));
            assert_eq!(ages, [Some(expected); 2], "{settings}");
        }
        // The absolute end of the login does not move.
        let settings = json!({ "cookies": {}, "max_lifetime": "1h", "expiration_delta": "10m" });
        let (app, browser) = (App::custom(mode, settings).await, Browser::default());
        browser.post(&app, "/login/alice").await;
        app.wait(45 * 60);
        let answer = browser.get(&app, "/me").await;
        assert_eq!(answer.body, "alice 1");
        assert_eq!(set_cookies(&answer)[0].max_age, Some(15 * 60));
        assert_eq!(set_cookies(&answer)[1].max_age, Some(15 * 60));
    });
}

#[test]
fn login_in_body_sets_no_cookies() {
    in_both_modes(async |mode| {
        let (app, browser) = (App::new(mode).await, Browser::default());
        // Without `Origin`, as a program does it, and even from another origin: nothing is set.
        for headers in [&[][..], &[("Origin", "https://evil.example")]] {
            let answer = browser.send(&app, Method::Post, "/login-for-programs/alice", headers, "").await;
            let (access, refresh) = answer.tokens();
            assert_eq!(answer.headers("Set-Cookie"), [""; 0]);
            assert_eq!(answer.header("Authorization"), Some(format!("Bearer {access}").as_str()));
            assert_eq!(refresh.is_some(), mode == Mode::Sessions);
        }
    });
}

#[test]
fn login_until_browser_closes_has_no_max_age_even_after_renewals() {
    in_both_modes(async |mode| {
        let (app, browser) = (App::new(mode).await, Browser::default());
        let mut answer = browser.post(&app, "/login-until-closing/alice").await;
        for round in 1..4 {
            let cookies = set_cookies(&answer);
            assert_eq!(cookies.len(), 2);
            for cookie in cookies {
                assert_eq!(cookie.max_age, None, "{round}: {cookie:?}");
                assert_eq!(cookie.attributes, ["Path=/", "HttpOnly", "SameSite=Lax", "Secure"]);
            }
            app.wait(1800);
            answer = match round {
                3 => browser.post(&app, "/refresh").await,
                _ => browser.get(&app, "/me").await,
            };
            assert_eq!(answer.status, 200, "{answer:?}");
        }
        assert_eq!(set_cookies(&answer)[0].max_age, None);
        assert_eq!(browser.post(&app, "/logout").await.status, 204);
        if mode == Mode::Sessions {
            assert_eq!(app.events.kinds().last(), Some(&Event::Ended(EndReason::Logout)));
        }
    });
}

#[test]
fn login_with_redirect_sets_the_cookies() {
    in_both_modes(async |mode| {
        let (app, browser) = (App::new(mode).await, Browser::default());
        let answer = browser.post(&app, "/login-to-page/alice").await;
        assert_eq!((answer.status, answer.header("Location")), (303, Some("/me")));
        assert_eq!(answer.header("Cache-Control"), Some("no-store"));
        assert_eq!(answer.header("Authorization"), None);
        assert_eq!(set_cookies(&answer).len(), 2);
        assert_eq!(browser.get(&app, "/me").await.body, "alice 0");

        let app = App::custom(mode, json!({})).await;
        let answer = Browser::default().post(&app, "/login-to-page/alice").await;
        assert_eq!((answer.status, answer.header("Location")), (303, Some("/me")));
        assert_eq!(answer.header("Cache-Control"), Some("no-store"));
        let header = answer.header("Authorization").expect("a token").to_owned();
        assert_eq!(answer.headers("Set-Cookie"), [""; 0]);
        let headers = [("Authorization", header.as_str())];
        assert_eq!(Browser::default().send(&app, Method::Get, "/me", &headers, "").await.body, "alice 0");
    });
}

#[test]
fn login_ends_the_session_of_the_cookies_that_came_with_it() {
    block_on(async {
        let (app, browser) = (App::new(Mode::Sessions).await, Browser::default());
        browser.post(&app, "/login/alice").await;
        let tab = browser.copy();
        let elsewhere = Browser::default();
        elsewhere.post(&app, "/login/alice").await;
        app.events.heard();
        assert_eq!(browser.post(&app, "/login/bob").await.status, 200);
        let heard = Vec::from_iter(app.events.heard().into_iter().map(|(event, _, user)| (event, user)));
        let expected = [(Event::Began, "bob".to_owned()), (Event::Ended(EndReason::Logout), "alice".to_owned())];
        assert_eq!(heard, expected);
        assert_eq!(tab.get(&app, "/me").await.status, 401);
        assert_eq!(elsewhere.get(&app, "/me").await.body, "alice 0");
        // A login of a program leaves the session of the browser alone.
        assert_eq!(browser.post(&app, "/login-for-programs/alice").await.status, 200);
        assert_eq!(browser.get(&app, "/me").await.body, "bob 0");
    });
}

#[test]
fn login_that_cannot_be_refreshed_sets_one_cookie_until_the_token_expires() {
    block_on(async {
        let settings = json!({ "allow_refresh": false, "cookies": {} });
        let (app, browser) = (App::custom(Mode::Stateless, settings).await, Browser::default());
        browser.set(REFRESH, "left-over");
        let cookies = set_cookies(&browser.post(&app, "/login/alice").await);
        let set = Vec::from_iter(cookies.iter().map(|cookie| (cookie.name.as_str(), cookie.max_age)));
        assert_eq!(set, [(ACCESS, Some(1800)), (REFRESH, Some(0))]);
        assert_eq!(browser.get(&app, "/me").await.body, "alice 0");
        app.wait(1800);
        let answer = browser.get(&app, "/me").await;
        answer.assert_refused("The token has expired");
        assert_eq!(browser.header(), None);
    });
}

#[test]
fn login_takes_precedence_over_logout_and_logout_over_renewal() {
    in_both_modes(async |mode| {
        for first in ["true", "false"] {
            let (app, browser) = (App::new(mode).await, Browser::default());
            browser.post(&app, "/login/alice").await;
            let answer = browser.post(&app, &format!("/login-and-out/bob?out_first={first}")).await;
            let cookies = set_cookies(&answer);
            assert_eq!(cookies.len(), 2, "{answer:?}");
            assert!(cookies.iter().all(|cookie| cookie.max_age == Some(7 * DAY)), "{cookies:?}");
            assert_eq!(browser.get(&app, "/me").await.body, "bob 0");
        }
        let (app, browser) = (App::new(mode).await, Browser::default());
        browser.post(&app, "/login/alice").await;
        app.wait(1800);
        // The route asks for an identity, which renews the login, and logs out.
        let answer = browser.post(&app, "/logout-to-page").await;
        assert_eq!((answer.status, app.users.loads("alice")), (303, 1));
        assert_eq!(set_cookies(&answer).len(), 2);
        assert!(set_cookies(&answer).iter().all(|cookie| cookie.max_age == Some(0) && cookie.value.is_empty()));
        assert_eq!(browser.header(), None);
    });
}

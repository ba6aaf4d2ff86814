//! A `Visitor` with a dead or bad cookie is anonymous, and loses the cookie.

use jwtauth::JwtAuth;
use serde_json::json;

use crate::browser::{ACCESS, Browser, REFRESH, set_cookies};
use crate::browser_app::{App, Mode, User, block_on, in_both_modes};
use crate::renewal_fails::assert_cleared;

/// What makes the cookies of a browser useless.
type Death = fn(&App, &Browser);

#[test]
fn visitor_is_known_by_cookie_and_anonymous_without() {
    in_both_modes(async |mode| {
        let (app, browser) = (App::new(mode).await, Browser::default());
        let answer = browser.get(&app, "/visitor").await;
        assert_eq!((answer.body.as_str(), set_cookies(&answer).len()), ("anonymous", 0));
        browser.post(&app, "/login/alice").await;
        let answer = browser.get(&app, "/visitor").await;
        assert_eq!((answer.body.as_str(), set_cookies(&answer).len()), ("alice", 0));
    });
}

#[test]
fn visitor_with_a_dead_cookie_is_anonymous_and_loses_it() {
    in_both_modes(async |mode| {
        let deaths: [(&str, Death); 6] = [
            ("expired", |app, _| app.wait(30 * 24 * 60 * 60)),
            ("expired, without a refresh cookie", |app, browser| {
                app.wait(30 * 60);
                browser.remove(REFRESH);
            }),
            ("user gone", |app, _| {
                app.wait(30 * 60);
                app.users.set("alice", User::Gone);
            }),
            ("malformed", |_, browser| browser.set(ACCESS, "nonsense")),
            ("empty", |_, browser| browser.set(ACCESS, "")),
            ("malformed refresh cookie alone", |_, browser| {
                browser.remove(ACCESS);
                browser.set(REFRESH, "nonsense");
            }),
        ];
        for (name, die) in deaths {
            let (app, browser) = (App::new(mode).await, Browser::default());
            browser.post(&app, "/login/alice").await;
            die(&app, &browser);
            let answer = browser.get(&app, "/visitor").await;
            assert_eq!((answer.status, answer.body.as_str()), (200, "anonymous"), "{name}: {answer:?}");
            assert_cleared(&answer);
            assert_eq!(browser.header(), None);
        }
    });
}

#[test]
fn visitor_of_an_ended_session_is_anonymous_and_loses_the_cookies() {
    block_on(async {
        let (app, browser) = (App::new(Mode::Sessions).await, Browser::default());
        browser.post(&app, "/login/alice").await;
        let jwtauth: &JwtAuth = app.client.rocket().state().expect("it is attached");
        assert_eq!(jwtauth.end_all_sessions("alice", None).await, Ok(1));
        app.wait(5);
        let answer = browser.get(&app, "/visitor").await;
        assert_eq!(answer.body, "anonymous");
        assert_cleared(&answer);
    });
}

#[test]
fn visitor_with_a_bad_header_is_refused_and_keeps_the_cookies() {
    in_both_modes(async |mode| {
        let (app, browser) = (App::new(mode).await, Browser::default());
        browser.post(&app, "/login/alice").await;
        let headers = [("Authorization", "Bearer nonsense")];
        let answer = browser.send(&app, rocket::http::Method::Get, "/visitor", &headers, "").await;
        assert_eq!((answer.status, set_cookies(&answer).len()), (401, 0));
    });
}

#[test]
fn visitor_whose_login_comes_from_a_clock_ahead_keeps_the_cookies() {
    in_both_modes(async |mode| {
        let (app, browser) = (App::new(mode).await, Browser::default());
        let ahead = app.node(mode, json!({ "cookies": {} })).await;
        ahead.wait(120);
        browser.post(&ahead, "/login/alice").await;
        let behind = App::new(mode).await;
        let answer = browser.get(&behind, "/visitor").await;
        assert_eq!((answer.body.as_str(), set_cookies(&answer).len()), ("anonymous", 0), "{answer:?}");
    });
}

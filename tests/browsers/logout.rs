//! A logout ends the session and removes both cookies.

use jwtauth::{EndReason, refresh_endpoint};
use rocket::http::Method;
use rocket::tokio::sync::Notify;
use rocket::{State, routes, tokio};
use serde_json::json;

use crate::browser::{ACCESS, Browser, REFRESH, SAME_ORIGIN, set_cookies};
use crate::browser_app::{App, Mode, Profile, block_on, in_both_modes};
use crate::renewal_fails::assert_cleared;
use crate::store::Event;

#[test]
fn logout_ends_the_session_and_removes_both_cookies() {
    in_both_modes(async |mode| {
        for (path, status) in [("/logout", 204), ("/logout-to-page", 303)] {
            let (app, browser) = (App::new(mode).await, Browser::default());
            browser.post(&app, "/login/alice").await;
            let tab = browser.copy();
            app.events.heard();
            let answer = browser.post(&app, path).await;
            assert_eq!(answer.status, status, "{answer:?}");
            assert_cleared(&answer);
            assert_eq!(browser.get(&app, "/me").await.status, 401);
            if mode == Mode::Sessions {
                assert_eq!(app.events.kinds(), [Event::Ended(EndReason::Logout)]);
                let answer = tab.get(&app, "/me").await;
                assert_eq!(answer.status, 401);
                assert_cleared(&answer);
            }
        }
    });
}

#[test]
fn logout_needs_only_one_of_the_cookies_and_accepts_an_expired_one() {
    block_on(async {
        for expires in [false, true] {
            for kept in [ACCESS, REFRESH] {
                let (app, browser) = (App::new(Mode::Sessions).await, Browser::default());
                browser.post(&app, "/login/alice").await;
                let lost = if kept == ACCESS { REFRESH } else { ACCESS };
                for value in [None, Some("nonsense"), Some("")] {
                    browser.remove(lost);
                    if let Some(value) = value {
                        browser.set(lost, value);
                    }
                    if expires {
                        app.wait(30 * 60);
                    }
                    let alone = browser.copy();
                    app.events.heard();
                    let answer = alone.post(&app, "/logout").await;
                    assert_eq!(answer.status, 204, "{kept} {value:?} {answer:?}");
                    assert_cleared(&answer);
                    assert_eq!(app.events.kinds(), [Event::Ended(EndReason::Logout)], "{kept} {value:?}");
                    browser.post(&app, "/login/alice").await;
                }
            }
        }
    });
}

#[test]
fn logout_without_a_good_cookie_removes_both_too() {
    in_both_modes(async |mode| {
        let app = App::new(mode).await;
        for cookies in [&[][..], &[ACCESS], &[REFRESH], &[ACCESS, REFRESH]] {
            let browser = Browser::default();
            cookies.iter().for_each(|name| browser.set(name, "nonsense"));
            let answer = browser.post(&app, "/logout").await;
            assert_eq!(answer.status, 204, "{answer:?}");
            assert_cleared(&answer);
        }
        // Twice.
        let browser = Browser::default();
        browser.post(&app, "/login/alice").await;
        let tab = browser.copy();
        for browser in [browser, tab] {
            let answer = browser.post(&app, "/logout").await;
            assert_eq!(answer.status, 204, "{answer:?}");
            assert_cleared(&answer);
        }
        // Logging out needs no user.
        assert_eq!(app.users.loads("alice"), 0);
    });
}

#[test]
fn logout_ends_the_sessions_of_both_cookies() {
    block_on(async {
        let (app, alice, bob) = (App::new(Mode::Sessions).await, Browser::default(), Browser::default());
        alice.post(&app, "/login/alice").await;
        bob.post(&app, "/login/bob").await;
        alice.set(REFRESH, &bob.cookie(REFRESH).expect("a cookie"));
        app.events.heard();
        assert_eq!(alice.post(&app, "/logout").await.status, 204);
        let mut users = Vec::from_iter(app.events.heard().into_iter().map(|(_, _, user)| user));
        users.sort();
        assert_eq!(users, ["alice", "bob"]);
    });
}

#[test]
fn logout_while_the_store_is_unavailable_answers_503_and_keeps_the_cookies() {
    block_on(async {
        let (app, browser) = (App::new(Mode::Sessions).await, Browser::default());
        browser.post(&app, "/login/alice").await;
        app.store.set_away(true);
        let answer = browser.post(&app, "/logout").await;
        answer.assert_unavailable();
        assert_eq!(answer.headers("Set-Cookie"), [""; 0]);
        app.store.set_away(false);
        assert_eq!(browser.get(&app, "/me").await.body, "alice 0");
        assert_eq!(browser.post(&app, "/logout").await.status, 204);
    });
}

#[test]
fn login_while_the_store_is_unavailable_answers_503_and_keeps_the_cookies() {
    block_on(async {
        let (app, browser) = (App::new(Mode::Sessions).await, Browser::default());
        browser.post(&app, "/login/alice").await;
        app.store.set_away(true);
        let answer = browser.post(&app, "/login/bob").await;
        answer.assert_unavailable();
        assert_eq!(answer.headers("Set-Cookie"), [""; 0]);
        app.store.set_away(false);
        assert_eq!(browser.get(&app, "/me").await.body, "alice 0");
    });
}

#[test]
fn logout_with_a_header_ends_the_session_of_the_header() {
    block_on(async {
        let (app, browser) = (App::new(Mode::Sessions).await, Browser::default());
        let token = browser.post(&app, "/login-for-programs/bob").await.token();
        browser.post(&app, "/login/alice").await;
        app.events.heard();
        let bearer = format!("Bearer {token}");
        let answer = browser.send_and_lose(&app, Method::Post, "/logout", &[("Authorization", &bearer)], "").await;
        assert_eq!((answer.status, set_cookies(&answer).len()), (204, 0), "the cookies are of another login");
        let heard = Vec::from_iter(app.events.heard().into_iter().map(|(event, _, user)| (event, user)));
        assert_eq!(heard, [(Event::Ended(EndReason::Logout), "bob".to_owned())]);
        assert_eq!(browser.get(&app, "/me").await.body, "alice 0");
    });
}

/// Holds a loader up.
#[derive(Default)]
struct Gate {
    entered: Notify,
    leave: Notify,
}

#[refresh_endpoint("/refresh")]
async fn slow(_user: &str, gate: &State<Gate>) -> Option<Profile> {
    gate.entered.notify_one();
    gate.leave.notified().await;
    Some(Profile::of(9))
}

#[test]
fn logout_during_a_renewal_ends_the_login_with_sessions() {
    in_both_modes(async |mode| {
        let change = |rocket: rocket::Rocket<rocket::Build>| rocket.manage(Gate::default()).mount("/", routes![slow]);
        let app = App::changed(mode, json!({ "cookies": {} }), |fairing| fairing, change).await;
        let browser = Browser::default();
        browser.post(&app, "/login/alice").await;
        app.wait(30 * 60);
        let tab = browser.copy();
        let gate: &Gate = app.client.rocket().state().expect("it is managed");
        let logout = async {
            gate.entered.notified().await;
            let answer = browser.post(&app, "/logout").await;
            gate.leave.notify_one();
            answer
        };
        let (renewed, logout) = tokio::join!(tab.get(&app, "/me"), logout);
        assert_eq!(logout.status, 204);
        assert_cleared(&logout);
        match mode {
            Mode::Sessions => {
                assert_eq!(renewed.status, 401, "{renewed:?}");
                assert_cleared(&renewed);
                assert_eq!(tab.header(), None);
            }
            // Nothing remembers the logout.
            Mode::Stateless => assert_eq!((renewed.status, set_cookies(&renewed).len()), (200, 2)),
        }
    });
}

#[test]
fn renewal_whose_answer_arrives_after_the_logout_is_dead() {
    block_on(async {
        let (app, browser) = (App::new(Mode::Sessions).await, Browser::default());
        browser.post(&app, "/login/alice").await;
        app.wait(30 * 60);
        let late = browser.send_and_lose(&app, Method::Get, "/me", &[], "").await;
        assert_eq!(late.status, 200);
        assert_eq!(browser.send(&app, Method::Post, "/logout", &[SAME_ORIGIN], "").await.status, 204);
        browser.keep(&late);
        assert!(browser.cookie(ACCESS).is_some());
        let answer = browser.get(&app, "/me").await;
        assert_eq!(answer.status, 401, "{answer:?}");
        assert_cleared(&answer);
        assert_eq!(browser.header(), None);
    });
}

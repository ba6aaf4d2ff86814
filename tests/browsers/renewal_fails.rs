//! A login that is not renewed: when the cookies stay, and when they go.

use jwtauth::{EndReason, JwtAuth, refresh_nonce_handler};
use rocket::http::{Method, Status};
use rocket::outcome::Outcome;
use rocket::request::{self, FromRequest, Request};
use rocket::routes;
use serde_json::json;

use crate::browser::{ACCESS, Browser, REFRESH, set_cookies};
use crate::browser_app::{App, Mode, User, block_on, in_both_modes, refresh};
use crate::log::logged;
use crate::store::Event;

const HALF_AN_HOUR: u64 = 30 * 60;
const WEEK: u64 = 7 * 24 * 60 * 60;

/// An application and a browser whose access token has expired.
async fn expired(mode: Mode) -> (App, Browser) {
    let (app, browser) = (App::new(mode).await, Browser::default());
    browser.post(&app, "/login/alice").await;
    app.wait(HALF_AN_HOUR);
    app.events.heard();
    (app, browser)
}

/// Fails if the response does not remove both cookies with all attributes.
#[track_caller]
pub(crate) fn assert_cleared(answer: &jwtauth_tests::answer::Answer) {
    let cookies = set_cookies(answer);
    assert_eq!(Vec::from_iter(cookies.iter().map(|cookie| cookie.name.as_str())), [ACCESS, REFRESH], "{answer:?}");
    for cookie in cookies {
        assert_eq!((cookie.value.as_str(), cookie.max_age), ("", Some(0)));
        let expires = "Expires=Thu, 01 Jan 1970 00:00:00 GMT";
        assert_eq!(cookie.attributes, [expires, "Path=/", "HttpOnly", "SameSite=Lax", "Secure"]);
    }
    assert_eq!(answer.header("Cache-Control"), Some("no-store"));
}

#[test]
fn late_request_of_a_browser_with_newer_cookies_is_to_be_repeated() {
    block_on(async {
        let (app, browser) = expired(Mode::Sessions).await;
        let late = browser.copy();
        for _ in 0..2 {
            browser.remove(ACCESS);
            assert_eq!(browser.get(&app, "/me").await.status, 200);
        }
        for path in ["/me", "/visitor"] {
            let answer = late.get(&app, path).await;
            answer.assert_unavailable();
            assert_eq!(set_cookies(&answer).len(), 0, "{path}: the newer cookies stay");
        }
        assert_eq!(browser.get(&app, "/me").await.status, 200, "the session goes on");
    });
}

#[test]
fn expired_access_cookie_alone_is_refused_and_cleared() {
    in_both_modes(async |mode| {
        let (app, browser) = expired(mode).await;
        browser.remove(REFRESH);
        let answer = browser.get(&app, "/me").await;
        answer.assert_refused("The token has expired");
        assert_cleared(&answer);
    });
}

#[test]
fn login_that_has_expired_is_refused_and_cleared() {
    in_both_modes(async |mode| {
        let (app, browser) = expired(mode).await;
        app.wait(WEEK);
        let answer = browser.get(&app, "/me").await;
        assert_eq!(answer.status, 401, "{answer:?}");
        assert_cleared(&answer);
        assert_eq!(app.users.loads("alice"), 0);
    });
}

#[test]
fn session_that_has_ended_is_refused_and_cleared() {
    block_on(async {
        for expires in [false, true] {
            let (app, browser) = (App::new(Mode::Sessions).await, Browser::default());
            browser.post(&app, "/login/alice").await;
            let jwtauth: &JwtAuth = app.client.rocket().state().expect("it is attached");
            assert_eq!(jwtauth.end_all_sessions("alice", None).await, Ok(1));
            app.wait(if expires { HALF_AN_HOUR } else { 5 });
            let answer = browser.get(&app, "/me").await;
            answer.assert_refused("The session of the token has ended");
            assert_cleared(&answer);
            assert_eq!(app.users.loads("alice"), 0);
        }
    });
}

#[test]
fn user_who_is_gone_is_refused_and_cleared() {
    in_both_modes(async |mode| {
        let (app, browser) = expired(mode).await;
        app.users.set("alice", User::Gone);
        let answer = browser.get(&app, "/twice").await;
        assert_eq!(answer.status, 401, "{answer:?}");
        assert_cleared(&answer);
        if mode == Mode::Sessions {
            assert_eq!(app.events.kinds(), [Event::Ended(EndReason::UserGone)]);
        }
    });
}

#[test]
fn failing_loader_answers_503_and_keeps_the_cookies() {
    for mode in [Mode::Stateless, Mode::Sessions] {
        let ((), lines) = logged(|| {
            block_on(async {
                let (app, browser) = expired(mode).await;
                app.users.set("alice", User::Fails);
                for path in ["/me", "/visitor", "/twice"] {
                    let answer = browser.get(&app, path).await;
                    answer.assert_unavailable();
                    assert_eq!(answer.headers("Set-Cookie"), [""; 0], "{path}");
                }
                assert_eq!(browser.get(&app, "/maybe").await.body, "unknown");
                // The second guard does not ask the loader again.
                browser.get(&app, "/theme").await.assert_unavailable();
                app.users.set("alice", User::Loads(0));
                app.wait(HALF_AN_HOUR);
                assert_eq!(browser.get(&app, "/me").await.body, "alice 1", "the refresh token is not spent");
            });
        });
        let failed =
            lines.iter().filter(|line| line.text.contains("the loader of `") && line.text.contains("::refresh`"));
        assert_eq!(failed.count(), 5, "{lines:#?}");
    }
}

#[test]
fn panicking_loader_answers_500_and_keeps_the_cookies() {
    in_both_modes(async |mode| {
        let (app, browser) = expired(mode).await;
        app.users.set("alice", User::Panics);
        let answer = browser.get(&app, "/me").await;
        assert_eq!((answer.status, set_cookies(&answer).len()), (500, 0));
        app.users.set("alice", User::Loads(0));
        assert_eq!(browser.get(&app, "/me").await.body, "alice 1");
    });
}

#[test]
fn unavailable_store_answers_503_and_keeps_the_cookies() {
    block_on(async {
        let (app, browser) = expired(Mode::Sessions).await;
        app.store.set_away(true);
        for path in ["/me", "/visitor", "/session", "/sessions"] {
            let answer = browser.get(&app, path).await;
            answer.assert_unavailable();
            assert_eq!(answer.headers("Set-Cookie"), [""; 0]);
        }
        // The step is done, and its answer is lost.
        app.store.set_away(false);
        app.store.set_loses_answers(true);
        let answer = browser.get(&app, "/me").await;
        answer.assert_unavailable();
        assert_eq!(answer.headers("Set-Cookie"), [""; 0]);
        app.store.set_loses_answers(false);
        app.wait(10);
        assert_eq!(browser.get(&app, "/me").await.status, 200);
    });
}

#[test]
fn unusable_cookies_are_refused_and_stay() {
    in_both_modes(async |mode| {
        // The key may be known to another node.
        let (app, browser) = expired(mode).await;
        browser.set(REFRESH, "nonsense");
        let answer = browser.get(&app, "/me").await;
        assert_eq!((answer.status, set_cookies(&answer).len()), (401, 0), "{answer:?}");
        browser.remove(ACCESS);
        let answer = browser.get(&app, "/me").await;
        assert_eq!((answer.status, set_cookies(&answer).len()), (401, 0), "{answer:?}");

        // A malformed access cookie is not a reason to renew.
        for value in ["nonsense", "", "\"\"", "a.b.c"] {
            let (app, browser) = (App::new(mode).await, Browser::default());
            browser.post(&app, "/login/alice").await;
            browser.set(ACCESS, value);
            let answer = browser.get(&app, "/me").await;
            assert_eq!((answer.status, set_cookies(&answer).len()), (401, 0), "{value:?} {answer:?}");
            assert_eq!(app.users.loads("alice"), 0);
        }
    });
}

#[test]
fn cookies_in_the_wrong_place_are_refused() {
    block_on(async {
        let (app, browser) = (App::new(Mode::Sessions).await, Browser::default());
        browser.post(&app, "/login/alice").await;
        let [access, refresh] = [ACCESS, REFRESH].map(|name| browser.cookie(name).expect("a cookie"));
        let swapped = Browser::default();
        swapped.set(ACCESS, &refresh);
        assert_eq!(swapped.get(&app, "/me").await.status, 401);
        let swapped = Browser::default();
        swapped.set(REFRESH, &access);
        assert_eq!(swapped.get(&app, "/me").await.status, 401);
    });
}

#[test]
fn refreshing_that_is_turned_off_refuses_and_keeps_the_cookies() {
    block_on(async {
        let (app, browser) = expired(Mode::Stateless).await;
        let off = app.node(Mode::Stateless, json!({ "cookies": {}, "allow_refresh": false })).await;
        let answer = browser.get(&off, "/me").await;
        assert_eq!((answer.status, set_cookies(&answer).len()), (401, 0));
        assert_eq!(browser.get(&app, "/me").await.body, "alice 1");
    });
}

/// A guard that refuses a request with the header `X-Refuse`.
struct Willing;

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Willing {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, ()> {
        match request.headers().contains("X-Refuse") {
            true => Outcome::Error((Status::TooManyRequests, ())),
            false => Outcome::Success(Willing),
        }
    }
}

#[refresh_nonce_handler]
async fn nonce(_user: &str, request_nonce: &rocket::State<Nonce>, _willing: Willing) -> Option<String> {
    Some(request_nonce.0.lock().expect("a nonce").clone())
}

struct Nonce(std::sync::Mutex<String>);

#[test]
fn guard_of_the_nonce_handler_that_refuses_answers_503_and_keeps_the_cookies() {
    in_both_modes(async |mode| {
        let nonces = Nonce(std::sync::Mutex::new("first".to_owned()));
        let change = |rocket: rocket::Rocket<rocket::Build>| rocket.manage(nonces).mount("/", routes![refresh]);
        let app =
            App::changed(mode, json!({ "cookies": {} }), |fairing| fairing.refresh_nonce_handler(nonce), change).await;
        let browser = Browser::default();
        assert_eq!(browser.post(&app, "/login/alice").await.status, 200);
        app.wait(HALF_AN_HOUR);
        let answer = browser.send(&app, Method::Get, "/me", &[("X-Refuse", "yes")], "").await;
        answer.assert_unavailable();
        assert_eq!(set_cookies(&answer).len(), 0);
        assert_eq!(browser.get(&app, "/me").await.body, "alice 1");

        let nonces: &Nonce = app.client.rocket().state().expect("it is managed");
        "second".clone_into(&mut nonces.0.lock().expect("a nonce"));
        app.wait(HALF_AN_HOUR);
        let answer = browser.get(&app, "/me").await;
        assert_eq!(answer.status, 401, "{answer:?}");
        assert_cleared(&answer);
    });
}

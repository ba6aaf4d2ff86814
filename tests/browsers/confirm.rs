//! A user authenticates again in a browser.

use jwtauth::{Auth, AuthError, CrossSite, Identity, Recent, Tokens, WithTokens};
use jwtauth_tests::{NOW, payload};
use rocket::http::Method;
use rocket::response::Redirect;
use rocket::{Route, get, post, routes};
use serde_json::json;

use crate::browser::{ACCESS, Browser, REFRESH, SAME_ORIGIN, set_cookies};
use crate::browser_app::{App, Mode, Profile, block_on, in_both_modes, refresh};

const WEEK: u64 = 7 * 24 * 60 * 60;

#[post("/confirm/<user>")]
async fn confirm(user: &str, auth: Auth<'_>) -> Result<Tokens, AuthError> {
    auth.confirm(user, Profile::of(100)).await
}

#[post("/confirm-to-page")]
async fn confirm_to_page(identity: Identity, auth: Auth<'_>) -> Result<WithTokens<Redirect>, AuthError> {
    let tokens = auth.confirm(identity.userid(), Profile::of(100)).await?;
    Ok(tokens.with(Redirect::to("/recent")))
}

#[post("/confirm-from-anywhere")]
async fn confirm_from_anywhere(auth: CrossSite<Auth<'_>>) -> Result<Tokens, AuthError> {
    auth.confirm("alice", ()).await
}

#[post("/confirm-and-out")]
async fn confirm_and_out(auth: Auth<'_>) -> Result<Tokens, AuthError> {
    let tokens = auth.confirm("alice", ()).await?;
    drop(auth.forget().await?);
    Ok(tokens)
}

#[get("/recent")]
fn recent(_identity: Identity<(), Recent<300>>) -> &'static str {
    "recent"
}

fn routes() -> Vec<Route> {
    routes![refresh, confirm, confirm_to_page, confirm_from_anywhere, confirm_and_out, recent]
}

async fn app(mode: Mode) -> App {
    App::with_endpoints(mode, json!({ "cookies": { "login_url": "/login" } }), routes()).await
}

/// The names of the cookies that an answer sets, and their `Max-Age`.
fn set(answer: &jwtauth_tests::answer::Answer) -> Vec<(String, Option<u64>)> {
    set_cookies(answer).into_iter().map(|cookie| (cookie.name, cookie.max_age)).collect()
}

#[test]
fn confirm_sets_a_new_access_cookie_and_keeps_the_login() {
    in_both_modes(async |mode| {
        let (app, browser) = (app(mode).await, Browser::default());
        browser.post(&app, "/login/alice").await;
        let refresh = browser.cookie(REFRESH);
        app.wait(1000);
        assert_eq!(browser.get(&app, "/recent").await.status, 401);
        let answer = browser.post(&app, "/confirm/alice").await;
        assert_eq!((answer.status, answer.json()), (200, json!({ "expires_in": 1800 })));
        assert_eq!(answer.header("Authorization"), None);
        assert_eq!(answer.header("Cache-Control"), Some("no-store"));
        let left = Some(WEEK - 1000);
        match mode {
            // The refresh cookie has a copy of the access token.
            Mode::Stateless => {
                assert_eq!(set(&answer), [(ACCESS.to_owned(), left), (REFRESH.to_owned(), left)]);
                assert_eq!(browser.cookie(REFRESH), browser.cookie(ACCESS));
            }
            Mode::Sessions => {
                assert_eq!(set(&answer), [(ACCESS.to_owned(), left)]);
                assert_eq!(browser.cookie(REFRESH), refresh);
            }
        }
        assert_eq!(browser.get(&app, "/recent").await.body, "recent");
        assert_eq!(browser.get(&app, "/me").await.body, "alice 100");
        // The renewal of the login keeps the time.
        app.wait(200);
        browser.remove(ACCESS);
        assert_eq!(browser.get(&app, "/recent").await.body, "recent");
        let claims = payload(&browser.cookie(ACCESS).expect("a token"));
        assert_eq!((&claims["auth_time"], &claims["login_time"]), (&json!(NOW + 1000), &json!(NOW)));
        assert_eq!(browser.get(&app, "/me").await.body, "alice 1");
        app.wait(101);
        assert_eq!(browser.get(&app, "/recent").await.status, 401);
    });
}

#[test]
fn confirm_can_redirect() {
    in_both_modes(async |mode| {
        let (app, browser) = (app(mode).await, Browser::default());
        browser.post(&app, "/login/alice").await;
        app.wait(1000);
        let answer = browser.post(&app, "/confirm-to-page").await;
        assert_eq!((answer.status, answer.header("Location")), (303, Some("/recent")));
        assert_eq!(browser.get(&app, "/recent").await.body, "recent");
    });
}

/// The user thought for long about the password: the access cookie has expired, and its renewal has new tokens.
#[test]
fn confirm_of_a_login_that_is_renewed_sets_the_new_refresh_cookie() {
    in_both_modes(async |mode| {
        let (app, browser) = (app(mode).await, Browser::default());
        browser.post(&app, "/login/alice").await;
        let old = browser.cookie(REFRESH);
        app.wait(1800);
        for path in ["/confirm/alice", "/confirm-to-page"] {
            browser.remove(ACCESS);
            let answer = browser.post(&app, path).await;
            assert!([200, 303].contains(&answer.status), "{answer:?}");
            assert_eq!(set_cookies(&answer).len(), 2, "{answer:?}");
            assert_ne!(browser.cookie(REFRESH), old);
            assert_eq!(browser.get(&app, "/me").await.body, "alice 100");
        }
        // Much later than the grace: the refresh cookie is the current one.
        app.wait(3600);
        assert_eq!(browser.get(&app, "/me").await.body, "alice 3");
    });
}

#[test]
fn confirm_keeps_a_login_until_the_browser_closes() {
    in_both_modes(async |mode| {
        let (app, browser) = (app(mode).await, Browser::default());
        browser.post(&app, "/login-until-closing/alice").await;
        app.wait(1000);
        let answer = browser.post(&app, "/confirm/alice").await;
        assert!(set(&answer).iter().all(|(_, max_age)| max_age.is_none()), "{answer:?}");
        browser.remove(ACCESS);
        let answer = browser.get(&app, "/me").await;
        assert!(set(&answer).len() == 2 && set(&answer).iter().all(|(_, age)| age.is_none()), "{answer:?}");
    });
    // Nothing says how long the browser keeps this login.
    block_on(async {
        let settings = json!({ "allow_refresh": false, "cookies": {} });
        let app = App::with_endpoints(Mode::Stateless, settings, routes![confirm]).await;
        let browser = Browser::default();
        browser.post(&app, "/login/alice").await;
        app.wait(1000);
        assert_eq!(set(&browser.post(&app, "/confirm/alice").await), [(ACCESS.to_owned(), None)]);
    });
}

#[test]
fn confirm_refuses_another_user_and_keeps_the_cookies() {
    in_both_modes(async |mode| {
        let (app, browser) = (app(mode).await, Browser::default());
        browser.post(&app, "/login/alice").await;
        app.wait(1000);
        let answer = browser.post(&app, "/confirm/bob").await;
        assert_eq!((answer.status, answer.json()["error"].as_str()), (403, Some("other_user")));
        assert_eq!(set(&answer), []);
        assert_eq!(browser.get(&app, "/me").await.body, "alice 0");
        assert_eq!(browser.get(&app, "/recent").await.status, 401);
        let answer = Browser::default().post(&app, "/confirm/bob").await;
        assert_eq!((answer.status, answer.header("WWW-Authenticate")), (401, Some("Bearer")));
    });
}

#[test]
fn confirm_counts_only_from_own_pages() {
    in_both_modes(async |mode| {
        let (app, browser) = (app(mode).await, Browser::default());
        browser.post(&app, "/login/alice").await;
        app.wait(1000);
        let cross_site = [("Sec-Fetch-Site", "cross-site")];
        let answer = browser.send(&app, Method::Post, "/confirm/alice", &cross_site, "").await;
        assert_eq!((answer.status, set(&answer)), (403, Vec::new()));
        assert_eq!(browser.get(&app, "/recent").await.status, 401);
        let answer = browser.send(&app, Method::Post, "/confirm-from-anywhere", &cross_site, "").await;
        assert_eq!(answer.status, 200);
        assert_eq!(browser.get(&app, "/recent").await.status, 200);
    });
}

#[test]
fn confirm_answers_a_header_in_the_body() {
    in_both_modes(async |mode| {
        let (app, browser) = (app(mode).await, Browser::default());
        let program = Browser::default().post(&app, "/login-for-programs/alice").await.token();
        browser.post(&app, "/login/bob").await;
        app.wait(1000);
        let bearer = format!("Bearer {program}");
        let headers = [SAME_ORIGIN, ("Authorization", bearer.as_str())];
        let answer = browser.send(&app, Method::Post, "/confirm/alice", &headers, "").await;
        assert_eq!((&answer.claims()["sub"], set(&answer)), (&json!("alice"), Vec::new()));
        assert_eq!(browser.get(&app, "/me").await.body, "bob 0");
    });
}

#[test]
fn confirm_removes_the_cookies_of_a_session_that_has_ended() {
    block_on(async {
        let settings = json!({ "cookies": {}, "sessions": { "staleness": "unlimited" } });
        let app = App::with_endpoints(Mode::Sessions, settings.clone(), routes()).await;
        let browser = Browser::default();
        browser.post(&app, "/login/alice").await;
        // This node does not notice the logout on the other one.
        let tab = browser.copy();
        browser.post(&app.node(Mode::Sessions, settings).await, "/logout").await;
        assert_eq!(tab.get(&app, "/me").await.status, 200);
        app.store.set_away(true);
        let answer = tab.post(&app, "/confirm/alice").await;
        answer.assert_unavailable();
        assert_eq!(set(&answer), []);
        app.store.set_away(false);
        tab.post(&app, "/confirm/alice").await.assert_refused("The session of the token has ended");
        assert_eq!(tab.header(), None);
    });
}

#[test]
fn logout_takes_precedence_over_confirmation() {
    in_both_modes(async |mode| {
        let (app, browser) = (app(mode).await, Browser::default());
        browser.post(&app, "/login/alice").await;
        assert_eq!(browser.post(&app, "/confirm-and-out").await.status, 200);
        assert_eq!(browser.header(), None);
    });
}

#[test]
fn confirm_refuses_two_refresh_cookies() {
    block_on(async {
        let (app, browser) = (app(Mode::Stateless).await, Browser::default());
        browser.post(&app, "/login/alice").await;
        let twice = format!("{}; {REFRESH}=other", browser.header().expect("cookies"));
        let headers = [SAME_ORIGIN, ("Cookie", twice.as_str())];
        let answer = Browser::default().send(&app, Method::Post, "/confirm/alice", &headers, "").await;
        assert_eq!((answer.status, set(&answer)), (400, Vec::new()));
    });
}

//! What a login carries stays with it when its cookies are renewed during a request.

use jwtauth::{Auth, AuthError, Carried, Claims, CrossSite, Identity, LoginInfo, Tokens, refresh_endpoint};
use jwtauth_tests::NOW;
use rocket::http::Method;
use rocket::{get, post, routes};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::browser::{Browser, set_cookies};
use crate::browser_app::{App, MODES, Mode, block_on};
use crate::log::logged;

#[derive(Serialize, Deserialize, Claims)]
struct Loaded {
    loaded: u32,
}

#[post("/carry/<tenant>")]
async fn carry(tenant: u32, auth: Auth<'_>) -> Result<Tokens, AuthError> {
    auth.remember("alice", Loaded { loaded: 0 }).carrying(tenant).await
}

#[refresh_endpoint("/load", renews = true)]
fn load(_userid: &str, tenant: Carried<u32>, login: LoginInfo) -> Option<Loaded> {
    assert_eq!(login.auth_time(), Some(NOW));
    Some(Loaded { loaded: *tenant })
}

/// The guard before and after the one that renews the login.
#[get("/page")]
fn page(before: Carried<u32>, identity: Identity<Loaded>, after: Carried<u32>, login: LoginInfo) -> String {
    assert_eq!(identity.session_id(), login.session_id());
    format!("{} {} {}", *before, identity.loaded, *after)
}

#[post("/from-elsewhere")]
fn from_elsewhere(identity: CrossSite<Identity<Loaded>>, tenant: Option<Carried<u32>>) -> String {
    format!("{} {:?} {:?}", identity.loaded, identity.carried::<u32>(), tenant.map(Carried::into_inner))
}

async fn app(mode: Mode) -> App {
    let routes = routes![carry, load, page, from_elsewhere];
    App::with_endpoints(mode, json!({ "cookies": {} }), routes).await
}

#[test]
fn renewed_cookies_keep_what_the_login_carries() {
    for mode in MODES {
        block_on(async {
            let (app, browser) = (app(mode).await, Browser::default());
            assert_eq!(browser.post(&app, "/carry/7").await.status, 200);
            assert_eq!(browser.get(&app, "/page").await.body, "7 0 7");
            for _ in 0..2 {
                app.wait(30 * 60);
                let answer = browser.get(&app, "/page").await;
                assert_eq!(answer.body, "7 7 7", "{mode:?} {answer:?}");
            }
        });
    }
}

#[test]
fn carried_guard_counts_no_cookie_in_a_request_from_another_site() {
    for mode in MODES {
        block_on(async {
            let (app, browser) = (app(mode).await, Browser::default());
            browser.post(&app, "/carry/7").await;
            for _ in 0..2 {
                let headers = [("Sec-Fetch-Site", "cross-site")];
                let answer = browser.send(&app, Method::Post, "/from-elsewhere", &headers, "").await;
                let loaded = answer.body.split_once(' ').expect("text").1;
                assert_eq!(loaded, "Ok(Some(7)) None", "{mode:?} {answer:?}");
                app.wait(30 * 60);
            }
        });
    }
}

#[test]
fn loader_that_needs_what_the_login_does_not_carry_is_unavailable_and_logged() {
    for mode in MODES {
        let (app, browser) = (block_on(app(mode)), Browser::default());
        block_on(browser.post(&app, "/login/alice"));
        app.wait(30 * 60);
        let (answer, lines) = logged(|| block_on(browser.get(&app, "/me")));
        answer.assert_unavailable();
        assert_eq!(set_cookies(&answer).len(), 0, "{mode:?}: the cookies stay");
        assert!(lines.iter().any(|line| line.text.contains("/me (me) is refused with 503: unavailable")), "{lines:?}");
    }
}

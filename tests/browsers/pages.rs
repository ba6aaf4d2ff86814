//! Pages without an identity lead to the page to log in.

use rocket::http::Method;
use serde_json::json;

use crate::browser::{Browser, REFRESH};
use crate::browser_app::{App, User, in_both_modes};
use crate::renewal_fails::assert_cleared;

const PAGE: (&str, &str) = ("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8");

#[test]
fn page_without_identity_is_redirected_to_the_login_with_the_way_back() {
    in_both_modes(async |mode| {
        for (login_url, start) in [("/login", "/login?next="), ("/login?from=page", "/login?from=page&next=")] {
            let (app, browser) = (App::with(mode, json!({ "login_url": login_url })).await, Browser::default());
            let long = format!("/a?{}", "x".repeat(3000));
            for (path, next) in [
                ("/me", "/me"),
                ("/", "/"),
                ("/me?a=b&c=d%20e", "/me%3Fa%3Db%26c%3Dd%2520e"),
                ("/a/https://evil.example/", "/a/https%3A//evil.example/"),
            ] {
                let answer = browser.send(&app, Method::Get, path, &[PAGE], "").await;
                let location = format!("{start}{next}");
                assert_eq!((answer.status, answer.header("Location")), (303, Some(location.as_str())), "{answer:?}");
                assert_eq!(answer.header("Vary"), Some("Cookie"));
                assert_eq!(answer.header("WWW-Authenticate"), None);
            }
            let answer = browser.send(&app, Method::Get, &long, &[PAGE], "").await;
            assert_eq!((answer.status, answer.header("Location")), (303, Some(login_url)), "too long to carry along");
            // A part of the path is not carried along as a query of the login page.
            let answer = browser.send(&app, Method::Get, "/me%26x=y", &[PAGE], "").await;
            assert_eq!(answer.header("Location"), Some(format!("{start}/me%2526x%3Dy").as_str()));
        }
    });
}

#[test]
fn dead_login_is_redirected_and_its_cookies_are_removed() {
    in_both_modes(async |mode| {
        let deaths: [fn(&App, &Browser); 2] = [
            |app, browser| {
                app.wait(30 * 60);
                browser.remove(REFRESH);
            },
            |app, _| {
                app.wait(30 * 60);
                app.users.set("alice", User::Gone);
            },
        ];
        for die in deaths {
            let (app, browser) = (App::with(mode, json!({ "login_url": "/login" })).await, Browser::default());
            browser.post(&app, "/login/alice").await;
            die(&app, &browser);
            let answer = browser.send(&app, Method::Get, "/me", &[PAGE], "").await;
            assert_eq!((answer.status, answer.header("Location")), (303, Some("/login?next=/me")), "{answer:?}");
            assert_cleared(&answer);
        }
    });
}

#[test]
fn only_a_get_that_names_html_is_redirected() {
    in_both_modes(async |mode| {
        let (app, browser) = (App::with(mode, json!({ "login_url": "/login" })).await, Browser::default());
        for accept in [None, Some("*/*"), Some("text/*"), Some("application/json"), Some("text/html;q=0, */*")] {
            let headers = Vec::from_iter(accept.map(|accept| ("Accept", accept)));
            let answer = browser.send(&app, Method::Get, "/me", &headers, "").await;
            assert_eq!((answer.status, answer.header("Location")), (401, None), "{accept:?}");
            assert_eq!(answer.json()["error"], "unauthorized");
        }
        let answer = browser.send(&app, Method::Post, "/me", &[PAGE], "").await;
        assert_eq!((answer.status, answer.header("Location")), (401, None));
        for accept in ["text/html", "application/json, text/html;q=0.1"] {
            assert_eq!(browser.send(&app, Method::Get, "/me", &[("Accept", accept)], "").await.status, 303, "{accept}");
        }
    });
}

#[test]
fn login_page_itself_and_other_statuses_are_not_redirected() {
    in_both_modes(async |mode| {
        for login_url in ["/login", "/login?a=b"] {
            let (app, browser) = (App::with(mode, json!({ "login_url": login_url })).await, Browser::default());
            // `/login` is a guarded route here, by mistake.
            for path in ["/login", "/login?next=/me", "/login?a=b"] {
                let answer = browser.send(&app, Method::Get, path, &[PAGE], "").await;
                assert_eq!((answer.status, answer.header("Location")), (401, None), "{path}");
            }
            assert_eq!(browser.send(&app, Method::Get, "/login/other", &[PAGE], "").await.status, 303);
            browser.post(&app, "/login/alice").await;
            for (path, status) in [("/fails", 418), ("/panics", 500), ("/me", 200)] {
                assert_eq!(browser.send(&app, Method::Get, path, &[PAGE], "").await.status, status, "{path}");
            }
            // The route's own 401 is for a user who has logged in.
            let answer = browser.send(&app, Method::Get, "/denied", &[PAGE], "").await;
            assert_eq!((answer.status, answer.header("Location")), (401, None));
            app.wait(30 * 60);
            app.users.set("alice", User::Fails);
            assert_eq!(browser.send(&app, Method::Get, "/me", &[PAGE], "").await.status, 503);
        }
    });
}

#[test]
fn page_is_not_redirected_without_the_setting() {
    in_both_modes(async |mode| {
        for settings in [json!({ "cookies": {} }), json!({})] {
            let app = App::custom(mode, settings).await;
            assert_eq!(Browser::default().send(&app, Method::Get, "/me", &[PAGE], "").await.status, 401);
        }
    });
}

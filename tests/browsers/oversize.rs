//! Cookies that a browser would drop.

use crate::browser::{Browser, set_cookies};
use crate::browser_app::{App, Mode, User, block_on, in_both_modes};
use crate::log::logged;

#[test]
fn login_whose_cookie_is_too_large_is_an_error_that_names_the_largest_claims() {
    for mode in [Mode::Stateless, Mode::Sessions] {
        let ((), lines) = logged(|| {
            block_on(async {
                let (app, browser) = (App::new(mode).await, Browser::default());
                let answer = browser.post(&app, "/login-with/3000").await;
                assert_eq!((answer.status, set_cookies(&answer).len()), (500, 0), "{answer:?}");
                assert!(!answer.body.contains("biography"), "{answer:?}");
                assert_eq!(app.events.heard(), [], "no session is left behind");
            });
        });
        let line = lines.iter().find(|line| line.text.contains("no token issued")).expect("a line");
        for words in ["a cookie has room for", "the largest claims are `biography` with 3002 bytes, `"] {
            assert!(line.text.contains(words), "{line:?}");
        }
        assert!(!line.text.contains("xxx"), "{line:?}");
    }
}

#[test]
fn largest_cookies_fit_into_what_browsers_keep() {
    in_both_modes(async |mode| {
        let app = App::new(mode).await;
        let (mut fits, mut too_large) = (0, 4000);
        while too_large - fits > 1 {
            let len = usize::midpoint(fits, too_large);
            let answer = Browser::default().post(&app, &format!("/login-with/{len}")).await;
            match answer.status {
                200 => fits = len,
                _ => too_large = len,
            }
        }
        let answer = Browser::default().post(&app, &format!("/login-with/{fits}")).await;
        let longest = answer.headers("Set-Cookie").iter().map(|cookie| cookie.len()).max().expect("a cookie");
        assert!((3700..=3800).contains(&longest), "{longest}");
        // A program has no such limit.
        assert!(fits > 2000, "{fits}");
    });
}

#[test]
fn renewal_whose_cookie_is_too_large_answers_500_and_spends_nothing() {
    for mode in [Mode::Stateless, Mode::Sessions] {
        let ((), lines) = logged(|| {
            block_on(async {
                let (app, browser) = (App::new(mode).await, Browser::default());
                browser.post(&app, "/login/alice").await;
                app.wait(30 * 60);
                app.users.set("alice", User::Grows(3000));
                app.store.advanced();
                for path in ["/me", "/visitor", "/twice"] {
                    let answer = browser.get(&app, path).await;
                    assert_eq!((answer.status, set_cookies(&answer).len()), (500, 0), "{path} {answer:?}");
                }
                assert_eq!(app.store.advanced(), 0, "no refresh token is spent");
                let answer = browser.post(&app, "/refresh").await;
                assert_eq!((answer.status, set_cookies(&answer).len()), (500, 0), "{answer:?}");
                app.users.set("alice", User::Loads(0));
                app.wait(24 * 60 * 60);
                assert_eq!(browser.get(&app, "/me").await.body, "alice 1");
            });
        });
        assert!(lines.iter().any(|line| line.text.contains("the largest claims are `biography`")), "{lines:#?}");
    }
}

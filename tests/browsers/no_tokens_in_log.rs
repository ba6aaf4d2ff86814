//! No log line and no body contains a token or a part of one.

use rocket::http::Method;
use serde_json::json;

use crate::browser::{ACCESS, Browser, REFRESH};
use crate::browser_app::{App, Mode, User, block_on};
use crate::log::logged;

#[test]
fn log_and_bodies_contain_no_part_of_a_cookie() {
    for mode in [Mode::Stateless, Mode::Sessions] {
        let ((tokens, answers), lines) = logged(|| {
            block_on(async {
                let (app, browser) = (App::with(mode, json!({ "login_url": "/login" })).await, Browser::default());
                let (mut tokens, mut answers) = (Vec::new(), Vec::new());
                answers.push(browser.post(&app, "/login-until-closing/alice").await);
                for round in 0..3 {
                    let values = [ACCESS, REFRESH].map(|name| browser.cookie(name));
                    tokens.extend(values.into_iter().flatten());
                    for path in ["/me", "/visitor", "/theme-only", "/fails", "/panics"] {
                        answers.push(browser.get(&app, path).await);
                    }
                    let page = [("Accept", "text/html")];
                    answers.push(browser.send(&app, Method::Get, "/theme-only", &page, "").await);
                    answers.push(browser.send(&app, Method::Post, "/me", &[("Origin", "null")], "").await);
                    answers.push(browser.send(&app, Method::Post, "/refresh", &[("Origin", "null")], "").await);
                    answers.push(browser.post(&app, "/refresh").await);
                    let twice = format!("{ACCESS}={}; {ACCESS}=x", browser.cookie(ACCESS).unwrap_or_default());
                    answers.push(Browser::default().send(&app, Method::Get, "/me", &[("Cookie", &twice)], "").await);
                    app.wait(30 * 60);
                    match round {
                        0 => answers.push(browser.get(&app, "/me").await),
                        1 => {
                            app.users.set("alice", User::Fails);
                            answers.push(browser.get(&app, "/me").await);
                            app.users.set("alice", User::Gone);
                        }
                        _ => {}
                    }
                }
                browser.set(ACCESS, "private.non.sense");
                browser.set(REFRESH, "private-nonsense");
                tokens.extend(["private.non.sense".to_owned(), "private-nonsense".to_owned()]);
                for path in ["/me", "/visitor"] {
                    answers.push(browser.get(&app, path).await);
                }
                answers.push(browser.post(&app, "/logout").await);
                (tokens, answers)
            })
        });
        assert!(tokens.len() > 4 && lines.len() > 20);
        let parts =
            tokens.iter().flat_map(|token| token.trim_start_matches('~').split('.')).filter(|part| part.len() > 4);
        // The header of the tokens says nothing.
        for part in parts.filter(|part| !part.starts_with("eyJhbGciOi")) {
            for line in &lines {
                assert!(!line.text.contains(part), "{part:?} is in the log: {}", line.text);
            }
            for answer in &answers {
                assert!(!answer.body.contains(part), "{part:?} is in {}", answer.body);
            }
        }
    }
}

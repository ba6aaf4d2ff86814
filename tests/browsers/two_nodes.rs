//! Two nodes with one store: a browser may reach either at any time.

use rocket::futures::future::join_all;
use rocket::http::Method;
use serde_json::json;

use crate::browser::{ACCESS, Browser, REFRESH, set_cookies};
use crate::browser_app::{App, Mode, User, block_on, in_both_modes};
use crate::renewal_fails::assert_cleared;

#[test]
fn parallel_requests_to_two_nodes_renew_to_the_same_cookies() {
    block_on(async {
        let first = App::new(Mode::Sessions).await;
        let second = first.node(Mode::Sessions, json!({ "cookies": {} })).await;
        let browser = Browser::default();
        browser.post(&first, "/login/alice").await;
        first.wait(30 * 60);
        first.users.set("alice", User::Grows(10));
        first.store.set_slow(2);
        let send = |index: usize| {
            let node = if index.is_multiple_of(2) { &first } else { &second };
            browser.send_and_lose(node, Method::Get, "/me", &[], "")
        };
        let answers = join_all((0..50).map(send)).await;
        let mut pairs = Vec::new();
        for answer in &answers {
            assert_eq!(answer.status, 200, "{answer:?}");
            pairs.push(Vec::from_iter(set_cookies(answer).into_iter().map(|cookie| (cookie.name, cookie.value))));
        }
        pairs.dedup();
        assert_eq!(pairs.len(), 1, "all racers get the same cookies");
        browser.keep(&answers[49]);
        assert_eq!(browser.get(&second, "/sessions").await.body, "1", "there is one session");
        let sid = jwtauth_tests::payload(&browser.cookie(ACCESS).expect("a cookie"))["sid"].clone();
        let row = first.store.row(sid.as_str().expect("text").parse().expect("an id")).await.expect("a session");
        assert_eq!(row.generation, 1, "one generation further");
    });
}

#[test]
fn logout_on_one_node_ends_the_login_on_the_other() {
    block_on(async {
        let first = App::new(Mode::Sessions).await;
        let second = first.node(Mode::Sessions, json!({ "cookies": {} })).await;
        let browser = Browser::default();
        browser.post(&first, "/login/alice").await;
        assert_eq!(browser.get(&second, "/me").await.body, "alice 0");
        let tab = browser.copy();
        browser.post(&first, "/logout").await;
        // The other node has a copy of the state of the session for a few seconds.
        first.wait(5);
        let answer = tab.get(&second, "/me").await;
        assert_eq!(answer.status, 401);
        assert_cleared(&answer);
    });
}

#[test]
fn browser_moves_between_nodes_with_and_without_cookies() {
    in_both_modes(async |mode| {
        let on = App::new(mode).await;
        let off = on.node(mode, json!({})).await;
        let browser = Browser::default();
        browser.post(&on, "/login/alice").await;
        let access = format!("Bearer {}", browser.cookie(ACCESS).expect("a cookie"));
        // A cookie is a token: a header with its value is a program's.
        let headers = [("Authorization", access.as_str())];
        assert_eq!(browser.send(&off, Method::Get, "/me", &headers, "").await.body, "alice 0");
        let refresh = format!("Bearer {}", browser.cookie(REFRESH).expect("a cookie"));
        let answer = browser.send(&off, Method::Post, "/refresh", &[("Authorization", &refresh)], "").await;
        answer.token();
    });
}

//! Many requests at once find the access token expired.

use jwtauth_tests::folder::Folder;
use serde_json::{Value, json};

use crate::browser::{Browser, eventually};
use crate::proxy::Proxy;
use crate::redis;
use crate::site::{ACCESS, REFRESH, Site, generation, log_in, url, wait_for_expiry};

/// Sends 25 requests at once. They are answered while the browser goes to the other tab.
const FETCH: &str = "window.answers = undefined; \
    Promise.all(Array.from({ length: 25 }, () => fetch('/members', { cache: 'no-store' }) \
        .then(async answer => `${answer.status} ${answer.redirected} ${(await answer.text()).includes('Alice')}`))) \
    .then(answers => { window.answers = answers })";

#[test]
fn tabs_renew_together_with_the_memory_of_one_node() {
    let Some(browser) = Browser::start() else { return };
    let folder = Folder::new();
    let site = Site::pages(&folder, r#"expiration_delta="5s""#);
    assert_tabs_renew_together(&browser, site.port);
}

#[test]
fn tabs_renew_together_with_two_nodes_and_redis() {
    let Some(browser) = Browser::start() else { return };
    let Some(redis) = redis::Server::start(&[]) else { return };
    let folder = Folder::new();
    let settings = format!(r#"expiration_delta="5s",sessions={{url={:?}}}"#, redis.url());
    let nodes = [Site::pages(&folder, &settings), Site::pages(&folder, &settings)];
    let proxy = Proxy::start(nodes.iter().map(|node| node.port).collect());
    assert_tabs_renew_together(&browser, proxy.port);
}

fn assert_tabs_renew_together(browser: &Browser, port: u16) {
    log_in(browser, port, "alice", "wonderland");
    let tabs = [browser.tab(), browser.new_tab()];
    browser.switch_to(&tabs[1]);
    browser.open(&url(port, "/members"));
    let before = generation(browser);

    wait_for_expiry(browser);
    for tab in &tabs {
        browser.switch_to(tab);
        browser.script(FETCH);
    }
    for tab in &tabs {
        browser.switch_to(tab);
        let mut answers = Value::Null;
        eventually("all requests are answered", || {
            answers = browser.script("return window.answers");
            !answers.is_null()
        });
        assert_eq!(answers, json!(vec!["200 false true"; 25]));
    }
    assert_eq!(generation(browser), before + 1);

    let cookies = tabs.each_ref().map(|tab| {
        browser.switch_to(tab);
        [ACCESS, REFRESH].map(|name| browser.cookie(name).expect("a cookie"))
    });
    assert_eq!(cookies[0], cookies[1]);
    browser.open(&url(port, "/sessions"));
    assert_eq!(browser.script("return document.querySelectorAll('tbody tr').length"), 1);
}

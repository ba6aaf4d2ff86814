//! The browser loses the response that brings new cookies.

use std::thread;
use std::time::Duration;

use jwtauth_tests::folder::Folder;

use crate::browser::Browser;
use crate::proxy::Proxy;
use crate::site::{Site, generation, log_in, url, wait_for_expiry};

#[test]
fn browser_that_cuts_off_a_renewal_is_logged_in_after_the_grace() {
    let Some(browser) = Browser::start() else { return };
    let folder = Folder::new();
    let site = Site::pages(&folder, r#"expiration_delta="2s",sessions={reuse_grace="1s"}"#);
    let proxy = Proxy::start(vec![site.port]);
    log_in(&browser, proxy.port, "alice", "wonderland");
    let before = generation(&browser);

    wait_for_expiry(&browser);
    proxy.lose_responses();
    browser.script(
        "window.cut = new AbortController(); \
         fetch('/members', { cache: 'no-store', signal: window.cut.signal }).catch(() => { window.isCut = true })",
    );
    proxy.wait_for_loss();
    browser.script("window.cut.abort()");
    assert_eq!(generation(&browser), before, "the browser has the old cookies");

    thread::sleep(Duration::from_millis(2_500));
    proxy.lose_nothing();
    browser.open(&url(proxy.port, "/members"));
    assert_eq!(browser.url(), url(proxy.port, "/members"));
    assert!(generation(&browser) > before);
    wait_for_expiry(&browser);
    browser.reload();
    assert_eq!(browser.url(), url(proxy.port, "/members"));
}

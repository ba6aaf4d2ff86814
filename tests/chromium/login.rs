//! A login lasts beyond its access token, and ends in all tabs.

use jwtauth_tests::folder::Folder;

use crate::browser::{Browser, eventually};
use crate::site::{Site, generation, log_in, wait_for_expiry};

#[test]
fn browser_stays_logged_in_after_the_access_token_expires() {
    let Some(browser) = Browser::start() else { return };
    let folder = Folder::new();
    let site = Site::pages(&folder, r#"expiration_delta="3s""#);
    log_in(&browser, site.port, "alice", "wonderland");
    for (path, text) in [("/settings", "Nickname"), ("/sessions", "this browser"), ("/members", "Hello, Alice")] {
        browser.open(&site.url(path));
        assert_eq!(browser.url(), site.url(path));
        assert!(browser.text().contains(text), "{path}");
    }

    let before = generation(&browser);
    for path in ["/members", "/settings"] {
        browser.open(&site.url(path));
        wait_for_expiry(&browser);
        browser.reload();
        assert_eq!(browser.url(), site.url(path));
        let redirects = browser.script("return performance.getEntriesByType('navigation')[0].redirectCount");
        assert_eq!(redirects, 0, "no page to log in was seen");
    }
    assert!(generation(&browser) > before);

    // The form is sent with an expired token too.
    browser.fill("[name=nickname]", "Queen <b>Alice</b>");
    wait_for_expiry(&browser);
    let renewals = generation(&browser);
    browser.click("main button");
    eventually("the login is renewed", || generation(&browser) > renewals);
    browser.open(&site.url("/members"));
    browser.expect_text("Hello, Queen <b>Alice</b>");
}

#[test]
fn logout_in_one_tab_leads_the_other_to_the_login_page() {
    let Some(browser) = Browser::start() else { return };
    let folder = Folder::new();
    let site = Site::pages(&folder, "");
    log_in(&browser, site.port, "alice", "wonderland");
    let (first, second) = (browser.tab(), browser.new_tab());
    browser.switch_to(&second);
    browser.open(&site.url("/settings"));
    assert_eq!(browser.url(), site.url("/settings"));

    browser.switch_to(&first);
    browser.click("#logout");
    eventually("there are no cookies", || browser.cookies().is_empty());
    browser.switch_to(&second);
    browser.reload();
    assert_eq!(browser.url(), site.url("/login?next=/settings"));
}

#[test]
fn sessions_page_logs_another_browser_out() {
    let Some(browser) = Browser::start() else { return };
    let Some(other) = Browser::start() else { return };
    let folder = Folder::new();
    let site = Site::pages(&folder, r#"sessions={staleness="0s"}"#);
    log_in(&other, site.port, "alice", "wonderland");
    log_in(&browser, site.port, "alice", "wonderland");
    browser.open(&site.url("/sessions"));
    assert_eq!(browser.script("return document.querySelectorAll('tbody tr').length"), 2);
    browser.click("tbody tr:not(.current) button");
    eventually("one login is left", || browser.script("return document.querySelectorAll('tbody tr').length") == 1);

    other.reload();
    assert_eq!(other.url(), site.url("/login?next=/members"));
    browser.reload();
    assert_eq!(browser.url(), site.url("/sessions"));
}

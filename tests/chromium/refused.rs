//! Pages of other origins can change nothing, and log nobody in.

use jwtauth_tests::folder::Folder;

use crate::browser::Browser;
use crate::other_origin::serve;
use crate::site::{ACCESS, Site, log_in};

/// A page with a form that is sent to another site.
fn form(action: &str, fields: &[(&str, &str)]) -> String {
    let fields = fields.iter().map(|(name, value)| format!(r#"<input name="{name}" value="{value}">"#));
    let fields: String = fields.collect();
    format!(
        r#"<!DOCTYPE html><title>Other</title><form method="post" action="{action}">{fields}<button>Send</button></form>"#
    )
}

#[test]
fn form_of_another_origin_is_refused() {
    let Some(browser) = Browser::start() else { return };
    let folder = Folder::new();
    let site = Site::pages(&folder, "");
    let other = serve(form(&site.url("/settings"), &[("nickname", "Mallory")]));
    log_in(&browser, site.port, "alice", "wonderland");

    // Another port is another origin of the same site, and gets the cookies. Another site does not get them.
    for (host, answer) in [("localhost", "Forbidden"), ("127.0.0.1", "unauthorized")] {
        browser.open(&format!("http://{host}:{other}/"));
        browser.click("button");
        browser.expect_url(&site.url("/settings"));
        browser.expect_text(answer);
    }
    browser.open(&site.url("/members"));
    assert!(browser.text().contains("Hello, Alice"), "{}", browser.text());
}

#[test]
fn login_from_another_origin_is_refused() {
    let Some(browser) = Browser::start() else { return };
    let folder = Folder::new();
    let site = Site::pages(&folder, "");
    let other = serve(form(&site.url("/login"), &[("username", "root"), ("password", "toor"), ("next", "/members")]));

    for is_logged_in in [false, true] {
        if is_logged_in {
            log_in(&browser, site.port, "alice", "wonderland");
        }
        let before = browser.cookie(ACCESS);
        for host in ["localhost", "127.0.0.1"] {
            browser.open(&format!("http://{host}:{other}/"));
            browser.click("button");
            browser.expect_text("Forbidden");
            browser.open(&site.url("/login"));
            assert_eq!(browser.cookie(ACCESS), before);
        }
    }
}

#[test]
fn logout_from_another_origin_is_refused() {
    let Some(browser) = Browser::start() else { return };
    let folder = Folder::new();
    let site = Site::pages(&folder, "");
    let other = serve(form(&site.url("/logout"), &[]));
    log_in(&browser, site.port, "alice", "wonderland");
    for host in ["localhost", "127.0.0.1"] {
        browser.open(&format!("http://{host}:{other}/"));
        browser.click("button");
        browser.expect_text("Forbidden");
    }
    browser.open(&site.url("/members"));
    assert_eq!(browser.url(), site.url("/members"));
}

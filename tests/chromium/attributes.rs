//! The attributes of cookies, as the browser has stored them.

use std::time::{SystemTime, UNIX_EPOCH};

use jwtauth_tests::folder::Folder;
use serde_json::Value;

use crate::browser::Browser;
use crate::site::{Site, log_in};

const WEEK: i64 = 7 * 24 * 60 * 60;

/// Checks that these are all cookies, and their attributes.
fn assert_cookies(browser: &Browser, names: [&str; 2], is_secure: bool) {
    let mut cookies = browser.cookies();
    cookies.sort_by_key(|cookie| cookie["name"].to_string().len());
    let found: Vec<_> = cookies.iter().map(|cookie| &cookie["name"]).collect();
    assert_eq!(found, names);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time after the epoch").as_secs();
    for cookie in &cookies {
        assert_eq!(cookie["httpOnly"], true, "{cookie}");
        assert_eq!(cookie["secure"], is_secure, "{cookie}");
        assert_eq!(cookie["sameSite"], "Lax", "{cookie}");
        assert_eq!(cookie["path"], "/", "{cookie}");
        // Not `.localhost`, which other hosts would get.
        assert_eq!(cookie["domain"], "localhost", "{cookie}");
        let left = cookie["expiry"].as_i64().expect("a time") - i64::try_from(now).expect("a small number");
        assert!((WEEK - 300..=WEEK + 1).contains(&left), "{cookie}");
    }
    assert_eq!(browser.script("return document.cookie"), Value::from(""), "scripts see no cookie");
}

#[test]
fn cookies_of_the_debug_profile_have_their_attributes() {
    let Some(browser) = Browser::start() else { return };
    let folder = Folder::new();
    let site = Site::pages(&folder, "");
    log_in(&browser, site.port, "alice", "wonderland");
    assert_cookies(&browser, ["jwtauth", "jwtauth-refresh"], false);
}

/// Browsers treat `localhost` like a site with HTTPS.
#[test]
fn cookies_of_the_release_profile_have_prefix_and_secure() {
    let Some(browser) = Browser::start() else { return };
    let folder = Folder::new();
    let site = Site::start("pages", &folder, "", &[("ROCKET_PROFILE", "release")]);
    browser.open(&site.url("/signup?next=/members"));
    browser.fill("[name=username]", "dinah");
    browser.fill("[name=password]", "catch-a-mouse");
    browser.click("main button");
    browser.expect_url(&site.url("/members"));
    browser.expect_text("Hello, dinah");
    assert_cookies(&browser, ["__Host-jwtauth", "__Host-jwtauth-refresh"], true);
}

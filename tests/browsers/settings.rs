//! The settings of cookies.

use jwtauth::CookiesConfig;
use rocket::http::SameSite;

use crate::launch::{Launch, SECRET, in_jail, launch_here, launch_with_secret, rocket_toml};

/// A launch with these settings of cookies, where nothing is renewed.
fn launch(cookies: &str) -> Launch {
    launch_with_secret(&format!("allow_refresh = false\n[default.jwtauth.cookies]\n{cookies}"))
}

fn launch_in(profile: &str, cookies: &str) -> Launch {
    let mut outcome = None;
    in_jail(|jail| {
        let settings = format!("master_secret = \"{SECRET}\"\nallow_refresh = false\n[default.jwtauth.cookies]");
        rocket_toml(jail, &format!("[default.jwtauth]\n{settings}\n{cookies}"));
        jail.set_env("ROCKET_PROFILE", profile);
        outcome = Some(launch_here());
    });
    outcome.expect("the jail was run")
}

#[track_caller]
fn cookies(launch: &Launch) -> &CookiesConfig {
    launch.config().cookies.as_ref().expect("cookies are on")
}

#[test]
fn empty_table_turns_cookies_on_with_the_defaults() {
    assert!(launch_with_secret("allow_refresh = false").config().cookies.is_none());
    let launch = launch("");
    let cookies = cookies(&launch);
    assert_eq!((cookies.access_name(), cookies.refresh_name()), ("__Host-jwtauth", "__Host-jwtauth-refresh"));
    assert!(cookies.is_secure());
    assert_eq!((cookies.same_site, &cookies.domain, &cookies.login_url), (SameSite::Lax, &None, &None));
    assert_eq!((cookies.origins.len(), cookies.allow_missing_origin), (0, false));
    assert_eq!(launch.warnings(), [""; 0]);
}

#[test]
fn cookie_settings_are_read() {
    let launch = launch(
        "name = \"shop\"\nsame_site = \"strict\"\norigins = [\"https://app.example\", \"http://localhost:5173\"]\n\
         allow_missing_origin = true",
    );
    let cookies = cookies(&launch);
    assert_eq!((cookies.access_name(), cookies.refresh_name()), ("__Host-shop", "__Host-shop-refresh"));
    assert_eq!((cookies.name.as_str(), cookies.same_site), ("shop", SameSite::Strict));
    assert_eq!(cookies.origins, ["https://app.example", "http://localhost:5173"]);
    assert!(cookies.allow_missing_origin);
    assert_eq!(launch.warnings(), [""; 0]);
}

#[test]
fn origin_without_https_causes_a_warning_but_for_the_own_machine_and_the_debug_profile() {
    let origins = |origin: &str| format!("origins = \"{origin}\"");
    for (origin, warns) in [
        ("http://app.example", 1),
        ("http://localhost.example:8080", 1),
        ("http://localhost", 0),
        ("http://127.0.0.1:8000", 0),
        ("http://[::1]:8000", 0),
    ] {
        let warnings = launch(&origins(origin)).warnings().len();
        assert_eq!(warnings, warns, "{origin}");
    }
    assert_eq!(launch_in("debug", &origins("http://app.example")).warnings().len(), 1, "that of the debug profile");
}

#[test]
fn domain_loses_the_host_prefix_with_a_warning() {
    let launch = launch("domain = \"example.com\"\nsame_site = \"None\"");
    let cookies = cookies(&launch);
    assert_eq!((cookies.access_name(), cookies.refresh_name()), ("__Secure-jwtauth", "__Secure-jwtauth-refresh"));
    assert_eq!((cookies.domain.as_deref(), cookies.same_site), (Some("example.com"), SameSite::None));
    let warnings = launch.warnings();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("every host of example.com"), "{warnings:?}");
}

#[test]
fn debug_profile_has_plain_names_with_one_warning() {
    let launch = launch_in("debug", "");
    let cookies = cookies(&launch);
    assert_eq!((cookies.access_name(), cookies.refresh_name()), ("jwtauth", "jwtauth-refresh"));
    assert!(!cookies.is_secure());
    let warnings = launch.warnings();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    for words in ["`jwtauth` and `jwtauth-refresh`", "`Secure`", "debug profile"] {
        assert!(warnings[0].contains(words), "{warnings:?}");
    }
    for profile in ["release", "staging"] {
        let launch = launch_in(profile, "");
        assert_eq!(self::cookies(&launch).access_name(), "__Host-jwtauth", "{profile}");
        assert_eq!(launch.warnings(), [""; 0]);
    }
    let launch = launch_in("debug", "same_site = \"None\"");
    assert_eq!(self::cookies(&launch).same_site, SameSite::Lax);
    assert_eq!(launch.warnings().len(), 2);
}

#[test]
fn wrong_cookie_setting_is_one_fault_that_says_what_to_write() {
    for (setting, value, words) in [
        ("name", "\"a b\"", "characters that the name of a cookie cannot have"),
        ("name", "\"a=b\"", "characters"),
        ("name", "\"a%48\"", "characters"),
        ("name", "\"a;b\"", "characters"),
        ("name", "\"ü\"", "characters"),
        ("name", "\"__Host-jwtauth\"", "leave the prefix out"),
        ("name", "\"__secure-x\"", "leave the prefix out"),
        ("name", "\"\"", ""),
        ("name", "7", ""),
        ("same_site", "\"Laxer\"", "write `\"Lax\"`"),
        ("domain", "\"localhost\"", "is not a domain"),
        ("domain", "\".example.com\"", "leading dot"),
        ("domain", "\"https://example.com\"", "without a scheme"),
        ("domain", "\"example.com:443\"", "a port"),
        ("domain", "\"example.com; Secure\"", "is not a domain"),
        ("domain", "\"127.0.0.1\"", "is not a domain"),
        ("origins", "[\"https://app.example\", \"*\"]", "has `*`, which is not an origin"),
        ("origins", "[\"https://app.example/\"]", "without a path"),
        ("origins", "[\"null\"]", "has `null`"),
        ("origins", "[\"https://App.example\"]", "in lower case"),
        ("allow_missing_origin", "\"often\"", ""),
        ("login_url", "\"login\"", "write a path of this site"),
        ("login_url", "\"//evil.example/\"", "is not a path of this site"),
        ("login_url", "\"/\\\\evil.example\"", "is not a path of this site"),
        ("login_url", "\"https://evil.example/\"", "is not a path of this site"),
        ("login_url", "\"/login#top\"", "is not a path of this site"),
        ("login_url", "\"/log in\"", "is not a path of this site"),
        ("login_url", "\"/login?a=<b>\"", "is not a path of this site"),
    ] {
        let launch = launch(&format!("{setting} = {value}"));
        let fault = launch.fault(&format!("cookies.{setting}"));
        fault.assert_says(&[words]);
        assert!(fault.origin.is_some(), "{fault:?}");
    }
    launch("nmae = \"shop\"").fault("cookies.nmae").assert_says(&["`name`"]);
}

#[test]
fn cookies_with_refreshing_unset_or_expiration_verified_are_faults() {
    let table = "[default.jwtauth.cookies]";
    let fault = launch_with_secret(table).fault("allow_refresh");
    fault.assert_says(&["is not set", "`allow_refresh = true`"]);
    let settings = format!("allow_refresh = true\nverify_expiration_on_refresh = true\n{table}");
    let fault = launch_with_secret(&settings).fault("verify_expiration_on_refresh");
    fault.assert_says(&["a cookie is renewed after its token has expired"]);
    let launch = launch_with_secret(table);
    launch.assert_never_says(SECRET);
}

#[test]
fn misplaced_cookie_setting_names_its_table() {
    let launch = launch_with_secret("login_url = \"/login\"");
    launch.fault("login_url").assert_says(&["[default.jwtauth.cookies]"]);
}

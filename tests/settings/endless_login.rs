//! A login without any limit is valid, but logs a warning.

use crate::launch::launch_with_secret;

#[track_caller]
fn assert_warns(settings: &str, of: &str) {
    let launch = launch_with_secret(settings);
    launch.config();
    let warnings = launch.warnings();
    assert_eq!(warnings.len(), 1, "{settings}: {warnings:?}");
    for words in ["no setting ends a login", "`max_lifetime`", of] {
        assert!(warnings[0].contains(words), "{words}: {warnings:?}");
    }
}

#[track_caller]
fn assert_silent(settings: &str) {
    let launch = launch_with_secret(settings);
    launch.config();
    assert_eq!(launch.warnings(), [""; 0], "{settings}");
}

#[test]
fn settings_warn_of_token_that_never_expires() {
    assert_warns("expiration_delta = \"unlimited\"", "`expiration_delta`");
    assert_warns("expiration_delta = \"unlimited\"\nallow_refresh = false", "`expiration_delta`");
    assert_warns("expiration_delta = \"unlimited\"\nallow_refresh = true", "`expiration_delta`");
}

#[test]
fn settings_warn_of_login_that_can_be_refreshed_forever() {
    assert_warns("allow_refresh = true\nrefresh_delta = \"unlimited\"", "`refresh_delta`");
}

#[test]
fn settings_do_not_warn_of_login_that_ends() {
    assert_silent("expiration_delta = \"unlimited\"\nmax_lifetime = \"30d\"");
    assert_silent("allow_refresh = true\nrefresh_delta = \"unlimited\"\nmax_lifetime = \"30d\"");
    assert_silent("refresh_delta = \"unlimited\"");
    assert_silent("allow_refresh = false\nrefresh_delta = \"unlimited\"");
    assert_silent("allow_refresh = true");
}

#[test]
fn settings_do_not_warn_of_login_that_must_be_kept_alive() {
    assert_silent("allow_refresh = true\nrefresh_delta = \"unlimited\"\nverify_expiration_on_refresh = true");
}

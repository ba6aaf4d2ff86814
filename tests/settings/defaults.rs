//! The defaults of the settings, and their debug output.

use jwtauth::Algorithm;

use crate::launch::{SECRET, launch_with_secret};

#[test]
fn settings_have_the_documented_defaults() {
    let launch = launch_with_secret("");
    let config = launch.config();
    assert_eq!(launch.key(), (Algorithm::HS256, "nDP3cTCsxem4".to_owned()));
    assert_eq!(config.reload, None);
    assert_eq!(config.jwks_path, None);
    assert_eq!(config.verified_cache, 10_000);
    assert_eq!(config.expiration_delta, Some(30 * 60));
    assert_eq!(config.leeway, 0);
    assert_eq!(config.allow_refresh, None);
    assert_eq!(config.refresh_delta, Some(7 * 24 * 60 * 60));
    assert!(!config.verify_expiration_on_refresh);
    assert_eq!(config.max_lifetime, None);
    assert_eq!(config.issuer, None);
    assert!(config.audience.is_empty());
    assert_eq!(config.auth_header_prefix, "Bearer");
    assert_eq!(config.userid_claim, "sub");
    assert_eq!(config.realm, None);
    assert!(config.resource.is_none());
}

#[test]
fn settings_with_only_a_secret_give_no_warning() {
    let launch = launch_with_secret("");
    launch.config();
    assert_eq!(launch.warnings(), [""; 0]);
}

#[test]
fn debug_output_of_settings_and_state_hides_the_secret() {
    let launch = launch_with_secret("");
    for shown in [format!("{:?}", launch.config()), format!("{:#?}", launch.jwtauth())] {
        assert!(!shown.contains(SECRET), "{shown}");
    }
    launch.assert_never_says(SECRET);
}

//! An unknown setting is a fault, so that a typo does not silently select the default.

use crate::launch::{SECRET, in_jail, launch_here, launch_with_secret};

#[test]
fn fault_of_misspelt_setting_suggests_the_right_one() {
    for (written, meant) in [
        ("master_secert", "master_secret"),
        ("master-secret-file", "master_secret_file"),
        ("privat_key", "private_key"),
        ("public_key_fiel", "public_key_file"),
        ("algoritm", "algorithm"),
        ("kdi", "kid"),
        ("experation_delta", "expiration_delta"),
        ("expiration-delta", "expiration_delta"),
        ("leway", "leeway"),
        ("allow_refesh", "allow_refresh"),
        ("refresh_dleta", "refresh_delta"),
        ("verify_expiration_on_refrsh", "verify_expiration_on_refresh"),
        ("max_livetime", "max_lifetime"),
        ("isuer", "issuer"),
        ("audiences", "audience"),
        ("auth_header_prefx", "auth_header_prefix"),
        ("userid_clam", "userid_claim"),
        ("user_id_claim", "userid_claim"),
        ("relam", "realm"),
    ] {
        let fault = launch_with_secret(&format!("{written} = \"90\"")).fault(written);
        fault.assert_says(&["is not a setting", &format!("did you mean `{meant}`?")]);
        let origin = format!("`default.jwtauth.{written}` in Rocket.toml");
        assert_eq!(fault.origin.as_deref(), Some(origin.as_str()));
    }
}

#[test]
fn misspelt_setting_is_not_reported_as_missing_too() {
    let sessions = "alow_refresh = true\n[default.jwtauth.sessions]\nurl = \"memory:\"";
    let fault = launch_with_secret(sessions).fault("alow_refresh");
    fault.assert_says(&["did you mean `allow_refresh`?"]);
}

#[test]
fn fault_of_setting_in_wrong_case_suggests_the_right_one() {
    for (written, meant) in [("LEEWAY", "leeway"), ("Issuer", "issuer"), ("allowRefresh", "allow_refresh")] {
        let fault = launch_with_secret(&format!("{written} = \"90\"")).fault(written);
        fault.assert_says(&[&format!("did you mean `{meant}`?")]);
    }
}

#[test]
fn fault_of_unknown_setting_lists_the_settings() {
    let fault = launch_with_secret("colour = \"red\"").fault("colour");
    fault.assert_says(&["is not a setting"]);
    for name in [
        "master_secret",
        "master_secret_file",
        "private_key",
        "private_key_file",
        "public_key",
        "public_key_file",
        "algorithm",
        "kid",
        "keys",
        "reload",
        "jwks_path",
        "verified_cache",
        "expiration_delta",
        "leeway",
        "allow_refresh",
        "refresh_delta",
        "verify_expiration_on_refresh",
        "max_lifetime",
        "issuer",
        "audience",
        "auth_header_prefix",
        "userid_claim",
        "realm",
    ] {
        fault.assert_says(&[name]);
    }
    assert!(!fault.text.contains("did you mean"), "{fault:?}");
}

#[test]
fn settings_refuse_unknown_table() {
    launch_with_secret("[default.jwtauth.session]\nstore = \"redis\"")
        .fault("session")
        .assert_says(&["is not a setting"]);
}

#[test]
fn fault_of_misspelling_in_environment_names_the_variable() {
    in_jail(|jail| {
        jail.set_env("ROCKET_JWTAUTH", format!("{{master_secret=\"{SECRET}\", leway=5}}"));
        let fault = launch_here().fault("leway");
        fault.assert_says(&["did you mean `leeway`?"]);
        assert_eq!(fault.origin.as_deref(), Some("environment variable ROCKET_JWTAUTH"));
    });
}

#[test]
fn settings_hide_value_of_unknown_setting() {
    let launch = launch_with_secret("master_secert = \"hunter2hunter2\"");
    launch.fault("master_secert");
    launch.assert_never_says("hunter2");
}

//! All faults are reported at once, each with its origin and remedy.

use figment::providers::Serialized;
use jwtauth::JwtAuth;
use rocket::log::private::Level;

use crate::launch::{Fault, Launch, Refusal, in_jail, launch, launch_here, launch_this, rocket_toml};

fn settings(faults: &[Fault]) -> Vec<&str> {
    faults.iter().map(|fault| fault.setting.as_str()).collect()
}

const EVERYTHING_WRONG: &str = r#"
    master_secret = 5
    algorithm = "none"
    kid = ""
    expiration_delta = 0
    leeway = -1
    allow_refresh = "yes"
    refresh_delta = "soon"
    verify_expiration_on_refresh = 1
    max_lifetime = 1.5
    issuer = ["a"]
    audience = []
    auth_header_prefix = "Bearer token"
    userid_claim = "exp"
    realm = "größer"
    colour = "red"
"#;

#[test]
fn launch_reports_every_fault_in_order_of_the_settings_table() {
    let launch = launch(EVERYTHING_WRONG);
    let faults = launch.faults();
    assert_eq!(
        settings(&faults),
        [
            "master_secret",
            "algorithm",
            "kid",
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
            "colour",
        ]
    );
    for fault in &faults {
        let origin = format!("`default.jwtauth.{}` in Rocket.toml", fault.setting);
        assert_eq!(fault.origin.as_deref(), Some(origin.as_str()));
        let remedy = fault.text.split_once("; ").map(|(_, remedy)| remedy);
        assert!(remedy.is_some_and(|remedy| remedy.len() > 10), "no remedy: {fault:?}");
    }
}

#[test]
fn launch_reports_key_faults_beside_other_faults() {
    let launch = launch("master_secret = \"short\"\nleeway = -1\nprivate_key_file = \"nowhere.pem\"");
    let faults = launch.faults();
    for setting in ["master_secret", "private_key_file", "leeway"] {
        assert!(settings(&faults).contains(&setting), "{setting}: {faults:#?}");
    }
}

#[test]
fn launch_logs_each_fault_as_one_error_line() {
    let launch = launch(EVERYTHING_WRONG);
    let ours: Vec<_> = launch.lines.iter().filter(|line| line.text.starts_with("  - `")).collect();
    assert_eq!(ours.len(), 15);
    assert!(ours.iter().all(|line| line.level == Level::Error));
}

#[track_caller]
fn assert_origin(launch: &Launch, setting: &str, origin: &str) {
    assert_eq!(launch.fault(setting).origin.as_deref(), Some(origin));
}

#[test]
fn fault_origin_names_profile_key_in_its_file() {
    in_jail(|jail| {
        let secret = jwtauth_tests::SECRET;
        rocket_toml(jail, &format!("[default.jwtauth]\nmaster_secret = \"{secret}\"\n[release.jwtauth]\nleeway = -1"));
        assert_origin(&launch_here(), "leeway", "`release.jwtauth.leeway` in Rocket.toml");

        rocket_toml(jail, &format!("[global.jwtauth]\nmaster_secret = \"{secret}\"\nleeway = -1"));
        assert_origin(&launch_here(), "leeway", "`global.jwtauth.leeway` in Rocket.toml");
    });
}

#[test]
fn fault_origin_names_the_file_of_rocket_config() {
    in_jail(|jail| {
        jail.create_dir("etc").expect("a folder");
        jail.create_file("etc/shop.toml", "[release.jwtauth]\nmaster_secret = \"short\"").expect("a file");
        jail.set_env("ROCKET_CONFIG", "etc/shop.toml");
        assert_origin(&launch_here(), "master_secret", "`release.jwtauth.master_secret` in etc/shop.toml");
    });
}

#[test]
fn fault_origin_names_the_environment_variable() {
    in_jail(|jail| {
        jail.set_env("ROCKET_JWTAUTH", "{master_secret=\"short\"}");
        assert_origin(&launch_here(), "master_secret", "environment variable ROCKET_JWTAUTH");
    });
}

#[test]
fn fault_origin_names_the_place_in_code() {
    in_jail(|_| {
        let settings = rocket::serde::json::json!({ "master_secret": "short" });
        let line = line!() + 1;
        let figment = rocket::Config::figment().merge(Serialized::default("jwtauth", settings));
        let launch = launch_this(|| rocket::custom(figment).attach(JwtAuth::fairing()));
        let origin = launch.fault("master_secret").origin.expect("an origin");
        assert!(origin.contains(&format!("settings/faults.rs:{line}:")), "{origin}");
        assert!(origin.contains("default.jwtauth.master_secret"), "{origin}");
    });
}

#[test]
fn faults_from_several_places_each_name_their_origin() {
    in_jail(|jail| {
        rocket_toml(jail, "[default.jwtauth]\nleeway = -1\n[release.jwtauth]\nissuer = 1");
        jail.set_env("ROCKET_JWTAUTH", "{master_secret=\"short\", audience=1}");
        let faults = launch_here().faults();
        let origins: Vec<_> = faults.iter().map(|fault| fault.origin.as_deref().unwrap_or_default()).collect();
        assert_eq!(settings(&faults), ["master_secret", "leeway", "issuer", "audience"]);
        assert_eq!(
            origins,
            [
                "environment variable ROCKET_JWTAUTH",
                "`default.jwtauth.leeway` in Rocket.toml",
                "`release.jwtauth.issuer` in Rocket.toml",
                "environment variable ROCKET_JWTAUTH",
            ]
        );
    });
}

#[test]
fn fault_of_missing_setting_has_no_origin_but_a_remedy() {
    in_jail(|_| {
        let launch = launch_here();
        assert_eq!(launch.refusal(), Some(&Refusal::Fairing));
        let fault = launch.fault("master_secret");
        fault.assert_says(&["is not set", "master_secret_file", "[default.jwtauth]", "ROCKET_JWTAUTH", "openssl rand"]);
        assert_eq!(fault.origin, None);
    });
}

#[test]
fn launch_with_faults_fails_in_one_fairing() {
    in_jail(|_| {
        let figment = rocket::Config::figment();
        let rocket = rocket::custom(figment).attach(JwtAuth::fairing());
        let error = crate::launch::block_on(rocket.ignite()).expect_err("no key");
        assert!(matches!(error.kind(), rocket::error::ErrorKind::FailedFairings(fairings) if fairings.len() == 1));
    });
}

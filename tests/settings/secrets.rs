//! The log never contains a secret, whatever is wrong with the settings.

use crate::keys;
use crate::launch::{Launch, in_jail, launch, launch_here, rocket_toml};

/// Fails if the launch succeeded, or if the log contains one of the secrets or a large part of one.
#[track_caller]
pub(crate) fn assert_keeps(launch: &Launch, secrets: &[&str]) {
    assert!(!launch.faults().is_empty());
    for secret in secrets {
        launch.assert_never_says(secret);
        for start in (0..secret.len().saturating_sub(12)).filter(|start| secret.is_char_boundary(*start)) {
            if let Some(part) = secret.get(start..start + 12) {
                launch.assert_never_says(part);
            }
        }
    }
}

const DIGITS: &str = "31415926535897932384626433832795";

#[test]
fn settings_hide_secret_of_the_wrong_type() {
    for value in [
        "314159265358979323".to_owned(),
        "31415926535897.9323".to_owned(),
        format!("[\"{DIGITS}\"]"),
        format!("{{ value = \"{DIGITS}\" }}"),
        format!("{{ {DIGITS} = 1 }}"),
    ] {
        for setting in ["master_secret", "private_key", "public_key", "master_secret_file", "private_key_file"] {
            let launch = launch(&format!("{setting} = {value}"));
            assert!(launch.faults().iter().any(|fault| fault.setting == setting), "{:?}", launch.faults());
            assert_keeps(&launch, &[DIGITS, "314159265358979323", "31415926535897.9323"]);
        }
    }
}

#[test]
fn settings_hide_secret_of_digits_in_the_environment() {
    in_jail(|jail| {
        let digits = &DIGITS[..18];
        jail.set_env("ROCKET_JWTAUTH", format!("{{master_secret={digits}}}"));
        let launch = launch_here();
        launch.fault("master_secret").assert_says(&["is a number", "quotes"]);
        assert_keeps(&launch, &[digits]);
    });
}

#[test]
fn settings_hide_secret_that_is_too_short() {
    let launch = launch("master_secret = \"correct horse\"");
    launch.fault("master_secret").assert_says(&["at least 32 bytes", "this one has 13"]);
    assert_keeps(&launch, &["correct horse"]);
}

#[test]
fn settings_hide_secret_beside_other_faults() {
    let launch = launch("master_secret = \"correct horse battery staple, twice\"\nleeway = -1\nalgorithm = \"RS256\"");
    assert_keeps(&launch, &["correct horse battery staple, twice"]);
}

#[test]
fn settings_hide_secret_written_as_a_file_name() {
    let long = "correct horse battery staple ".repeat(20);
    for secret in ["correct-horse-battery-staple-twice-over", "sPm4J1D5vCkNq8/tWbXr2uYeZ0aFgHiL+xOo9Ew=", &long] {
        for setting in ["master_secret_file", "private_key_file"] {
            let launch = launch(&format!("{setting} = \"{secret}\"\nalgorithm = \"{}\"", algorithm_of(setting)));
            launch.fault(setting);
            assert_keeps(&launch, &[secret]);
        }
    }
}

fn algorithm_of(setting: &str) -> &'static str {
    if setting.starts_with("master") { "HS256" } else { "ES256" }
}

#[test]
fn settings_hide_key_written_as_a_file_name() {
    for (setting, right) in [("private_key_file", "private_key"), ("public_key_file", "public_key")] {
        let launch = launch(&format!("{setting} = '''{}'''\nalgorithm = \"ES256\"", keys::ES256));
        let fault = launch.fault(setting);
        assert_keeps(&launch, &keys::body(keys::ES256));
        fault.assert_says(&[&format!("`{right}`")]);
    }
}

#[test]
fn settings_hide_key_in_the_wrong_place() {
    for pem in [keys::ES256, keys::ES256_SEC1, keys::RSA, keys::RSA_PKCS1, keys::EDDSA, keys::ENCRYPTED_PKCS8] {
        for (setting, algorithm) in [
            ("public_key", "ES256"),
            ("public_key", "HS256"),
            ("private_key", "HS256"),
            ("private_key", "ES384"),
            ("master_secret", "ES256"),
            ("algorithm", "ES256"),
            ("leeway", "HS256"),
            ("allow_refresh", "HS256"),
            ("colour", "HS256"),
            ("userid_claim", "HS256"),
            ("auth_header_prefix", "HS256"),
            ("expiration_delta", "HS256"),
        ] {
            let algorithm = if setting == "algorithm" { String::new() } else { format!("algorithm = \"{algorithm}\"") };
            let launch = launch(&format!("{setting} = '''{pem}'''\n{algorithm}"));
            assert_keeps(&launch, &keys::body(pem));
        }
    }
}

#[test]
fn settings_refuse_key_as_secret_and_hide_it() {
    for pem in [keys::ES256_PUBLIC, keys::RSA_PUBLIC, keys::RSA, keys::CERTIFICATE] {
        let launch = launch(&format!("master_secret = '''{pem}'''"));
        launch.fault("master_secret").assert_says(&["PEM"]);
        assert_keeps(&launch, &keys::body(pem));
    }
}

#[test]
fn settings_hide_broken_pem() {
    let body = keys::body(keys::ES256).concat();
    for broken in [
        keys::ES256.replace("-----END PRIVATE KEY-----", ""),
        keys::ES256.replace("-----END PRIVATE KEY-----", "-----END PUBLIC KEY-----"),
        keys::ES256.replace('\n', " "),
        body.clone(),
        format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", &body[..40]),
    ] {
        let launch = launch(&format!("algorithm = \"ES384\"\nprivate_key = '''{broken}'''"));
        launch.fault("private_key");
        assert_keeps(&launch, &[&body]);
    }
}

#[test]
fn settings_hide_binary_secret_file() {
    in_jail(|jail| {
        jail.create_binary("secret", &[0xff; 20]).expect("a file");
        rocket_toml(jail, "[default.jwtauth]\nmaster_secret_file = \"secret\"");
        let launch = launch_here();
        launch.fault("master_secret_file").assert_says(&["this one has 20"]);
        launch.assert_never_says("\u{fffd}");
        launch.assert_never_says("255");
    });
}

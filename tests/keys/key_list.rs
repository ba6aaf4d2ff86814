//! The list of keys in the settings, and its effect.

use jwtauth::{Algorithm, Key};
use rocket::serde::json::json;

use crate::launch::{SECRET, in_jail, launch, launch_here, launch_this, rocket_toml};
use crate::pem::{EDDSA, EDDSA_THUMBPRINT, ES256_PUBLIC, ES256_THUMBPRINT};

const OTHER: &str = "another secret of the tests, and as long as the first is: 64 byt";

#[test]
fn key_list_becomes_key_ring_in_same_order() {
    in_jail(|jail| {
        jail.create_dir("keys").expect("a folder");
        jail.create_file("keys/2026-11.pem", EDDSA).expect("a file");
        jail.create_file("keys/2026-05.pem", ES256_PUBLIC).expect("a file");
        rocket_toml(
            jail,
            &format!(
                r#"
                [[default.jwtauth.keys]]
                private_key_file = "keys/2026-11.pem"
                algorithm = "EdDSA"
                [[default.jwtauth.keys]]
                public_key_file = "keys/2026-05.pem"
                algorithm = "ES256"
                retire_at = "2999-12-01T00:00:00Z"
                [[default.jwtauth.keys]]
                master_secret = "{SECRET}"
                kid = "shared"
                [[default.jwtauth.keys]]
                master_secret = "{OTHER}"
                algorithm = "HS512"
                "#
            ),
        );
        let launch = launch_here();
        let ring = launch.jwtauth().keys();
        let of = |key: &Key| (key.algorithm(), key.kid().to_owned(), key.can_sign());
        let keys: Vec<_> = ring.keys().iter().map(of).collect();
        assert_eq!(
            keys[..3],
            [
                (Algorithm::EdDSA, EDDSA_THUMBPRINT.to_owned(), true),
                (Algorithm::ES256, ES256_THUMBPRINT.to_owned(), false),
                (Algorithm::HS256, "shared".to_owned(), true),
            ]
        );
        assert_eq!((keys[3].0, keys[3].1.len()), (Algorithm::HS512, 12));
        assert_eq!(ring.signer(0).map(Key::kid), Some(EDDSA_THUMBPRINT));
        let tokens = launch.issue("alice");
        assert_eq!(launch.userid(&tokens).as_deref(), Some("alice"));
        assert!(launch.warnings().is_empty(), "{:?}", launch.warnings());
    });
}

/// The start and end of the time in which the only key signs.
fn term(settings: &str) -> (u64, u64) {
    let launch = launch(&format!("[[default.jwtauth.keys]]\nmaster_secret = \"{SECRET}\"\n{settings}"));
    let ring = launch.jwtauth().keys();
    let key = &ring.keys()[0];
    // Binary search for the time at which the result changes.
    let first = |holds: &dyn Fn(u64) -> bool| {
        let (mut low, mut high) = (0, 1 << 40);
        while low < high {
            let middle = (low + high) / 2;
            if holds(middle) { high = middle } else { low = middle + 1 }
        }
        low
    };
    let end = first(&|time| key.is_retired(time));
    (first(&|time| key.signs_at(time) || time >= end), end)
}

#[test]
fn key_list_reads_times_as_rfc_3339_and_toml_dates() {
    const DECEMBER: u64 = 32_501_001_600;
    for (begin, end) in [
        (r#""2999-12-01T00:00:00Z""#, r#""2999-12-02T00:00:00Z""#),
        (r#""2999-12-01t00:00:00z""#, r#""2999-12-02T00:00:00.999Z""#),
        (r#""2999-12-01T01:30:00+01:30""#, r#""2999-12-01T18:00:00-06:00""#),
        ("2999-12-01T00:00:00Z", "2999-12-02T00:00:00Z"),
        ("2999-12-01 00:00:00Z", "2999-12-02T05:45:00.25+05:45"),
    ] {
        let term = term(&format!("sign_from = {begin}\nretire_at = {end}"));
        assert_eq!(term, (DECEMBER, DECEMBER + 86_400), "{begin} {end}");
    }
    assert_eq!(term(""), (0, 1 << 40));
}

#[test]
fn key_list_can_come_from_environment_variable() {
    in_jail(|jail| {
        jail.create_file("key.pem", EDDSA).expect("a file");
        jail.set_env(
            "ROCKET_JWTAUTH",
            format!(
                "{{keys=[{{private_key_file=\"key.pem\",algorithm=\"EdDSA\",sign_from=\"2026-01-01T00:00:00Z\"}},\
                 {{master_secret=\"{SECRET}\",kid=\"old\",retire_at=2999-12-01T00:00:00Z}}]}}"
            ),
        );
        let launch = launch_here();
        let ring = launch.jwtauth().keys();
        assert_eq!(ring.keys().iter().map(Key::kid).collect::<Vec<_>>(), [EDDSA_THUMBPRINT, "old"]);
        assert!(!ring.keys()[1].is_retired(32_501_001_599) && ring.keys()[1].is_retired(32_501_001_600));

        jail.set_env("ROCKET_JWTAUTH", "{keys=[{master_secret=\"short\"}]}");
        let fault = launch_here().fault("keys[0].master_secret");
        assert_eq!(fault.origin.as_deref(), Some("environment variable ROCKET_JWTAUTH"));
    });
}

#[test]
fn key_list_can_come_from_code() {
    in_jail(|_| {
        let settings =
            json!({ "keys": [{ "master_secret": SECRET, "kid": "1" }, { "master_secret": OTHER, "kid": "2" }] });
        let figment = rocket::Config::figment().merge(figment::providers::Serialized::default("jwtauth", settings));
        let launch = launch_this(|| rocket::custom(figment).attach(jwtauth::JwtAuth::fairing()));
        assert_eq!(launch.jwtauth().keys().keys().iter().map(Key::kid).collect::<Vec<_>>(), ["1", "2"]);
    });
}

/// Paths in the list are relative to the settings file, like all paths.
#[test]
fn key_list_paths_are_relative_to_settings_file() {
    in_jail(|jail| {
        jail.create_dir("etc").expect("a folder");
        jail.create_file("etc/key.pem", EDDSA).expect("a file");
        let settings = "[[default.jwtauth.keys]]\nprivate_key_file = \"key.pem\"\nalgorithm = \"EdDSA\"";
        jail.create_file("etc/shop.toml", settings).expect("a file");
        jail.set_env("ROCKET_CONFIG", "etc/shop.toml");
        assert_eq!(launch_here().key(), (Algorithm::EdDSA, EDDSA_THUMBPRINT.to_owned()));
    });
}

/// Also in the debug profile: a list of keys must not be completed by a generated secret.
#[test]
fn key_list_gets_no_generated_secret_in_debug_profile() {
    in_jail(|jail| {
        jail.set_env("ROCKET_PROFILE", "debug");
        rocket_toml(jail, "[[default.jwtauth.keys]]\nalgorithm = \"HS256\"");
        launch_here().fault("keys[0].master_secret").assert_says(&["is not set", "openssl rand"]);
        rocket_toml(jail, "[[default.jwtauth.keys]]\nmaster_secret = \"short\"");
        launch_here().fault("keys[0].master_secret").assert_says(&["at least 32 bytes"]);
    });
}

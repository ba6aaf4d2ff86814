//! Settings that only the debug profile accepts.

use figment::Jail;

use crate::keys::ES384;
use crate::launch::{Launch, SECRET, in_jail, launch_here, rocket_toml};

fn launch_in(jail: &mut Jail, profile: &str, settings: &str) -> Launch {
    rocket_toml(jail, &format!("[default.jwtauth]\n{settings}"));
    jail.set_env("ROCKET_PROFILE", profile);
    launch_here()
}

#[test]
fn debug_profile_replaces_missing_secret_with_a_random_one() {
    in_jail(|jail| {
        for algorithm in ["HS256", "HS384", "HS512"] {
            let settings = format!("algorithm = \"{algorithm}\"");
            let launch = launch_in(jail, "debug", &settings);
            let tokens = launch.issue("alice");
            assert_eq!(launch.userid(&tokens).as_deref(), Some("alice"));
            let warnings = launch.warnings();
            assert_eq!(warnings.len(), 1, "{warnings:?}");
            for words in ["`master_secret` is not set", "random", "this process", "debug"] {
                assert!(warnings[0].contains(words), "{warnings:?}");
            }
            assert_eq!(launch_in(jail, "debug", &settings).userid(&tokens), None, "another launch, another secret");
        }
    });
}

#[test]
fn debug_profile_launches_without_any_settings() {
    in_jail(|jail| {
        jail.set_env("ROCKET_PROFILE", "debug");
        let launch = launch_here();
        launch.config();
        assert_eq!(launch.warnings().len(), 1);
    });
}

#[test]
fn debug_profile_uses_short_secret_with_one_warning() {
    in_jail(|jail| {
        let launch = launch_in(jail, "debug", "master_secret = \"short\"");
        let warnings = launch.warnings();
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        for words in ["`master_secret`", "at least 32 bytes", "has 5", "debug"] {
            assert!(warnings[0].contains(words), "{warnings:?}");
        }
        launch.assert_never_says("short\"");
        let tokens = launch.issue("alice");
        assert_eq!(launch_in(jail, "debug", "master_secret = \"short\"").userid(&tokens).as_deref(), Some("alice"));
        assert_eq!(launch_in(jail, "debug", "master_secret = \"other\"").userid(&tokens), None);
    });
}

#[test]
fn debug_warning_names_the_setting_of_a_short_secret_file() {
    in_jail(|jail| {
        jail.create_file("secret", "short\n").expect("a file");
        let launch = launch_in(jail, "debug", "master_secret_file = \"secret\"");
        launch.config();
        assert_eq!(launch.warnings().len(), 1);
        assert!(launch.warnings()[0].contains("`master_secret_file`"), "{:?}", launch.warnings());
    });
}

#[test]
fn other_profiles_refuse_missing_and_short_secrets() {
    in_jail(|jail| {
        for profile in ["release", "staging", "production", "Debugging", "default"] {
            launch_in(jail, profile, "").fault("master_secret").assert_says(&["is not set"]);
            launch_in(jail, profile, "master_secret = \"short\"").fault("master_secret").assert_says(&["has 5"]);
        }
    });
}

#[test]
fn debug_profile_name_ignores_case() {
    in_jail(|jail| {
        launch_in(jail, "Debug", "").config();
    });
}

#[test]
fn debug_profile_refuses_every_other_fault() {
    in_jail(|jail| {
        for (settings, setting) in [
            ("master_secret = \"\"".to_owned(), "master_secret"),
            ("master_secret = 5".to_owned(), "master_secret"),
            ("master_secret_file = \"nowhere\"".to_owned(), "master_secret_file"),
            ("algorithm = \"ES256\"".to_owned(), "private_key_file"),
            (format!("algorithm = \"ES256\"\nprivate_key = '''{ES384}'''"), "private_key"),
            ("leeway = -1".to_owned(), "leeway"),
            ("expiration_delta = 0".to_owned(), "expiration_delta"),
            ("colour = \"red\"".to_owned(), "colour"),
        ] {
            let launch = launch_in(jail, "debug", &settings);
            launch.fault(setting);
        }
    });
}

#[test]
fn debug_profile_does_not_warn_of_a_good_secret() {
    in_jail(|jail| {
        let launch = launch_in(jail, "debug", &format!("master_secret = \"{SECRET}\""));
        launch.config();
        assert_eq!(launch.warnings(), [""; 0]);
    });
}

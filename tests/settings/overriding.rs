//! Keys from several sources: the source with the highest priority is used, and the launch logs that.

use figment::providers::Serialized;
use jwtauth::{Algorithm, JwtAuth};
use rocket::serde::json::{Value, json};

use crate::keys::{EDDSA, ES256, ES256_PUBLIC};
use crate::launch::{Launch, SECRET, in_jail, launch_here, launch_this, rocket_toml};

const OTHER: &str = "another secret of the tests, and as long as the first is: 64 byt";

/// Launches with a Rocket.toml and the variable. Both may be absent.
fn launch(toml: &str, variable: &str) -> Launch {
    let mut launch = None;
    in_jail(|jail| {
        for (file, content) in [("es256.pem", ES256), ("public.pem", ES256_PUBLIC), ("secret", OTHER)] {
            jail.create_file(file, content).expect("a file");
        }
        rocket_toml(jail, toml);
        if !variable.is_empty() {
            jail.set_env("ROCKET_JWTAUTH", variable);
        }
        launch = Some(launch_here());
    });
    launch.expect("the jail was run")
}

/// The key that these settings make alone: its algorithm, and the kid that is derived from it.
fn key_of(settings: Value) -> (Algorithm, String) {
    let mut key = None;
    in_jail(|_| {
        let figment = rocket::Config::figment().merge(Serialized::global("jwtauth", settings));
        key = Some(launch_this(|| rocket::custom(figment).attach(JwtAuth::fairing())).key());
    });
    key.expect("the jail was run")
}

fn secret() -> Value {
    json!({ "master_secret": SECRET })
}

fn es256() -> Value {
    json!({ "private_key": ES256, "algorithm": "ES256" })
}

fn eddsa() -> Value {
    json!({ "private_key": EDDSA, "algorithm": "EdDSA" })
}

#[track_caller]
fn assert_decides(launch: &Launch, key: &(Algorithm, String), decides: &str, overridden: &[&str]) {
    assert_eq!(launch.key(), *key);
    let warnings = launch.warnings();
    let [warning] = warnings[..] else { panic!("{warnings:?}") };
    let (start, end) =
        warning.split_once(" decides about the keys, and overrides ").expect("a list of overridden settings");
    assert_eq!(start, decides);
    assert_eq!(end, overridden.join(", "));
    launch.assert_never_says(SECRET);
    launch.assert_never_says(OTHER);
}

const FROM_ENVIRONMENT: &str = "`master_secret` [environment variable ROCKET_JWTAUTH]";

#[test]
fn environment_replaces_key_of_another_kind_in_the_file() {
    let variable = format!("{{master_secret=\"{SECRET}\"}}");
    for (toml, overridden) in [
        ("[default.jwtauth]\nmaster_secret_file = \"secret\"", &["master_secret_file"][..]),
        ("[release.jwtauth]\nmaster_secret_file = \"nowhere\"", &["master_secret_file"]),
        (
            "[default.jwtauth]\nprivate_key_file = \"es256.pem\"\npublic_key_file = \"public.pem\"\nalgorithm = \"ES256\"",
            &["private_key_file", "public_key_file", "algorithm"],
        ),
        ("[[default.jwtauth.keys]]\nprivate_key_file = \"es256.pem\"\nalgorithm = \"ES256\"", &["keys"]),
    ] {
        let profile = &toml.trim_start_matches('[')[..7];
        let overridden: Vec<_> =
            overridden.iter().map(|name| format!("`{name}` [`{profile}.jwtauth.{name}` in Rocket.toml]")).collect();
        let overridden: Vec<_> = overridden.iter().map(String::as_str).collect();
        assert_decides(&launch(toml, &variable), &key_of(secret()), FROM_ENVIRONMENT, &overridden);
    }
    let list = "{keys=[{private_key_file=\"es256.pem\",algorithm=\"ES256\"}]}";
    let beside = format!("[default.jwtauth]\nmaster_secret = \"{OTHER}\"\nkid = \"old\"");
    assert_decides(
        &launch(&beside, list),
        &key_of(es256()),
        "`keys` [environment variable ROCKET_JWTAUTH]",
        &[
            "`master_secret` [`default.jwtauth.master_secret` in Rocket.toml]",
            "`kid` [`default.jwtauth.kid` in Rocket.toml]",
        ],
    );
}

#[test]
fn profile_replaces_key_of_the_default_profile() {
    let toml = format!(
        "[default.jwtauth]\nmaster_secret = \"{OTHER}\"\n\
         [release.jwtauth]\nprivate_key_file = \"es256.pem\"\nalgorithm = \"ES256\""
    );
    assert_decides(
        &launch(&toml, ""),
        &key_of(es256()),
        "`private_key_file` [`release.jwtauth.private_key_file` in Rocket.toml]",
        &["`master_secret` [`default.jwtauth.master_secret` in Rocket.toml]"],
    );
}

#[test]
fn code_replaces_key_if_merged_and_yields_if_joined() {
    let (in_file, in_code) = (key_of(secret()), key_of(eddsa()));
    in_jail(|jail| {
        rocket_toml(jail, &format!("[default.jwtauth]\nmaster_secret = \"{SECRET}\""));
        let code = || Serialized::default("jwtauth", eddsa());
        let code_line = line!() - 1;
        let launch = |figment| launch_this(|| rocket::custom(figment).attach(JwtAuth::fairing()));
        let from_file = "`master_secret` [`default.jwtauth.master_secret` in Rocket.toml]";
        let merged = launch(rocket::Config::figment().merge(code()));
        let from_code = |name: &str| {
            let place = format!("serde_json::value::Value {}:{code_line}:23", file!());
            format!("`{name}` [`default.jwtauth.{name}` in {place}]")
        };
        assert_decides(&merged, &in_code, &from_code("private_key"), &[from_file]);
        let joined = launch(rocket::Config::figment().join(code()));
        assert_decides(&joined, &in_file, from_file, &[&from_code("private_key"), &from_code("algorithm")]);
    });
}

#[test]
fn environment_replaces_file_key_even_if_code_is_merged_last() {
    let key = key_of(secret());
    in_jail(|jail| {
        jail.create_file("secret", OTHER).expect("a file");
        rocket_toml(jail, "[default.jwtauth]\nmaster_secret_file = \"secret\"");
        jail.set_env("ROCKET_JWTAUTH", format!("{{master_secret=\"{SECRET}\"}}"));
        let figment = rocket::Config::figment().merge(Serialized::global("jwtauth.leeway", 7));
        let launch = launch_this(|| rocket::custom(figment).attach(JwtAuth::fairing()));
        assert_eq!(launch.config().leeway, 7);
        let from_file = "`master_secret_file` [`default.jwtauth.master_secret_file` in Rocket.toml]";
        assert_decides(&launch, &key, FROM_ENVIRONMENT, &[from_file]);
    });
}

#[test]
fn settings_refuse_two_kinds_of_keys_from_one_source() {
    let toml = format!("[default.jwtauth]\nmaster_secret = \"{SECRET}\"\nprivate_key_file = \"es256.pem\"");
    launch(&toml, "").fault("master_secret").assert_says(&["is set beside a key pair"]);
    let variable = format!("{{master_secret=\"{SECRET}\",master_secret_file=\"secret\"}}");
    launch("", &variable).fault("master_secret_file").assert_says(&["is set beside `master_secret`"]);
}

#[test]
fn settings_from_several_sources_give_no_warning() {
    let toml = format!("[default.jwtauth]\nmaster_secret = \"{OTHER}\"\n[release.jwtauth]\nleeway = 5");
    let launch = launch(&toml, &format!("{{master_secret=\"{SECRET}\",issuer=\"shop\"}}"));
    assert_eq!(launch.warnings(), [""; 0]);
    assert_eq!(launch.key(), key_of(secret()));
    assert_eq!((launch.config().leeway, launch.config().issuer.as_deref()), (5, Some("shop")));
}

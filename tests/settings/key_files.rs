//! Keys in files.

use figment::providers::Serialized;
use figment::{Jail, Provider};
use jwtauth::JwtAuth;
use rocket::serde::json::json;

use crate::keys::{ES256, ES256_PUBLIC};
use crate::launch::{Launch, SECRET, block_on, in_jail, launch, launch_here, launch_this, rocket_toml};

/// Launches with a secret file of these bytes.
fn with_secret_file(jail: &Jail, bytes: &[u8]) -> Launch {
    jail.create_binary("secret", bytes).expect("a file");
    rocket_toml(jail, "[default.jwtauth]\nmaster_secret_file = \"secret\"");
    launch_here()
}

#[test]
fn secret_file_ignores_trailing_newline() {
    let plain = launch(&format!("master_secret = \"{SECRET}\""));
    let tokens = plain.issue("alice");
    for end in ["", "\n", "\r\n"] {
        in_jail(|jail| {
            let launch = with_secret_file(jail, format!("{SECRET}{end}").as_bytes());
            assert_eq!(launch.userid(&tokens).as_deref(), Some("alice"), "{end:?}");
        });
    }
}

#[test]
fn secret_file_does_not_count_newline_in_its_length() {
    in_jail(|jail| {
        let bytes = format!("{}\r\n", "x".repeat(31));
        with_secret_file(jail, bytes.as_bytes()).fault("master_secret_file").assert_says(&["this one has 31"]);
    });
}

#[test]
fn secret_file_accepts_any_bytes() {
    in_jail(|jail| {
        let bytes: Vec<u8> = (0..=255).rev().collect();
        let launch = with_secret_file(jail, &bytes);
        let tokens = launch.issue("alice");
        assert_eq!(launch.userid(&tokens).as_deref(), Some("alice"));
    });
}

#[test]
fn settings_refuse_empty_key_file() {
    in_jail(|jail| {
        for bytes in ["", "\n", "\r\n"] {
            let fault = with_secret_file(jail, bytes.as_bytes()).fault("master_secret_file");
            fault.assert_says(&["empty", "check the path"]);
        }
        jail.create_file("empty.pem", "").expect("a file");
        for name in ["private_key_file", "public_key_file"] {
            rocket_toml(jail, &format!("[default.jwtauth]\nalgorithm = \"ES256\"\n{name} = \"empty.pem\""));
            launch_here().fault(name).assert_says(&["empty"]);
        }
    });
}

#[test]
fn settings_refuse_unreadable_key_file() {
    in_jail(|jail| {
        jail.create_dir("folder").expect("a folder");
        for path in ["nowhere.pem", "folder", "nowhere/key.pem"] {
            for (name, algorithm) in
                [("master_secret_file", "HS256"), ("private_key_file", "ES256"), ("public_key_file", "ES256")]
            {
                rocket_toml(jail, &format!("[default.jwtauth]\nalgorithm = \"{algorithm}\"\n{name} = \"{path}\""));
                let fault = launch_here().fault(name);
                fault.assert_says(&["can't be read", "check the path"]);
                let origin = format!("`default.jwtauth.{name}` in Rocket.toml");
                assert_eq!(fault.origin.as_deref(), Some(origin.as_str()));
            }
        }
    });
}

#[test]
fn fault_of_missing_file_names_the_searched_folder() {
    in_jail(|jail| {
        jail.create_dir("etc").expect("a folder");
        jail.create_file("etc/shop.toml", "[default.jwtauth]\nmaster_secret_file = \"secret\"").expect("a file");
        jail.set_env("ROCKET_CONFIG", "etc/shop.toml");
        launch_here().fault("master_secret_file").assert_says(&["etc"]);
    });
}

#[test]
fn relative_path_in_a_file_resolves_from_that_file() {
    in_jail(|jail| {
        jail.create_dir("etc").expect("a folder");
        jail.create_dir("etc/keys").expect("a folder");
        jail.create_file("etc/keys/private.pem", ES256).expect("a file");
        jail.create_file("etc/public.pem", ES256_PUBLIC).expect("a file");
        jail.create_file(
            "etc/shop.toml",
            "[default.jwtauth]\nalgorithm = \"ES256\"\nprivate_key_file = \"keys/private.pem\"\npublic_key_file = \"public.pem\"",
        )
        .expect("a file");
        jail.set_env("ROCKET_CONFIG", "etc/shop.toml");
        let launch = launch_here();
        let tokens = launch.issue("alice");
        assert_eq!(launch.userid(&tokens).as_deref(), Some("alice"));
    });
}

#[test]
fn relative_path_elsewhere_resolves_from_working_directory() {
    in_jail(|jail| {
        jail.create_dir("etc").expect("a folder");
        jail.create_file("etc/shop.toml", "[default.jwtauth]\nleeway = 7").expect("a file");
        jail.create_file("secret", SECRET).expect("a file");
        jail.set_env("ROCKET_CONFIG", "etc/shop.toml");

        let settings = json!({ "master_secret_file": "secret" });
        let figment = rocket::Config::figment().merge(Serialized::default("jwtauth", settings));
        assert_eq!(launch_this(|| rocket::custom(figment).attach(JwtAuth::fairing())).config().leeway, 7);

        jail.set_env("ROCKET_JWTAUTH", "{master_secret_file=\"secret\"}");
        assert_eq!(launch_here().config().leeway, 7);
    });
}

#[test]
fn absolute_path_is_used_as_written() {
    in_jail(|jail| {
        jail.create_file("secret", SECRET).expect("a file");
        let path = jail.directory().join("secret");
        jail.create_dir("etc").expect("a folder");
        jail.create_file("etc/shop.toml", &format!("[default.jwtauth]\nmaster_secret_file = {path:?}"))
            .expect("a file");
        jail.set_env("ROCKET_CONFIG", "etc/shop.toml");
        launch_here().config();
    });
}

#[test]
fn launched_keys_are_not_read_again() {
    in_jail(|jail| {
        let launch = with_secret_file(jail, SECRET.as_bytes());
        jail.create_file("secret", &"x".repeat(64)).expect("a file");
        let tokens = launch.issue("alice");
        assert_eq!(launch.userid(&tokens).as_deref(), Some("alice"));
    });
}

/// The figment lives as long as the application.
#[test]
fn figment_keeps_a_secret_of_the_settings_and_none_of_a_file() {
    for (setting, is_kept) in
        [(format!("master_secret = \"{SECRET}\""), true), ("master_secret_file = \"secret\"".to_owned(), false)]
    {
        in_jail(|jail| {
            jail.create_file("secret", SECRET).expect("a file");
            rocket_toml(jail, &format!("[default.jwtauth]\n{setting}"));
            let ignited = block_on(rocket::build().attach(JwtAuth::fairing()).ignite());
            let rocket = ignited.map_err(|error| error.kind().to_string()).expect("a launch");
            let data = rocket.figment().data().expect("settings");
            assert_eq!(format!("{data:?}").contains(SECRET), is_kept, "{setting}");
        });
    }
}

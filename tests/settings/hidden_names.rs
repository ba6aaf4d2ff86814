//! Part of a secret may be parsed as the name of a setting. Such names are not shown.

use crate::launch::{Launch, in_jail, launch, launch_here};

/// Parts of the secrets below, which must never be shown.
const PARTS: [&str; 6] = ["Zx8kQ", "zx8kq", "kP0vR7", "kp0vr7", "secretpart", "SECRETPART"];

#[track_caller]
fn assert_hidden(launch: &Launch, secrets: &[&str]) {
    let faults = launch.faults();
    let hidden = faults.iter().find(|fault| fault.setting == "(not shown)");
    let hidden = hidden.unwrap_or_else(|| panic!("no hidden name in {faults:?}"));
    hidden.assert_says(&["is not a setting", "master_secret"]);
    assert!(hidden.origin.is_some());
    for secret in secrets {
        launch.assert_never_says(secret);
        launch.assert_never_says(&secret.to_lowercase());
        launch.assert_never_says(&secret.to_uppercase());
    }
}

#[test]
fn settings_hide_unquoted_secret_split_at_a_comma() {
    in_jail(|jail| {
        for settings in [
            "{master_secret=Zx8kQ,kP0vR7secretpart=}",
            "{master_secret=Zx8kQ,kP0vR7secretpart=,leeway=5}",
            "{kP0vR7secretpart=Zx8kQ}",
        ] {
            jail.set_env("ROCKET_JWTAUTH", settings);
            let launch = launch_here();
            assert_hidden(&launch, &PARTS);
            let faults = launch.faults();
            let origins: Vec<_> = faults.iter().filter_map(|fault| fault.origin.as_deref()).collect();
            assert!(origins.iter().all(|origin| *origin == "environment variable ROCKET_JWTAUTH"), "{origins:?}");
        }
    });
}

#[test]
fn settings_hide_secret_written_as_a_name() {
    let secret = "kP0vR7secretpart/Zx8kQ+tWbXr2uYeZ0aFgHiL=";
    for settings in
        [format!("\"{secret}\" = \"master_secret\""), format!("[default.jwtauth.\"{secret}\"]\nmaster_secret = \"x\"")]
    {
        let launch = launch(&settings);
        assert_hidden(&launch, &PARTS);
        let faults = launch.faults();
        let origin = faults.iter().find_map(|fault| fault.origin.as_deref());
        assert_eq!(origin, Some("`default.jwtauth.(not shown)` in Rocket.toml"));
    }
    in_jail(|jail| {
        jail.set_env("ROCKET_JWTAUTH", format!("{{\"{secret}\"=master_secret}}"));
        assert_hidden(&launch_here(), &PARTS);
        jail.set_env("ROCKET_JWTAUTH", "{kP0vR7secretpart=master_secret}");
        assert_hidden(&launch_here(), &PARTS);
    });
}

#[test]
fn settings_hide_unknown_names_that_look_like_secrets() {
    for name in ["0123456789abcdef0123456789abcdef", "a1", &"a".repeat(31), "correct horse", "größe", "Colour"] {
        assert_hidden(&launch(&format!("\"{name}\" = 5")), &[]);
    }
}

#[test]
fn settings_show_unknown_names_that_look_like_settings() {
    for name in ["colour", "cookie_name", "max-age"] {
        let fault = launch(&format!("master_secret = \"{}\"\n{name} = 5", crate::launch::SECRET)).fault(name);
        assert_eq!(fault.origin, Some(format!("`default.jwtauth.{name}` in Rocket.toml")));
    }
}

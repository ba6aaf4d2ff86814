//! Settings that stand where nobody reads them are faults too: what they say would silently not hold.

use crate::launch::{SECRET, in_jail, launch_here, rocket_toml};

fn rocket_toml_with(jail: &figment::Jail, more: &str) {
    rocket_toml(jail, &format!("[default.jwtauth]\nmaster_secret = \"{SECRET}\"\n{more}"));
}

#[test]
fn a_variable_for_each_setting_is_told_of_the_one_for_all() {
    for (variable, setting) in
        [("ROCKET_JWTAUTH_EXPIRATION_DELTA", "expiration_delta"), ("ROCKET_jwtauth_issuer", "issuer")]
    {
        in_jail(|jail| {
            rocket_toml_with(jail, "");
            jail.set_env(variable, "5m");
            let fault = launch_here().fault(&variable["ROCKET_".len()..].to_lowercase());
            fault.assert_says(&["is not read", &format!("ROCKET_JWTAUTH={{{setting}=…}}")]);
            assert_eq!(fault.origin, Some(format!("environment variable {}", variable.to_uppercase())));
        });
    }
}

#[test]
fn a_secret_in_a_variable_of_its_own_is_not_shown() {
    in_jail(|jail| {
        jail.set_env("ROCKET_JWTAUTH_MASTER_SECRET", SECRET);
        let launch = launch_here();
        let faults = launch.faults();
        let fault = faults.iter().find(|fault| fault.setting == "jwtauth_master_secret").expect("it is told");
        fault.assert_says(&["ROCKET_JWTAUTH={master_secret=…}"]);
        launch.assert_never_says(SECRET);
    });
}

#[test]
fn a_section_without_a_profile_is_told_so() {
    in_jail(|jail| {
        rocket_toml_with(jail, "[jwtauth]\nexpiration_delta = \"5m\"");
        let fault = launch_here().fault("jwtauth");
        fault.assert_says(&["profile", "`[default.jwtauth]`"]);
        assert_eq!(fault.origin.as_deref(), Some("`jwtauth` in Rocket.toml"));
    });
}

#[test]
fn a_section_whose_name_is_misspelt_is_told_so() {
    for name in ["jwtauht", "jwt_auth", "JwtAut", "jwauth"] {
        in_jail(|jail| {
            rocket_toml_with(jail, &format!("[default.{name}]\nexpiration_delta = \"5m\""));
            launch_here().fault(name).assert_says(&["is not read", "did you mean `jwtauth`?"]);
        });
    }
}

#[test]
fn what_is_not_ours_is_left_alone() {
    in_jail(|jail| {
        rocket_toml_with(
            jail,
            "[default]\njwtauhtor = 5\noauth = \"x\"\n[default.databases.jwt]\nurl = \"x\"\n[staging.jwtauht]\nleeway = 5",
        );
        assert_eq!(launch_here().config().leeway, 0);
    });
}

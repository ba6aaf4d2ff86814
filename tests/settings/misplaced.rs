//! Settings in a place where they are not read are faults, because they would have no effect.

use crate::launch::{SECRET, in_jail, launch_here, rocket_toml};

fn rocket_toml_with(jail: &figment::Jail, more: &str) {
    rocket_toml(jail, &format!("[default.jwtauth]\nmaster_secret = \"{SECRET}\"\n{more}"));
}

#[test]
fn fault_of_variable_per_setting_names_the_one_variable() {
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
fn settings_hide_secret_in_a_variable_of_its_own() {
    in_jail(|jail| {
        jail.set_env("ROCKET_JWTAUTH_MASTER_SECRET", SECRET);
        let launch = launch_here();
        let faults = launch.faults();
        let fault = faults.iter().find(|fault| fault.setting == "jwtauth_master_secret").expect("a fault");
        fault.assert_says(&["ROCKET_JWTAUTH={master_secret=…}"]);
        launch.assert_never_says(SECRET);
    });
}

#[test]
fn fault_of_section_without_profile_names_default_profile() {
    in_jail(|jail| {
        rocket_toml_with(jail, "[jwtauth]\nexpiration_delta = \"5m\"");
        let fault = launch_here().fault("jwtauth");
        fault.assert_says(&["profile", "`[default.jwtauth]`"]);
        assert_eq!(fault.origin.as_deref(), Some("`jwtauth` in Rocket.toml"));
    });
}

#[test]
fn fault_of_misspelt_section_suggests_jwtauth() {
    for name in ["jwtauht", "jwt_auth", "JwtAut", "jwauth"] {
        in_jail(|jail| {
            rocket_toml_with(jail, &format!("[default.{name}]\nexpiration_delta = \"5m\""));
            launch_here().fault(name).assert_says(&["is not read", "did you mean `jwtauth`?"]);
        });
    }
}

#[test]
fn settings_ignore_unrelated_and_inactive_sections() {
    in_jail(|jail| {
        rocket_toml_with(
            jail,
            "[default]\njwtauhtor = 5\noauth = \"x\"\n[default.databases.jwt]\nurl = \"x\"\n[staging.jwtauht]\nleeway = 5",
        );
        assert_eq!(launch_here().config().leeway, 0);
    });
}

#[test]
fn fault_of_misplaced_setting_names_its_right_place() {
    for (toml, setting, words) in [
        (
            "[default.JWTAuth]\nexpiration_delta = \"5m\"",
            "JWTAuth",
            "did you mean `jwtauth`? Names are compared with case",
        ),
        ("[default.JwtAuth]\nissuer = \"x\"", "JwtAuth", "did you mean `jwtauth`?"),
        ("[default.jwt_auth]\nissuer = \"x\"", "jwt_auth", "did you mean `jwtauth`?"),
        ("[default.jwt-auth]", "jwt-auth", "did you mean `jwtauth`?"),
        ("[default.auth]\nexpiration_delta = \"5m\"", "auth", "did you mean `jwtauth`?"),
        ("[default.jwt]\nmaster_secret = \"x\"\nissuer = \"y\"", "jwt", "did you mean `jwtauth`?"),
        ("[default.tokens]\nallow_refresh = true\nrefresh_delta = 5", "tokens", "did you mean `jwtauth`?"),
        (
            "[release]\nexpiration_delta = \"5m\"",
            "expiration_delta",
            "write `expiration_delta` below `[default.jwtauth]`",
        ),
        ("[default]\nmaster_secret = \"x\"", "master_secret", "one level too high"),
        ("[default]\nmasterSecret = \"x\"", "masterSecret", "write `master_secret` below `[default.jwtauth]`"),
        ("[global]\nmaster_secert = \"x\"", "master_secert", "write `master_secret` below `[default.jwtauth]`"),
        ("[default.sessions]\nurl = \"memory:\"", "sessions", "write `[default.jwtauth.sessions]`"),
        ("[default.sessions]\nstaleness = 5", "sessions", "write `[default.jwtauth.sessions]`"),
        (
            "[[default.keys]]\nprivate_key_file = \"x\"\nalgorithm = \"ES256\"",
            "keys",
            "write `[[default.jwtauth.keys]]`",
        ),
        ("[[default.issuers]]\nissuer = \"x\"\naudience = \"y\"", "issuers", "write `[[default.jwtauth.issuers]]`"),
        ("[JWTAuth]\nissuer = \"x\"", "jwtauth", "write `[default.jwtauth]`"),
        ("[jwt_auth]\nissuer = \"x\"", "jwt_auth", "write `[default.jwtauth]`"),
        ("[defualt.jwtauth]\nissuer = \"x\"", "jwtauth", "did you mean `[default.jwtauth]`?"),
        ("[defaults.jwtauth]\nissuer = \"x\"", "jwtauth", "did you mean `[default.jwtauth]`?"),
    ] {
        in_jail(|jail| {
            rocket_toml_with(jail, toml);
            let fault = launch_here().fault(setting);
            fault.assert_says(&[words]);
            assert!(fault.origin.as_deref().is_some_and(|origin| origin.contains("Rocket.toml")), "{fault:?}");
        });
    }
}

#[test]
fn fault_of_setting_in_wrong_table_names_its_table() {
    for (toml, setting, table) in [
        ("reuse_grace = 5", "reuse_grace", "`[default.jwtauth.sessions]`"),
        ("[default.jwtauth.sessions]\nrefresh_delta = \"7d\"", "sessions.refresh_delta", "`[default.jwtauth]`"),
        ("jwks_uri = \"x\"", "jwks_uri", "`[[default.jwtauth.issuers]]`"),
    ] {
        in_jail(|jail| {
            rocket_toml_with(jail, toml);
            let faults = launch_here().faults();
            let fault = faults.iter().find(|fault| fault.setting == setting).expect("a fault");
            fault.assert_says(&["is not a setting", "it is a setting of", table]);
        });
    }
}

#[test]
fn fault_of_misplaced_variable_names_the_right_one() {
    for (variable, setting, words) in [
        ("ROCKET_JWTAUTH__ISSUER", "jwtauth__issuer", "write `ROCKET_JWTAUTH={issuer=…}`"),
        ("ROCKET_JWTAUTH_MASTER_SECRET", "jwtauth_master_secret", "write `ROCKET_JWTAUTH={master_secret=…}`"),
        ("ROCKET_JWTAUTH__SESSIONS__URL", "jwtauth__sessions__url", "write `ROCKET_JWTAUTH={sessions={url=…}}`"),
        ("ROCKET_JWTAUTH_COLOUR", "jwtauth_colour", "write `ROCKET_JWTAUTH={colour=…}`"),
        ("ROCKET_JWT_AUTH_ISSUER", "jwt_auth_issuer", "write `ROCKET_JWTAUTH={issuer=…}`"),
        ("ROCKET_EXPIRATION_DELTA", "expiration_delta", "write `ROCKET_JWTAUTH={expiration_delta=…}`"),
        ("JWTAUTH__ISSUER", "jwtauth__issuer", "write `ROCKET_JWTAUTH={issuer=…}`"),
        ("JWTAUTH_MASTER_SECRET", "jwtauth_master_secret", "write `ROCKET_JWTAUTH={master_secret=…}`"),
        ("JWTAUTH__SESSIONS__URL", "jwtauth__sessions__url", "write `ROCKET_JWTAUTH={sessions={url=…}}`"),
        ("JWTAUTH", "jwtauth", "did you mean `ROCKET_JWTAUTH`?"),
    ] {
        in_jail(|jail| {
            rocket_toml_with(jail, "");
            jail.set_env(variable, "hunter2");
            let launch = launch_here();
            let fault = launch.fault(setting);
            fault.assert_says(&["is not read", words]);
            assert_eq!(fault.origin, Some(format!("environment variable {variable}")));
            launch.assert_never_says("hunter2");
        });
    }
}

#[test]
fn settings_ignore_tables_and_variables_of_others() {
    in_jail(|jail| {
        for more in [
            "[default.oauth]\nissuer = \"x\"\naudience = \"y\"\nclient_id = \"z\"",
            "[default.auth]\nissuer = \"x\"\nrealm = \"y\"\nleeway = 5",
            "[default.jwt]\nsecret = \"x\"\nalgorithm = \"HS256\"",
            "[default.pool]\nmax_lifetime = 30\nreload = 5",
            "[default.vault]\nmaster_secret = \"x\"",
            "[default.sessions]\ncookie = \"sid\"\nurl = \"redis://localhost\"",
            "[default.sessions]\nsecret = \"x\"",
            "[default.databases.sessions]\nurl = \"redis://localhost\"",
            "[default]\nkeys = [\"a\", \"b\"]\nissuer = \"x\"\nrealm = \"y\"",
            "[[default.keys]]\nname = \"a\"\nprivate_key_file = \"x\"",
            "[default.limits]\njson = 5",
            "[default]\nsecret_key = \"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==\"",
            "[staging.jwtauth]\nleeway = 5",
            "[global.jwtauth]\nissuer = \"x\"",
        ] {
            rocket_toml_with(jail, more);
            assert_eq!(launch_here().config().leeway, 0, "{more}");
        }
        for variable in ["JWTAUTH_KILLS", "JWTAUTH_CODEGEN_DEBUG", "MY_JWTAUTH_ISSUER", "JWTAUTHORITY", "ISSUER"] {
            jail.set_env(variable, "1");
        }
        launch_here().config();
        // Variables that the application reads itself are ignored.
        jail.set_env("JWTAUTH_LEEWAY", "7");
        let variables = figment::providers::Env::prefixed("JWTAUTH_").only(&["leeway"]);
        let ours = variables.map(|name| format!("jwtauth.{name}").into());
        let figment = rocket::Config::figment().merge(ours);
        let launch = crate::launch::launch_this(|| rocket::custom(figment).attach(jwtauth::JwtAuth::fairing()));
        assert_eq!(launch.config().leeway, 7);
    });
}

//! Where settings come from: file, profiles, environment, code.

use figment::Jail;
use figment::providers::{Format, Serialized, Toml};
use jwtauth::{Algorithm, JwtAuth};
use rocket::serde::json::json;

use crate::launch::{SECRET, in_jail, launch, launch_here, launch_this, rocket_toml};

const ALL: &str = r#"
    algorithm = "HS512"
    kid = "2025-06"
    expiration_delta = "10m"
    leeway = 5
    allow_refresh = true
    refresh_delta = "1h"
    verify_expiration_on_refresh = true
    max_lifetime = "30d"
    issuer = "https://shop.example.com"
    audience = ["shop", "stock"]
    auth_header_prefix = "JWT"
    userid_claim = "uid"
    realm = "shop"
"#;

fn assert_all(jwtauth: &JwtAuth) {
    let (ring, config) = (jwtauth.keys(), jwtauth.config());
    assert_eq!(ring.keys()[0].algorithm(), Algorithm::HS512);
    assert_eq!(ring.keys()[0].kid(), "2025-06");
    assert_eq!(config.expiration_delta, Some(600));
    assert_eq!(config.leeway, 5);
    assert_eq!(config.allow_refresh, Some(true));
    assert_eq!(config.refresh_delta, Some(3600));
    assert!(config.verify_expiration_on_refresh);
    assert_eq!(config.max_lifetime, Some(30 * 86_400));
    assert_eq!(config.issuer.as_deref(), Some("https://shop.example.com"));
    assert_eq!(config.audience, ["shop", "stock"]);
    assert_eq!(config.auth_header_prefix, "JWT");
    assert_eq!(config.userid_claim, "uid");
    assert_eq!(config.realm.as_deref(), Some("shop"));
}

#[test]
fn settings_read_rocket_toml() {
    assert_all(launch(&format!("master_secret = \"{SECRET}\"\n{ALL}")).jwtauth());
}

#[test]
fn settings_read_the_environment_variable() {
    in_jail(|jail| {
        let settings = ALL.trim().lines().map(str::trim).collect::<Vec<_>>().join(", ");
        jail.set_env("ROCKET_JWTAUTH", format!("{{master_secret=\"{SECRET}\", {settings}}}"));
        assert_all(launch_here().jwtauth());
    });
}

#[test]
fn settings_read_a_provider_in_code() {
    in_jail(|_| {
        let settings = json!({
            "master_secret": SECRET,
            "algorithm": "HS512",
            "kid": "2025-06",
            "expiration_delta": 600,
            "leeway": "5s",
            "allow_refresh": true,
            "refresh_delta": "60m",
            "verify_expiration_on_refresh": true,
            "max_lifetime": 30 * 86_400,
            "issuer": "https://shop.example.com",
            "audience": ["shop", "stock"],
            "auth_header_prefix": "JWT",
            "userid_claim": "uid",
            "realm": "shop",
        });
        let figment = rocket::Config::figment().merge(Serialized::default("jwtauth", settings));
        assert_all(launch_this(|| rocket::custom(figment).attach(JwtAuth::fairing())).jwtauth());
    });
}

#[test]
fn profile_overrides_default_setting_by_setting() {
    in_jail(|jail| {
        rocket_toml(
            jail,
            &format!(
                r#"
                [default.jwtauth]
                master_secret = "{SECRET}"
                leeway = 1
                issuer = "default"
                [release.jwtauth]
                issuer = "release"
                [staging.jwtauth]
                issuer = "staging"
                "#
            ),
        );
        for profile in ["release", "staging"] {
            jail.set_env("ROCKET_PROFILE", profile);
            let launch = launch_here();
            assert_eq!(launch.config().issuer.as_deref(), Some(profile));
            assert_eq!(launch.config().leeway, 1);
        }
    });
}

#[test]
fn release_profile_ignores_secret_of_debug_profile() {
    in_jail(|jail| {
        rocket_toml(jail, &format!("[debug.jwtauth]\nmaster_secret = \"{SECRET}\""));
        launch_here().fault("master_secret").assert_says(&["is not set"]);
    });
}

#[test]
fn environment_overrides_file_setting_by_setting() {
    in_jail(|jail| {
        rocket_toml(jail, "[release.jwtauth]\nmaster_secret = \"short\"\nleeway = 1\nissuer = \"file\"");
        jail.set_env("ROCKET_JWTAUTH", format!("{{master_secret=\"{SECRET}\", issuer=\"environment\"}}"));
        let launch = launch_here();
        assert_eq!(launch.config().issuer.as_deref(), Some("environment"));
        assert_eq!(launch.config().leeway, 1);
    });
}

#[test]
fn environment_accepts_unambiguous_values_without_quotes() {
    in_jail(|jail| {
        jail.set_env(
            "ROCKET_JWTAUTH",
            "{master_secret=0x-is-no-number-and-this-is-long-enough, expiration_delta=30m, leeway=5, \
             allow_refresh=false, refresh_delta=unlimited, audience=shop, algorithm=HS256}",
        );
        let launch = launch_here();
        let config = launch.config();
        assert_eq!(config.expiration_delta, Some(1800));
        assert_eq!(config.leeway, 5);
        assert_eq!(config.allow_refresh, Some(false));
        assert_eq!(config.refresh_delta, None);
        assert_eq!(config.audience, ["shop"]);
    });
}

#[test]
fn code_overrides_file_if_merged_and_yields_if_joined() {
    in_jail(|jail| {
        rocket_toml(jail, &format!("[default.jwtauth]\nmaster_secret = \"{SECRET}\"\nleeway = 1"));
        let leeway = || Serialized::default("jwtauth.leeway", 2);
        for (figment, expected) in
            [(rocket::Config::figment().merge(leeway()), 2), (rocket::Config::figment().join(leeway()), 1)]
        {
            let launch = launch_this(|| rocket::custom(figment).attach(JwtAuth::fairing()));
            assert_eq!(launch.config().leeway, expected);
        }
    });
}

#[test]
fn settings_read_another_file_than_rocket_toml() {
    in_jail(|jail| {
        jail.create_file("shop.toml", &format!("[jwtauth]\nmaster_secret = \"{SECRET}\"\nleeway = 3")).expect("a file");
        let figment = rocket::Config::figment().merge(Toml::file("shop.toml"));
        let launch = launch_this(|| rocket::custom(figment).attach(JwtAuth::fairing()));
        assert_eq!(launch.config().leeway, 3);
    });
}

fn section(jail: &mut Jail, toml: &str, variable: Option<&str>) {
    rocket_toml(jail, toml);
    if let Some(variable) = variable {
        jail.set_env("ROCKET_JWTAUTH", variable);
    }
}

#[test]
fn settings_refuse_section_that_is_not_a_table() {
    let cases = [
        ("[default]\njwtauth = \"secret as a text\"", None, "Rocket.toml"),
        ("[default]\njwtauth = 12345678", None, "Rocket.toml"),
        ("[default]\njwtauth = [\"secret as a text\"]", None, "Rocket.toml"),
        ("", Some("secret as a text"), "environment variable ROCKET_JWTAUTH"),
        ("", Some("{master_secret=\"secret as a text"), "environment variable ROCKET_JWTAUTH"),
    ];
    for (toml, variable, origin) in cases {
        in_jail(|jail| {
            section(jail, toml, variable);
            let launch = launch_here();
            let fault = launch.fault("jwtauth");
            fault.assert_says(&["is not a table", "[default.jwtauth]"]);
            assert!(fault.origin.as_deref().is_some_and(|text| text.contains(origin)), "{fault:?}");
            launch.assert_never_says("secret as a text");
            launch.assert_never_says("12345678");
        });
    }
}

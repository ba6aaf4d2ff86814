//! The settings of sessions, and the faults that a launch reports.

use std::num::NonZeroU32;

use figment::Jail;
use jwtauth::{JwtAuth, MemoryStore, SessionsConfig};
use jwtauth_tests::SECRET;
use rocket::log::private::Level;
use rocket::{Ignite, Rocket};

use crate::log::{Line, logged};
use crate::session_app::block_on;

/// Ignites an application with only this Rocket.toml.
fn launch(toml: &str) -> Launch {
    launch_with(toml, &[], JwtAuth::fairing)
}

#[allow(clippy::result_large_err)] // `Jail` determines the error type.
fn launch_with(toml: &str, env: &[(&str, &str)], fairing: fn() -> jwtauth::JwtAuthFairing) -> Launch {
    let mut launch = None;
    Jail::expect_with(|jail| {
        jail.clear_env();
        jail.set_env("ROCKET_PROFILE", "release");
        env.iter().for_each(|(name, value)| jail.set_env(name, value));
        jail.create_file("Rocket.toml", toml)?;
        jail.create_file("secret", "a secret of refresh tokens, 38 bytes l\n")?;
        jail.create_file("short", "x\n")?;
        let (rocket, lines) = logged(|| {
            block_on(rocket::build().attach(fairing()).ignite()).map_err(|error| drop(error.kind().to_string())).ok()
        });
        launch = Some(Launch { rocket, lines });
        Ok(())
    });
    launch.expect("the jail was run")
}

struct Launch {
    rocket: Option<Rocket<Ignite>>,
    lines: Vec<Line>,
}

impl Launch {
    #[track_caller]
    fn config(&self) -> Option<&SessionsConfig> {
        let rocket = self.rocket.as_ref().unwrap_or_else(|| panic!("no launch: {:#?}", self.lines));
        rocket.state::<JwtAuth>().expect("the fairing is attached").config().sessions.as_ref()
    }

    /// The faults, one per line, without the heading.
    #[track_caller]
    fn faults(&self) -> Vec<&str> {
        assert!(self.rocket.is_none(), "it launched");
        self.lines.iter().filter_map(|line| line.text.strip_prefix("  - ")).collect()
    }

    #[track_caller]
    fn assert_fault(&self, expected: &str) {
        assert_eq!(self.faults(), [expected]);
    }

    fn warnings(&self) -> Vec<&str> {
        let warnings = self.lines.iter().filter(|line| line.level == Level::Warn);
        warnings.filter_map(|line| line.text.strip_prefix("jwtauth: ")).collect()
    }
}

/// A Rocket.toml with a secret, refreshing and these session settings.
fn with(sessions: &str) -> String {
    format!(
        "[default.jwtauth]\nmaster_secret = \"{SECRET}\"\nallow_refresh = true\n[default.jwtauth.sessions]\n{sessions}"
    )
}

#[test]
fn sessions_are_off_without_their_table() {
    assert!(launch(&format!("[default.jwtauth]\nmaster_secret = \"{SECRET}\"")).config().is_none());
}

#[test]
fn sessions_are_on_with_an_empty_table() {
    let launch = launch(&with(""));
    let config = launch.config().expect("sessions");
    assert_eq!((config.reuse_grace, config.staleness, config.max_per_user), (30, Some(5), None));
    assert_eq!(launch.warnings(), [""; 0]);
}

#[test]
fn sessions_are_on_with_a_store_of_the_application() {
    let toml = format!("[default.jwtauth]\nmaster_secret = \"{SECRET}\"\nallow_refresh = true");
    let launch = launch_with(&toml, &[], || JwtAuth::fairing().session_store(MemoryStore::new()));
    assert!(launch.config().is_some());
    let launch = launch_with(&with("url = \"memory:\""), &[], || JwtAuth::fairing().session_store(MemoryStore::new()));
    launch.assert_fault(
        "`sessions.url`: is set, but the application provides its own store; remove it, or the call of `session_store` on \
         the fairing [`default.jwtauth.sessions.url` in Rocket.toml]",
    );
    let toml = format!("[default.jwtauth]\nmaster_secret = \"{SECRET}\"");
    let launch = launch_with(&toml, &[], || JwtAuth::fairing().session_store(MemoryStore::new()));
    assert_eq!(launch.faults().len(), 1, "its rules are the same");
}

#[test]
fn session_settings_are_read() {
    for (written, grace, staleness, max) in [
        ("url = \"memory:\"", 30, Some(5), None),
        ("reuse_grace = 0", 0, Some(5), None),
        ("reuse_grace = \"1m 30s\"", 90, Some(5), None),
        ("staleness = 0", 30, Some(0), None),
        ("staleness = \"2m\"", 30, Some(120), None),
        ("staleness = \"unlimited\"", 30, None, None),
        ("max_per_user = 3", 30, Some(5), NonZeroU32::new(3)),
        ("max_per_user = \"unlimited\"", 30, Some(5), None),
        ("secret = \"a secret of refresh tokens, 38 bytes l\"", 30, Some(5), None),
        ("secret_file = \"secret\"", 30, Some(5), None),
    ] {
        let launch = launch(&with(written));
        let config = launch.config().expect("sessions");
        assert_eq!((config.reuse_grace, config.staleness, config.max_per_user), (grace, staleness, max), "{written}");
    }
}

#[test]
fn sessions_need_refreshing_that_is_on_and_limited() {
    let remove = "or remove `[default.jwtauth.sessions]`";
    let sessions = |settings: &str| {
        launch(&format!("[default.jwtauth]\nmaster_secret = \"{SECRET}\"\n{settings}\n[default.jwtauth.sessions]"))
    };
    sessions("").assert_fault(&format!(
        "`allow_refresh`: is not on, and sessions need refreshing; write `allow_refresh = true`, {remove}"
    ));
    sessions("allow_refresh = false").assert_fault(&format!(
        "`allow_refresh`: is not on, and sessions need refreshing; write `allow_refresh = true`, {remove} \
         [`default.jwtauth.allow_refresh` in Rocket.toml]"
    ));
    sessions("allow_refresh = true\nrefresh_delta = \"unlimited\"").assert_fault(&format!(
        "`refresh_delta`: is unlimited, so a session that is no longer used would never end; write a duration such as \
         `\"7d\"`, {remove} [`default.jwtauth.refresh_delta` in Rocket.toml]"
    ));
    for value in ["true", "false"] {
        sessions(&format!("allow_refresh = true\nverify_expiration_on_refresh = {value}")).assert_fault(&format!(
            "`verify_expiration_on_refresh`: has no meaning with sessions: the refresh token is used for refreshing, \
             and it has no `exp`; remove it, {remove} [`default.jwtauth.verify_expiration_on_refresh` in Rocket.toml]"
        ));
    }
    // An invalid setting causes one fault, without further faults for its combination with sessions.
    assert_eq!(sessions("allow_refresh = 7").faults().len(), 1);
    assert_eq!(sessions("allow_refresh = true\nrefresh_delta = 0").faults().len(), 1);
}

#[test]
fn session_settings_report_each_fault() {
    let url = "does not begin with the scheme of a store";
    for (written, setting, expected) in [
        ("url = \"mysql://:hunter2@host\"", "url", "begins with `mysql:`"),
        ("url = \"hunter2\"", "url", url),
        ("url = \"memory:hunter2\"", "url", "has something after `memory:`"),
        ("url = \"\"", "url", "is empty"),
        ("url = 7", "url", "is a number where text is wanted"),
        ("secret = \"hunter2\"", "secret", "has 7 bytes, and needs at least 32; `openssl rand -hex 32` makes one"),
        ("secret_file = \"short\"", "secret_file", "has 1 bytes, and needs at least 32"),
        ("secret_file = \"none\"", "secret_file", "can't be read"),
        ("secret = \"hunter2\"\nsecret_file = \"short\"", "secret_file", "is set beside `secret`"),
        ("secret = 7", "secret", "is a number where text is wanted"),
        ("reuse_grace = \"unlimited\"", "reuse_grace", "is not a duration in whole seconds"),
        ("reuse_grace = -1", "reuse_grace", "is not a duration: it is negative"),
        ("reuse_grace = true", "reuse_grace", "is `true` or `false` where a duration is wanted"),
        ("staleness = \"soon\"", "staleness", "is not a duration in whole seconds"),
        ("max_per_user = 0", "max_per_user", "write a whole number from 1 up, or `\"unlimited\"`"),
        ("max_per_user = 1.5", "max_per_user", "write a whole number from 1 up, or `\"unlimited\"`"),
        ("max_per_user = -1", "max_per_user", "write a whole number from 1 up, or `\"unlimited\"`"),
        ("max_per_user = [3]", "max_per_user", "is a list where a number is wanted"),
        ("max_per_usr = 3", "max_per_usr", "is not a setting; did you mean `max_per_user`?"),
        ("grace = 3", "grace", "the settings are: url, secret, secret_file, reuse_grace, staleness, max_per_user"),
    ] {
        let launch = launch(&with(written));
        let faults = launch.faults();
        assert_eq!(faults.len(), 1, "{written}: {faults:?}");
        assert!(faults[0].starts_with(&format!("`sessions.{setting}`: ")), "{written}: {faults:?}");
        assert!(faults[0].contains(expected), "{written}: {faults:?}");
        assert!(faults[0].ends_with(&format!("[`default.jwtauth.sessions.{setting}` in Rocket.toml]")), "{faults:?}");
        assert!(!format!("{:?}", launch.lines).contains("hunter2"), "{:#?}", launch.lines);
    }
}

#[test]
fn sessions_setting_must_be_a_table() {
    let toml = format!("[default.jwtauth]\nmaster_secret = \"{SECRET}\"\nallow_refresh = true\nsessions = true");
    launch(&toml).assert_fault(
        "`sessions`: is `true` or `false` where a table is wanted; write the settings below \
         `[default.jwtauth.sessions]` [`default.jwtauth.sessions` in Rocket.toml]",
    );
    let toml =
        format!("[default.jwtauth]\nmaster_secret = \"{SECRET}\"\nallow_refresh = true\n[default.jwtauth.session]");
    assert!(launch(&toml).faults()[0].contains("did you mean `sessions`?"));
}

#[test]
fn session_settings_report_all_faults_at_once() {
    let launch = launch(
        "[default.jwtauth]\nrefresh_delta = \"unlimited\"\nverify_expiration_on_refresh = true\n\
         [default.jwtauth.sessions]\nurl = \"x\"\nsecret = \"x\"\nreuse_grace = \"x\"\nstaleness = \"x\"\n\
         max_per_user = \"x\"\nother = \"x\"",
    );
    let settings: Vec<_> = launch.faults().iter().map(|fault| fault.split('`').nth(1).expect("a name")).collect();
    let sessions =
        ["url", "secret", "reuse_grace", "staleness", "max_per_user", "other"].map(|name| format!("sessions.{name}"));
    let mut expected = vec!["master_secret", "allow_refresh", "refresh_delta", "verify_expiration_on_refresh"];
    expected.extend(sessions.iter().map(String::as_str));
    assert_eq!(settings, expected);
}

#[test]
fn session_settings_can_come_from_environment() {
    let toml = format!("[default.jwtauth]\nmaster_secret = \"{SECRET}\"\nallow_refresh = true");
    let env = [("ROCKET_JWTAUTH", "{sessions={staleness=1}}")];
    let launch = launch_with(&toml, &env, JwtAuth::fairing);
    assert_eq!(launch.config().expect("sessions").staleness, Some(1));
    let env = [("ROCKET_JWTAUTH", "{sessions={staleness=\"x\"}}")];
    let launch = launch_with(&toml, &env, JwtAuth::fairing);
    assert!(launch.faults()[0].ends_with("[environment variable ROCKET_JWTAUTH]"), "{:?}", launch.faults());
}

#[test]
fn sessions_need_own_secret_with_only_a_public_key() {
    use aws_lc_rs::encoding::AsDer;
    use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
    let pair = Ed25519KeyPair::generate().expect("a key");
    let public: Vec<u8> = AsDer::as_der(pair.public_key()).expect("its DER").as_ref().to_vec();
    let pem = format!(
        "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
        base64_simd::STANDARD.encode_to_string(public)
    );
    let toml = |sessions: &str| {
        format!(
            "[default.jwtauth]\nalgorithm = \"EdDSA\"\npublic_key = '''{pem}'''\nallow_refresh = true\n\
             [default.jwtauth.sessions]\n{sessions}"
        )
    };
    launch(&toml("")).assert_fault(
        "`sessions.secret`: is not set, and there is no private key that refresh tokens could be derived from; set it, \
         or `sessions.secret_file`; `openssl rand -hex 32` makes one",
    );
    assert!(launch(&toml("secret_file = \"secret\"")).config().is_some());
}

#[test]
fn session_settings_warn_of_long_grace_and_endless_token() {
    assert!(launch(&with("reuse_grace = \"10m\"")).warnings().is_empty());
    let launched = launch(&with("reuse_grace = \"11m\""));
    assert!(launched.config().is_some());
    assert!(launched.warnings()[0].starts_with("`sessions.reuse_grace` is longer than 10 minutes"));
    let endless = |sessions: &str| {
        launch(&format!(
            "[default.jwtauth]\nmaster_secret = \"{SECRET}\"\nallow_refresh = true\nexpiration_delta = \"unlimited\"\n\
             [default.jwtauth.sessions]\n{sessions}"
        ))
        .warnings()
        .len()
    };
    // With sessions, an access token without expiration is allowed if its session is checked.
    assert_eq!(endless(""), 0);
    assert_eq!(endless("staleness = \"unlimited\""), 1);
}

#[test]
fn sessions_work_without_rocket() {
    let settings = jwtauth_tests::with_secret(serde_json::json!({ "allow_refresh": true, "sessions": {} }));
    let figment = jwtauth_tests::figment(settings);
    block_on(async {
        let jwtauth = JwtAuth::from_figment(&figment).await.expect("a store");
        let tokens = jwtauth.issue("alice", ()).await.expect("tokens");
        assert!(tokens.refresh_token().is_some());
        let identity = jwtauth.verify::<()>(tokens.access_token()).await.expect("a good token");
        let sessions = jwtauth.sessions("alice").await.expect("a store");
        assert_eq!(sessions.iter().map(|session| Some(session.id())).collect::<Vec<_>>(), [identity.session_id()]);
    });
}

#[test]
fn sessions_secret_refuses_a_public_key() {
    let pem = jwtauth_tests::pem::ES256_PUBLIC;
    let launch = launch(&with(&format!("secret = '''{pem}'''")));
    let [fault] = launch.faults()[..] else { panic!("one fault") };
    assert!(fault.starts_with("`sessions.secret`: this is a key (PEM, DER, OpenSSH or JWK), not a secret"), "{fault}");
    assert!(!fault.contains(pem.lines().nth(1).expect("a line")));
}

#[test]
#[allow(clippy::result_large_err)] // `Jail` determines the error type.
fn store_path_is_relative_to_settings_file() {
    let toml = with("url = \"file:data/rel.db\"\nsecret_file = \"secret\"");
    Jail::expect_with(|jail| {
        jail.clear_env();
        jail.set_env("ROCKET_PROFILE", "release");
        let conf = jail.create_dir("conf")?;
        jail.create_dir("conf/data")?;
        jail.create_file("conf/Rocket.toml", &toml)?;
        jail.create_file("conf/secret", "a secret of refresh tokens, 38 bytes l\n")?;
        jail.create_dir("elsewhere")?;
        jail.set_env("ROCKET_CONFIG", conf.join("Rocket.toml").display());
        let launch = || {
            let (rocket, lines) = logged(|| {
                block_on(rocket::build().attach(JwtAuth::fairing()).ignite())
                    .map_err(|error| drop(error.kind().to_string()))
                    .ok()
            });
            rocket.unwrap_or_else(|| panic!("no launch: {lines:#?}"))
        };
        let sessions = |rocket: &Rocket<Ignite>| {
            let jwtauth = rocket.state::<JwtAuth>().expect("the fairing is attached");
            block_on(jwtauth.sessions("alice")).expect("a store").len()
        };
        let rocket = launch();
        let jwtauth = rocket.state::<JwtAuth>().expect("the fairing is attached");
        drop(block_on(jwtauth.issue("alice", ())).expect("tokens"));
        assert_eq!(sessions(&rocket), 1);
        drop(rocket);
        assert!(conf.join("data/rel.db").is_file());

        // The store is the same from another working directory.
        jail.change_dir("elsewhere")?;
        assert_eq!(sessions(&launch()), 1);

        // A path in an environment variable is relative to the working directory.
        jail.set_env("ROCKET_JWTAUTH", "{sessions={url=\"file:own.db\"}}");
        assert_eq!(sessions(&launch()), 0);
        assert!(std::path::Path::new("own.db").is_file());
        Ok(())
    });
}

#[test]
fn certificate_path_is_relative_to_settings_file() {
    for url in ["rediss://127.0.0.1:1/?ca=ca.pem", "postgres://127.0.0.1:1/app?sslrootcert=ca.pem"] {
        let launch = launch(&with(&format!("url = \"{url}\"")));
        let [fault] = launch.faults()[..] else { panic!("one fault: {:?}", launch.lines) };
        let path = fault.split_once("cannot be read (").expect(fault).1.split(')').next().expect(fault);
        assert!(path.ends_with("/ca.pem") && path.starts_with('/'), "{fault}");
    }
}

#[test]
#[allow(clippy::result_large_err)] // `Jail` determines the error type.
fn store_url_fault_names_problem_and_remedy() {
    let certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for (url, problem, remedy) in [
        ("sentinel://:hunter2@host/shop", "begins with `sentinel:`, which is not the scheme", "`redis-sentinel://"),
        ("valkey://:hunter2@host/", "begins with `valkey:`", "it is for Valkey too"),
        ("mysql://u:hunter2@host/", "begins with `mysql:`", "no store for MySQL"),
        ("Redis://:hunter2@host/", "does not begin with the scheme", "in lower case"),
        ("redis-sentinel://:hunter2@host/", "does not name the primary", "`?master=NAME`"),
        ("redis://:hunter2@host/?tls=on", "unknown parameter `tls`", "write `prefix`, `ca`, `cert` or `key`"),
        ("redis://:hunter2@host:x/", "port is not a number", "write `HOST`"),
        ("redis://:hunt/er2@host/", "does not name a host", "`%2F`"),
        ("rediss://:hunter2@127.0.0.1:1/?ca=no.pem", "`ca` names a file that cannot be read (", "check the path"),
        ("rediss://:hunter2@127.0.0.1:1/?ca=secret", "`ca` names a file without certificates (", "name a PEM file"),
        ("rediss://:hunter2@127.0.0.1:1/?ca=ca.pem", "without a usable certificate (", "name a PEM file"),
        ("redis://:hunter2@127.0.0.1:1/", "cannot connect (redis://127.0.0.1:1/0): ", "start the server"),
        ("redis://u:hunter2@host.invalid/", "cannot connect (redis://host.invalid:6379/0): ", "check the host's name"),
        ("postgres://u:hunter2@127.0.0.1:1/app", "refused", "start the server, or correct host and port"),
        ("postgres://u:hunter2@db/app?tabel=x", "unknown parameter `tabel`", "did you mean `table`?"),
        ("postgres://u:hunter2@db/app?sslmode=prefer", "invalid `sslmode`", "`verify-full`"),
        ("postgres://u:hunt@er2@db/app", "cannot be read", "`%40` for `@`"),
        (
            "postgres://u:hunter2@127.0.0.1:1/app?sslrootcert=no.pem",
            "`sslrootcert` names a file that",
            "check the path",
        ),
        ("file:.", "is not a file", "name another file"),
        ("file:no/sessions.db", "No such file or directory", "create the folder"),
        ("file:secret", "is not a file of sessions", "name another file"),
    ] {
        let toml = with(&format!("url = \"{url}\""));
        let mut faults = Vec::new();
        Jail::expect_with(|jail| {
            jail.clear_env();
            jail.set_env("ROCKET_PROFILE", "release");
            jail.create_file("Rocket.toml", &toml)?;
            jail.create_file("secret", "not a certificate")?;
            jail.create_file("ca.pem", certificate)?;
            let (_, lines) = logged(|| {
                block_on(rocket::build().attach(JwtAuth::fairing()).ignite())
                    .map(drop)
                    .map_err(|error| drop(error.kind().to_string()))
            });
            faults = lines.iter().filter_map(|line| Some(line.text.strip_prefix("  - ")?.to_owned())).collect();
            Ok(())
        });
        let [fault] = &faults[..] else { panic!("{url}: one fault: {faults:?}") };
        assert!(fault.starts_with("`sessions.url`: "), "{url}: {fault}");
        let (before, after) = fault.split_once("; ").expect("a remedy");
        assert!(before.contains(problem) && after.contains(remedy), "{url}: {fault}");
        assert!(!fault.contains("hunt") && !fault.contains("er2@"), "{url}: {fault}");
        assert!(fault.contains("`default.jwtauth.sessions.url` in Rocket.toml"), "{url}: {fault}");
    }
}

//! Changing the list `keys` in Rocket.toml while the application runs.

use std::fs;
use std::ops::Deref;
use std::sync::Arc;

use jwtauth::{Algorithm, Clock, ConfigError, JwtAuth, Reloaded};
use jwtauth_tests::NOW;
use rocket::{Build, Rocket};

use crate::keygen_output::new_key;
use crate::launch::Launch;
use crate::pem::{EDDSA, ES256, ES256_PUBLIC};

/// A launch with a manual clock.
pub(crate) struct Rolling {
    launch: Launch,
    clock: Clock,
}

impl Rolling {
    fn of(rocket: impl FnOnce() -> Rocket<Build>) -> Self {
        let clock = Clock::manual(NOW);
        let fairing = JwtAuth::fairing().clock(clock.clone());
        Rolling { launch: crate::launch::launch_this(|| rocket().attach(fairing)), clock }
    }

    /// Reloads the keys, and once more if there is new content.
    pub(crate) fn reload(&self) -> Result<Reloaded, ConfigError> {
        crate::key_files_app::reload(self.jwtauth(), &self.clock)
    }
}

impl Deref for Rolling {
    type Target = Launch;

    fn deref(&self) -> &Launch {
        &self.launch
    }
}

/// Launches with this Rocket.toml, and runs a test that changes it.
pub(crate) fn with_rocket_toml(toml: &str, then: impl FnOnce(&mut figment::Jail, &Rolling)) {
    crate::launch::in_jail(|jail| {
        for (file, content) in [("es256.pem", ES256), ("eddsa.pem", EDDSA), ("public.pem", ES256_PUBLIC)] {
            jail.create_file(file, content).expect("a file");
        }
        crate::launch::rocket_toml(jail, toml);
        then(jail, &Rolling::of(rocket::build));
    });
}

pub(crate) const OLD: &str = "[[default.jwtauth.keys]]\nprivate_key_file = \"es256.pem\"\nalgorithm = \"ES256\"\n";
pub(crate) const NEW: &str = "[[default.jwtauth.keys]]\nprivate_key_file = \"eddsa.pem\"\nalgorithm = \"EdDSA\"\n";

fn algorithms(jwtauth: &JwtAuth) -> Vec<Algorithm> {
    jwtauth.keys().keys().iter().map(jwtauth::Key::algorithm).collect()
}

#[test]
fn reload_reads_key_list_and_no_other_setting() {
    let toml = format!("[default.jwtauth]\nleeway = 5\n{OLD}");
    with_rocket_toml(&toml, |jail, launch| {
        let jwtauth = launch.jwtauth();
        let before = launch.issue("alice");
        for (keys, expected) in [
            (format!("{NEW}{OLD}"), &[Algorithm::EdDSA, Algorithm::ES256][..]),
            (format!("{NEW}sign_from = 2999-01-01T00:00:00Z\n{OLD}"), &[Algorithm::EdDSA, Algorithm::ES256]),
            (
                format!("{NEW}{}", OLD.replace("private_key_file = \"es256", "public_key_file = \"public")),
                &[Algorithm::EdDSA, Algorithm::ES256],
            ),
        ] {
            crate::launch::rocket_toml(jail, &format!("[default.jwtauth]\nleeway = -1\n{keys}"));
            launch.reload().expect("good keys");
            assert_eq!(algorithms(jwtauth), expected, "{keys}");
            assert_eq!(launch.userid(&before).as_deref(), Some("alice"), "{keys}");
            let tokens = launch.issue("bob");
            assert_eq!(launch.userid(&tokens).as_deref(), Some("bob"), "{keys}");
        }
        crate::launch::rocket_toml(jail, NEW);
        launch.reload().expect("good keys");
        assert_eq!((launch.userid(&before), jwtauth.config().leeway), (None, 5));
    });
}

#[test]
fn reload_keeps_old_keys_if_the_list_is_invalid() {
    with_rocket_toml(OLD, |jail, launch| {
        let ring = launch.jwtauth().keys();
        for (toml, setting, words) in [
            ("[[default.jwtauth.keys".to_owned(), "jwtauth", "can't be read"),
            ("[default.jwtauth]\nmaster_secret = \"x\"".to_owned(), "keys", "is missing now"),
            (String::new(), "keys", "is missing now"),
            ("[default.jwtauth]\nkeys = 5".to_owned(), "keys", "is a number where a list of tables is wanted"),
            (format!("{OLD}{OLD}"), "keys[1].kid", "is that of `keys[0]`"),
            (format!("{OLD}{}", NEW.replace("eddsa.pem", "nowhere.pem")), "keys[1].private_key_file", "can't be read"),
            (format!("{OLD}colour = \"red\"\n"), "keys[0].colour", "is not a setting"),
        ] {
            crate::launch::rocket_toml(jail, &toml);
            let error = launch.reload().expect_err("no keys");
            let [fault] = error.faults() else { panic!("{error}") };
            assert_eq!(fault.setting(), setting);
            assert!(fault.problem().contains(words), "{error}");
            assert!(Arc::ptr_eq(&ring, &launch.jwtauth().keys()));
        }
        fs::remove_file("Rocket.toml").expect("a file");
        let error = launch.reload().expect_err("no file");
        let [fault] = error.faults() else { panic!("{error}") };
        assert!(fault.problem().starts_with("is in a file that can't be read: "), "{error}");
        assert_eq!((fault.setting(), fault.origin()), ("keys", Some("`default.jwtauth.keys` in Rocket.toml")));
        assert!(Arc::ptr_eq(&ring, &launch.jwtauth().keys()));
        crate::launch::rocket_toml(jail, NEW);
        launch.reload().expect("a good list");
        assert_eq!(algorithms(launch.jwtauth()), [Algorithm::EdDSA]);
    });
}

/// Rocket reads its settings when it is built, and jwtauth reads its keys at launch.
#[test]
fn reload_sees_list_changed_between_build_and_launch() {
    crate::launch::in_jail(|jail| {
        jail.create_file("es256.pem", ES256).expect("a file");
        jail.create_file("eddsa.pem", EDDSA).expect("a file");
        crate::launch::rocket_toml(jail, OLD);
        let launch = Rolling::of(|| {
            let rocket = rocket::build();
            crate::launch::rocket_toml(jail, NEW);
            rocket
        });
        assert_eq!(algorithms(launch.jwtauth()), [Algorithm::ES256]);
        launch.reload().expect("a good list");
        assert_eq!(algorithms(launch.jwtauth()), [Algorithm::EdDSA]);
    });
}

/// The list is replaced while the keys of the old list are read, which here blocks on a pipe.
#[cfg(unix)]
#[test]
fn reload_sees_list_changed_while_keys_are_read() {
    with_rocket_toml(&format!("{NEW}{OLD}"), |jail, launch| {
        // The first file has changed, so the pipe is not read earlier.
        jail.create_file("eddsa.pem", &new_key(Algorithm::EdDSA)).expect("a file");
        let jwtauth = launch.jwtauth();
        assert_eq!(crate::key_files_app::now(jwtauth.reload()), Ok(Reloaded::Noted));
        launch.clock.advance(std::time::Duration::from_secs(1));
        fs::remove_file("es256.pem").expect("a file");
        let made = std::process::Command::new("mkfifo").arg("es256.pem").status().expect("mkfifo");
        assert!(made.success());
        let (pipe, settings) = (jail.directory().join("es256.pem"), jail.directory().join("Rocket.toml"));
        let writer = std::thread::spawn(move || {
            let mut pipe = fs::File::options().write(true).open(&pipe).expect("a reader");
            fs::write(settings, NEW).expect("a file");
            std::io::Write::write_all(&mut pipe, ES256.as_bytes()).expect("a reader");
        });
        assert_eq!(crate::key_files_app::now(jwtauth.reload()), Ok(Reloaded::Used));
        writer.join().expect("a thread");
        assert_eq!(algorithms(jwtauth), [Algorithm::EdDSA, Algorithm::ES256]);
        // Replaces the pipe, because nothing would write into it.
        fs::remove_file("es256.pem").expect("a pipe");
        jail.create_file("es256.pem", ES256).expect("a file");
        assert_eq!(launch.reload(), Ok(Reloaded::Used));
        assert_eq!(algorithms(jwtauth), [Algorithm::EdDSA]);
    });
}

/// A list that is cut off between two keys is a valid, shorter list.
#[test]
fn reload_does_not_use_a_list_that_is_half_written() {
    with_rocket_toml(OLD, |jail, launch| {
        let whole = format!("{NEW}{OLD}");
        crate::launch::rocket_toml(jail, &whole[..NEW.len()]);
        assert_eq!(crate::key_files_app::now(launch.jwtauth().reload()), Ok(Reloaded::Noted));
        launch.clock.advance(std::time::Duration::from_secs(1));
        crate::launch::rocket_toml(jail, &whole);
        assert_eq!(crate::key_files_app::now(launch.jwtauth().reload()), Ok(Reloaded::Noted));
        assert_eq!(algorithms(launch.jwtauth()), [Algorithm::ES256]);
        launch.clock.advance(std::time::Duration::from_secs(1));
        assert_eq!(crate::key_files_app::now(launch.jwtauth().reload()), Ok(Reloaded::Used));
        assert_eq!(algorithms(launch.jwtauth()), [Algorithm::EdDSA, Algorithm::ES256]);
    });
}

/// No file contains a list that the application merged from two files.
#[test]
fn reload_keeps_list_merged_from_several_files() {
    use figment::providers::{Format, Toml};
    with_rocket_toml(OLD, |jail, _| {
        jail.create_file("more.toml", NEW).expect("a file");
        let both = || rocket::Config::figment().admerge(Toml::file("more.toml").nested());
        let launch = Rolling::of(|| rocket::custom(both()));
        assert_eq!(algorithms(launch.jwtauth()), [Algorithm::ES256, Algorithm::EdDSA]);
        jail.create_file("eddsa.pem", &new_key(Algorithm::EdDSA)).expect("a file");
        crate::launch::rocket_toml(jail, &format!("# changed\n{OLD}"));
        launch.reload().expect("good keys");
        assert_eq!(algorithms(launch.jwtauth()), [Algorithm::ES256, Algorithm::EdDSA]);
    });
}

/// Published keys must stay publishable, and refresh tokens must stay derivable.
#[test]
fn reload_refuses_list_that_breaks_other_settings() {
    let secret = format!("[[default.jwtauth.keys]]\nmaster_secret = \"{}\"\n", jwtauth_tests::SECRET);
    with_rocket_toml(&format!("[default.jwtauth]\njwks_path = \"/jwks\"\n{OLD}"), |jail, launch| {
        crate::launch::rocket_toml(jail, &secret);
        let error = launch.reload().expect_err("nothing to publish");
        assert_eq!(error.faults()[0].setting(), "jwks_path");
    });
    let sessions = "[default.jwtauth]\nallow_refresh = true\n[default.jwtauth.sessions]\n";
    with_rocket_toml(&format!("{sessions}{OLD}"), |jail, launch| {
        let public = OLD.replace("private_key_file = \"es256", "public_key_file = \"public");
        crate::launch::rocket_toml(jail, &public);
        let error = launch.reload().expect_err("nothing that signs");
        assert_eq!(error.faults()[0].setting(), "sessions.secret");
    });
}

#[test]
fn reload_keeps_list_from_environment_but_reads_its_files() {
    crate::launch::in_jail(|jail| {
        jail.create_file("es256.pem", ES256).expect("a file");
        crate::launch::rocket_toml(jail, "[default.jwtauth]\nleeway = 5");
        jail.set_env("ROCKET_JWTAUTH", "{keys=[{private_key_file=\"es256.pem\",algorithm=\"ES256\"}]}");
        let launch = Rolling::of(rocket::build);
        let before = launch.jwtauth().keys();
        jail.create_file("eddsa.pem", EDDSA).expect("a file");
        crate::launch::rocket_toml(jail, NEW);
        launch.reload().expect("nothing to read");
        assert!(Arc::ptr_eq(&before, &launch.jwtauth().keys()));
        // The files of its keys are still watched.
        jail.create_file("es256.pem", &new_key(Algorithm::ES256)).expect("a file");
        launch.reload().expect("a good key");
        assert_ne!(before.keys()[0].kid(), launch.jwtauth().keys().keys()[0].kid());
    });
}

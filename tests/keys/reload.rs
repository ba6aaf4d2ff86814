//! Reloading keys: which keys are used afterwards, what is logged, and the faults that keep the old keys in use.

use std::fs;
use std::sync::Arc;

use jwtauth::{Algorithm, JwtAuth, Reloaded};
use jwtauth_tests::NOW;
use rocket::log::private::Level;
use serde_json::json;

use crate::key_files_app::{App, Folder, now, signing, with_second};
use crate::keygen_output::new_key;
use crate::log::{Line, logged};
use crate::pem::{EDDSA, ES256, ES256_PUBLIC, OTHER_ES256_PUBLIC};
use crate::reload_list::{NEW, OLD, with_rocket_toml};

fn texts(lines: &[Line], level: Level) -> Vec<&str> {
    lines.iter().filter(|line| line.level == level).map(|line| line.text.as_str()).collect()
}

#[test]
fn reload_uses_new_key_files() {
    let folder = Folder::new();
    let one = new_key(Algorithm::EdDSA);
    folder.put("new.pem", &one);
    folder.put("old.pem", ES256);
    let keys = json!([signing("EdDSA", &folder.setting("new.pem")), signing("ES256", &folder.setting("old.pem"))]);
    let app = App::new(json!({ "keys": keys }));
    let before = app.login().0;

    let two = new_key(Algorithm::EdDSA);
    folder.put("new.pem", &two);
    assert_eq!((app.me(&before), app.me(&app.login().0)), (200, 200), "nothing has been read yet");
    let (result, lines) = app.reload();
    result.expect("a good key");
    let ring = app.jwtauth().keys();
    let kid = ring.keys()[0].kid();
    assert_eq!(
        texts(&lines, Level::Info),
        [format!("jwtauth: the keys have been read: `{kid}`, `{}`", ring.keys()[1].kid())]
    );
    assert_eq!(app.me(&before), 401, "its key is gone");
    assert_eq!(app.me(&app.login().0), 200);
    // And back.
    folder.put("new.pem", &one);
    app.reload().0.expect("a good key");
    assert_eq!(app.me(&before), 200);
}

#[test]
fn reload_warns_of_key_removed_before_it_retires() {
    let folder = Folder::new();
    folder.put("a.pem", &new_key(Algorithm::EdDSA));
    folder.put("b.pem", ES256);
    let mut old = signing("ES256", &folder.setting("b.pem"));
    old["retire_at"] = "2025-06-15T15:06:50Z".into();
    let app = App::new(json!({ "keys": [signing("EdDSA", &folder.setting("a.pem")), old] }));
    let gone = app.jwtauth().keys().keys()[0].kid().to_owned();
    folder.put("a.pem", &new_key(Algorithm::EdDSA));
    let (_, lines) = app.reload();
    let warnings = texts(&lines, Level::Warn);
    assert!(warnings.len() == 1 && warnings[0].contains(&format!("not retired before: `{gone}`;")), "{warnings:?}");
    // A retired key can be removed. As at launch, a warning reminds to do so.
    app.wait(10);
    folder.put("b.pem", &new_key(Algorithm::ES256));
    let (_, lines) = app.reload();
    assert_eq!(texts(&lines, Level::Warn), ["jwtauth: `keys[1].retire_at` has passed: the key can be removed"]);
}

/// Services that fetched the keys earlier don't know the new key.
#[test]
fn reload_warns_of_key_that_signs_before_publication() {
    for (jwks_path, sign_from, expected) in
        [(true, "", 1), (true, "sign_from = 2999-01-01T00:00:00Z\n", 0), (false, "", 0)]
    {
        let settings = if jwks_path { "[default.jwtauth]\njwks_path = \"/jwks\"\n" } else { "" };
        with_rocket_toml(&format!("{settings}{OLD}"), |jail, launch| {
            crate::launch::rocket_toml(jail, &format!("{NEW}{sign_from}{OLD}"));
            let (result, lines) = logged(|| launch.reload());
            result.expect("good keys");
            let warnings = texts(&lines, Level::Warn);
            assert_eq!(warnings.len(), expected, "{warnings:?}");
            let kid = launch.jwtauth().keys().keys()[0].kid().to_owned();
            let says = |warning: &&str| warning.contains(&format!("the key `{kid}` is new and signs already"));
            assert!(warnings.iter().all(says), "{warnings:?}");
            // The warning appears once. Afterwards the key is known.
            crate::launch::rocket_toml(jail, &format!("# the same\n{NEW}{sign_from}{OLD}"));
            let (_, lines) = logged(|| launch.reload());
            assert_eq!(texts(&lines, Level::Warn), [""; 0]);
        });
    }
}

#[test]
fn reload_of_unchanged_files_changes_nothing() {
    let folder = Folder::new();
    folder.put("key.pem", ES256);
    let app = App::new(json!({ "keys": [signing("ES256", &folder.setting("key.pem"))] }));
    let ring = app.jwtauth().keys();
    folder.put("key.pem", ES256);
    let (result, lines) = app.reload();
    assert_eq!((result, lines), (Ok(Reloaded::Same), Vec::new()));
    assert!(Arc::ptr_eq(&ring, &app.jwtauth().keys()));
}

#[test]
fn reload_keeps_inline_keys() {
    let app = App::new(json!({ "keys": [{ "private_key": ES256, "algorithm": "ES256" }] }));
    let ring = app.jwtauth().keys();
    let (result, lines) = app.reload();
    assert_eq!((result, lines), (Ok(Reloaded::Same), Vec::new()));
    assert!(Arc::ptr_eq(&ring, &app.jwtauth().keys()));
}

#[test]
fn reload_keeps_old_keys_if_a_file_is_invalid() {
    let (folder, app) = with_second(ES256);
    let (ring, token) = (app.jwtauth().keys(), app.login().0);
    for (content, words) in [
        ("hunter2", "neither PEM nor DER"),
        ("", "names an empty file"),
        (&ES256[..100], "a PEM that was cut off"),
        (EDDSA, "ES256 needs an EC key"),
        (ES256_PUBLIC, "a public key"),
        (&"x".repeat(70_000), "longer than 64 KiB"),
    ] {
        // The other file is valid and new, but is not used either.
        folder.put("new.pem", &new_key(Algorithm::EdDSA));
        folder.put("old.pem", content);
        // Each reload reports the fault until it is fixed.
        for _ in 0..2 {
            let (result, lines) = app.reload();
            let error = result.expect_err("no key");
            let [fault] = error.faults() else { panic!("{error}") };
            assert_eq!(fault.setting(), "keys[1].private_key_file");
            assert!(fault.problem().contains(words), "{error}");
            assert!(!fault.remedy().is_empty() && !error.to_string().contains("hunter2"));
            assert_eq!(lines, Vec::new());
            assert!(Arc::ptr_eq(&ring, &app.jwtauth().keys()));
            assert_eq!((app.me(&token), app.me(&app.login().0)), (200, 200));
        }
    }
    fs::remove_file(folder.path("old.pem")).expect("a file");
    let error = app.reload().0.expect_err("no file");
    assert!(error.faults()[0].problem().contains("can't be read"), "{error}");
    assert_eq!(app.me(&token), 200);

    folder.put("new.pem", EDDSA);
    folder.put("old.pem", ES256);
    app.reload().0.expect("as in the beginning");
    assert_eq!(app.me(&token), 200);
}

#[test]
fn reload_reports_all_faults_at_once() {
    let (folder, app) = with_second(ES256);
    folder.put("new.pem", "nothing");
    folder.put("old.pem", "nothing");
    let error = app.reload().0.expect_err("no keys");
    let settings: Vec<_> = error.faults().iter().map(|fault| fault.setting()).collect();
    assert_eq!(settings, ["keys[0].private_key_file", "keys[1].private_key_file"]);
}

#[test]
fn reload_refuses_one_key_in_two_files() {
    let folder = Folder::new();
    folder.put("one.pem", ES256);
    folder.put("two.pem", &new_key(Algorithm::ES256));
    let keys = json!([signing("ES256", &folder.setting("one.pem")), signing("ES256", &folder.setting("two.pem"))]);
    let app = App::new(json!({ "keys": keys }));
    folder.put("two.pem", ES256);
    let error = app.reload().0.expect_err("one key");
    assert_eq!(error.faults()[0].setting(), "keys[1].kid");
}

#[test]
fn reload_reads_master_secret_file_again() {
    let folder = Folder::new();
    folder.put("secret", &new_key(Algorithm::HS256));
    let app = App::new(json!({ "master_secret_file": folder.setting("secret") }));
    let before = app.login().0;
    folder.put("secret", "short\n");
    let error = app.reload().0.expect_err("too short");
    assert!(error.to_string().contains("`master_secret_file`: HS256 needs a secret of at least 32 bytes"), "{error}");
    assert_eq!(app.me(&before), 200);
    folder.put("secret", &new_key(Algorithm::HS256));
    app.reload().0.expect("a secret");
    assert_eq!((app.me(&before), app.me(&app.login().0)), (401, 200));
}

#[test]
fn reload_works_without_rocket() {
    let folder = Folder::new();
    folder.put("key.pem", ES256);
    let settings = json!({ "keys": [signing("ES256", &folder.setting("key.pem"))] });
    let figment = jwtauth_tests::figment(settings);
    let jwtauth = now(JwtAuth::from_figment(&figment)).expect("good settings");
    let before = now(jwtauth.issue("alice", ())).expect("a token").access_token().to_owned();
    folder.put("key.pem", &new_key(Algorithm::ES256));
    // This application uses the system's clock.
    while now(jwtauth.reload()) == Ok(Reloaded::Noted) {
        std::thread::yield_now();
    }
    assert!(now(jwtauth.verify::<()>(&before)).is_err());
}

/// The log contains no part of a key.
#[test]
fn reload_writes_no_key_to_the_log() {
    let (folder, app) = with_second(ES256);
    let lines_of = |pem: &str| pem.lines().filter(|line| line.len() > 40).map(str::to_owned).collect::<Vec<_>>();
    let next = new_key(Algorithm::EdDSA);
    folder.put("new.pem", &next);
    let (_, lines) = logged(|| {
        let _ = crate::key_files_app::reload(app.jwtauth(), &app.clock);
        folder.put("old.pem", &format!("{next}{next}"));
        let error = crate::key_files_app::reload(app.jwtauth(), &app.clock).expect_err("another kind of key");
        rocket::error!("{error} {error:?} {:?}", app.jwtauth());
    });
    let hidden = [lines_of(&next), lines_of(ES256), lines_of(EDDSA)].concat();
    assert!(!hidden.is_empty() && !lines.is_empty());
    for line in lines {
        assert!(!hidden.iter().any(|hidden| line.text.contains(hidden)), "{}", line.text);
    }
}

/// `kid` and times are not in a file, so their values from the launch stay.
#[test]
fn reload_keeps_kid_and_times_from_the_launch() {
    let folder = Folder::new();
    folder.put("key.pem", ES256);
    let mut key = signing("ES256", &folder.setting("key.pem"));
    key["kid"] = "main".into();
    let app = App::new(
        json!({ "keys": [key, { "public_key": OTHER_ES256_PUBLIC, "algorithm": "ES256", "retire_at": "2025-06-15T16:06:40Z" }] }),
    );
    folder.put("key.pem", &new_key(Algorithm::ES256));
    app.reload().0.expect("a good key");
    let ring = app.jwtauth().keys();
    assert_eq!(ring.keys()[0].kid(), "main");
    assert!(!ring.keys()[1].is_retired(NOW + 3599) && ring.keys()[1].is_retired(NOW + 3600));
}

//! Replacing key files while the application runs.

use std::fs;
use std::sync::Arc;

use jwtauth::{Algorithm, Clock, Identity, JwtAuth, Reloaded, TokenError};
use jwtauth_tests::NOW;
use rocket::log::private::Level;
use rocket::request::{FromRequest, Outcome, Request};
use rocket::{get, routes, tokio};
use serde_json::json;

use crate::key_files_app::{App, Folder, now, signing};
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

/// An application with keys in two files. The second file has this content.
fn with_second(content: &str) -> (Folder, App) {
    let folder = Folder::new();
    folder.put("new.pem", EDDSA);
    folder.put("old.pem", content);
    let keys = json!([signing("EdDSA", &folder.setting("new.pem")), signing("ES256", &folder.setting("old.pem"))]);
    let app = App::new(json!({ "keys": keys }));
    (folder, app)
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

/// Keys move through fixed file names, one after the other. Nothing changes until the last step.
#[test]
fn reload_waits_until_all_key_slots_have_moved() {
    let folder = Folder::new();
    let slots = ["next.pem", "current.pem", "old.pem"];
    for slot in slots {
        folder.put(slot, &new_key(Algorithm::EdDSA));
    }
    let mut keys = slots.map(|slot| signing("EdDSA", &folder.setting(slot)));
    keys[0]["sign_from"] = "9999-12-31T23:59:59Z".into();
    let app = App::new(json!({ "keys": keys }));
    let kids = || app.jwtauth().keys().keys().iter().map(|key| key.kid().to_owned()).collect::<Vec<_>>();
    let (before, token) = (kids(), app.login().0);
    let copy = |from: &str, to: &str| {
        let content = fs::read_to_string(folder.path(from)).expect("a file");
        folder.put(to, &content);
    };
    for (from, to) in [("current.pem", "old.pem"), ("next.pem", "current.pem")] {
        copy(from, to);
        let error = app.reload().0.expect_err("one key in two places");
        assert!(error.faults()[0].problem().contains("they are the same key"), "{error}");
        assert_eq!((kids(), app.me(&token)), (before.clone(), 200));
    }
    folder.put("next.pem", &new_key(Algorithm::EdDSA));
    app.reload().0.expect("three keys");
    let after = kids();
    assert_eq!(after[1..], before[..2]);
    assert_eq!((app.me(&token), app.me(&app.login().0)), (200, 200));
    assert_eq!(app.jwtauth().keys().signer(NOW).map(jwtauth::Key::kid), Some(before[0].as_str()));
}

#[test]
fn reload_waits_for_both_files_of_a_key_pair() {
    let folder = Folder::new();
    folder.put("private.pem", ES256);
    folder.put("public.pem", ES256_PUBLIC);
    let mut key = signing("ES256", &folder.setting("private.pem"));
    key["public_key_file"] = folder.setting("public.pem");
    let app = App::new(json!({ "keys": [key] }));
    let before = app.login().0;
    folder.put("public.pem", OTHER_ES256_PUBLIC);
    let error = app.reload().0.expect_err("no pair");
    assert_eq!(error.faults()[0].setting(), "keys[0].public_key_file");
    assert!(error.faults()[0].problem().contains("are not a pair"), "{error}");
    assert_eq!(app.me(&before), 200);

    let next = new_key(Algorithm::ES256);
    folder.put("private.pem", &next);
    app.reload().0.expect_err("no pair either");
    folder.put("public.pem", &crate::pem::public(&next));
    app.reload().0.expect("a pair");
    assert_eq!((app.me(&before), app.me(&app.login().0)), (401, 200));
}

/// As in Kubernetes: the file is a link into a folder that is itself a link, which is replaced.
#[cfg(unix)]
#[test]
fn reload_follows_replaced_symbolic_link() {
    use std::os::unix::fs::symlink;
    let folder = Folder::new();
    let at = |name: &str| folder.path(name);
    for (version, key) in [("..1", ES256.to_owned()), ("..2", new_key(Algorithm::ES256))] {
        fs::create_dir(at(version)).expect("a folder");
        fs::write(at(version).join("key.pem"), key).expect("a file");
    }
    symlink("..1", at("..data")).expect("a link");
    symlink("..data/key.pem", at("key.pem")).expect("a link");
    let app = App::new(json!({ "keys": [signing("ES256", &folder.setting("key.pem"))] }));
    let before = app.login().0;
    symlink("..2", at("..data_tmp")).expect("a link");
    fs::rename(at("..data_tmp"), at("..data")).expect("a link");
    fs::remove_dir_all(at("..1")).expect("a folder");
    app.reload().0.expect("a good key");
    assert_eq!((app.me(&before), app.me(&app.login().0)), (401, 200));
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

/// A pipe delivers its content only once. Waiting for more would never end.
#[cfg(unix)]
#[test]
fn reload_does_not_read_a_pipe_again() {
    let folder = Folder::new();
    let made = std::process::Command::new("mkfifo").arg(folder.path("pipe")).status().expect("mkfifo");
    assert!(made.success());
    let (path, secret) = (folder.path("pipe"), new_key(Algorithm::HS256));
    let writer = std::thread::spawn(move || fs::write(path, secret));
    let app = App::new(json!({ "master_secret_file": folder.setting("pipe") }));
    writer.join().expect("a thread").expect("a reader");
    let ring = app.jwtauth().keys();
    assert_eq!(app.reload(), (Ok(Reloaded::Same), Vec::new()));
    assert!(Arc::ptr_eq(&ring, &app.jwtauth().keys()));
}

/// Reloads the keys in a guard, and returns the identity of the request afterwards.
struct Roll {
    userid: Option<String>,
    /// The token of the request.
    token: String,
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Roll {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        let rocket = request.rocket();
        let (folder, clock) = (rocket.state::<Folder>().expect("managed"), rocket.state::<Clock>().expect("managed"));
        let jwtauth = rocket.state::<JwtAuth>().expect("attached");
        folder.put("key.pem", &new_key(Algorithm::ES256));
        assert_eq!(jwtauth.reload().await, Ok(Reloaded::Noted));
        clock.advance(std::time::Duration::from_secs(1));
        assert_eq!(jwtauth.reload().await, Ok(Reloaded::Used));
        let identity = request.guard::<Identity>().await.succeeded();
        let header = request.headers().get_one("Authorization").unwrap_or_default();
        Outcome::Success(Roll {
            userid: identity.map(|identity| identity.userid().to_owned()),
            token: header.trim_start_matches("Bearer ").to_owned(),
        })
    }
}

/// Reloads the keys between its first and its last guard.
#[get("/roll")]
async fn roll(first: Identity, roll: Roll, last: Identity, jwtauth: &JwtAuth) -> String {
    assert_eq!((roll.userid.as_deref(), last.userid()), (Some("alice"), first.userid()));
    // Outside of the request's guards, the new keys are in use.
    let again = jwtauth.verify::<()>(&roll.token).await.map(|identity| identity.userid().to_owned());
    assert_eq!(again.map_err(|error| error.token_error()), Err(Some(TokenError::UnknownKey)));
    jwtauth.issue("bob", ()).await.expect("a key").access_token().to_owned()
}

#[test]
fn request_during_reload_keeps_identity_and_signs_with_new_key() {
    let folder = Folder::new();
    folder.put("key.pem", ES256);
    let setting = folder.setting("key.pem");
    let app = App::with(json!({ "keys": [signing("ES256", &setting)] }), |rocket, fairing| {
        rocket.attach(fairing).manage(folder).mount("/", routes![roll])
    });
    let token = app.login().0;
    let authorization = format!("Bearer {token}");
    let answer = app.send(rocket::http::Method::Get, "/roll", &[("Authorization", &authorization)]);
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!((app.me(&token), app.me(&answer.body)), (401, 200));
}

/// A reload does not change a ring that is still in use elsewhere.
#[test]
fn reload_leaves_held_key_ring_unchanged() {
    let (folder, app) = with_second(ES256);
    let (ring, token) = (app.jwtauth().keys(), app.login().0);
    folder.put("new.pem", &new_key(Algorithm::EdDSA));
    app.reload().0.expect("a good key");
    assert!(ring.verify(&token, NOW).is_ok());
    assert!(app.jwtauth().keys().verify(&token, NOW).is_err());
}

#[test]
fn reload_run_concurrently_uses_newest_keys() {
    let (folder, app) = with_second(ES256);
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_time().build().expect("a runtime");
    for _ in 0..10 {
        let key = new_key(Algorithm::EdDSA);
        folder.put("new.pem", &key);
        for _ in 0..2 {
            let reloads: Vec<_> = (0..8)
                .map(|_| {
                    let jwtauth = app.jwtauth().clone();
                    runtime.spawn(async move { jwtauth.reload().await })
                })
                .collect();
            for reload in reloads {
                runtime.block_on(reload).expect("a task").expect("a good key");
            }
            app.wait(1);
        }
        let alone = App::new(json!({ "private_key": key, "algorithm": "EdDSA" }));
        assert_eq!(app.me(&alone.login().0), 200);
    }
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

/// The watch has its own unit tests. This test checks that a launch starts it with the files that were read.
#[test]
fn reload_watch_sees_change_made_before_liftoff() {
    let folder = Folder::new();
    folder.put("key.pem", ES256);
    let keys = json!([signing("ES256", &folder.setting("key.pem"))]);
    let settings = json!({ "reload": 1, "keys": keys, "expiration_delta": "unlimited" });
    let other = App::new(settings.clone()).login().0;
    let app = App::with(settings, |rocket, fairing| {
        let path = folder.path("key.pem");
        let replace = rocket::fairing::AdHoc::on_liftoff("replace", |_| {
            Box::pin(async move { fs::write(path, new_key(Algorithm::ES256)).expect("a file") })
        });
        rocket.attach(replace).attach(fairing)
    });
    let begun = std::time::Instant::now();
    // The watch runs on the client's runtime.
    while app.me(&other) == 200 {
        assert!(begun.elapsed().as_secs() < 60, "the change is not seen");
        app.wait(1);
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
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

#[test]
fn reload_notes_new_content_before_it_uses_it() {
    let (folder, app) = with_second(ES256);
    let ring = app.jwtauth().keys();
    assert_eq!(app.reload_once(), Ok(Reloaded::Same));
    let key = new_key(Algorithm::EdDSA);
    folder.put("new.pem", &key);
    for _ in 0..2 {
        assert_eq!(app.reload_once(), Ok(Reloaded::Noted), "no second has passed");
    }
    // Another change of either file starts the interval again.
    app.wait(1);
    folder.put("old.pem", &new_key(Algorithm::ES256));
    assert_eq!(app.reload_once(), Ok(Reloaded::Noted));
    app.wait(1);
    folder.put("old.pem", ES256);
    assert_eq!(app.reload_once(), Ok(Reloaded::Noted));
    // A fault that was found only once is not reported.
    app.wait(1);
    folder.put("new.pem", &key[..60]);
    assert_eq!(app.reload_once(), Ok(Reloaded::Noted));
    // If the clock is set back, the elapsed time is unknown.
    folder.put("new.pem", &key);
    assert_eq!(app.reload_once(), Ok(Reloaded::Noted));
    app.clock.set(NOW - 1000);
    assert_eq!(app.reload_once(), Ok(Reloaded::Noted));
    assert!(Arc::ptr_eq(&ring, &app.jwtauth().keys()));
    app.wait(1);
    assert_eq!(app.reload_once(), Ok(Reloaded::Used));
    assert!(!Arc::ptr_eq(&ring, &app.jwtauth().keys()));
    assert_eq!(app.reload_once(), Ok(Reloaded::Same));
    // Noted content that has disappeared is forgotten.
    folder.put("new.pem", &new_key(Algorithm::EdDSA));
    assert_eq!(app.reload_once(), Ok(Reloaded::Noted));
    folder.put("new.pem", &key);
    assert_eq!(app.reload_once(), Ok(Reloaded::Same));
}

#[test]
fn reload_schedules_the_second_read() {
    let (folder, app) = with_second(ES256);
    let ring = app.jwtauth().keys();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    folder.put("new.pem", &new_key(Algorithm::EdDSA));
    runtime.block_on(async {
        assert_eq!(app.jwtauth().reload().await, Ok(Reloaded::Noted));
        let metrics = tokio::runtime::Handle::current().metrics();
        assert_eq!(metrics.num_alive_tasks(), 1, "there is no second read");
        let begun = std::time::Instant::now();
        while metrics.num_alive_tasks() > 0 {
            assert!(begun.elapsed().as_secs() < 30, "the second read does not end");
            app.wait(1);
            tokio::task::yield_now().await;
        }
        assert!(!Arc::ptr_eq(&ring, &app.jwtauth().keys()), "the second read uses the keys");
        assert_eq!(app.jwtauth().reload().await, Ok(Reloaded::Same));
        assert_eq!(metrics.num_alive_tasks(), 0, "without new content, there is no second read");
    });
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

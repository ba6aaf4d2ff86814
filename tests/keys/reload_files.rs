//! Reloading key files that are replaced one after the other, through a link, or that are not plain files.

use std::fs;
use std::sync::Arc;

use jwtauth::{Algorithm, Reloaded};
use jwtauth_tests::NOW;
use serde_json::json;

use crate::key_files_app::{App, Folder, signing};
use crate::keygen_output::new_key;
use crate::pem::{ES256, ES256_PUBLIC, OTHER_ES256_PUBLIC};

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

//! When new keys are used: the two reads of a reload, the watch, and requests and reloads at the same time.

use std::fs;
use std::sync::Arc;

use jwtauth::{Algorithm, Clock, Identity, JwtAuth, Reloaded, TokenError};
use jwtauth_tests::NOW;
use rocket::request::{FromRequest, Outcome, Request};
use rocket::{get, routes, tokio};
use serde_json::json;

use crate::key_files_app::{App, Folder, signing, with_second};
use crate::keygen_output::new_key;
use crate::pem::ES256;

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

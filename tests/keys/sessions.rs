//! Sessions during key rotation: a refresh token depends on the key with which its session began.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jwtauth::{Algorithm, JwtAuth, refresh_nonce_handler};
use rocket::State;
use serde_json::{Value, json};

use crate::key_files_app::{App, Folder, signing};
use crate::keygen_output::new_key;
use crate::pem::{EDDSA, ES256, ES256_PUBLIC};
use crate::store::Store;

#[derive(Clone, Default)]
struct Nonces(Arc<Mutex<HashMap<String, String>>>);

impl Nonces {
    fn set(&self, nonce: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert("alice".to_owned(), nonce.to_owned());
    }
}

#[refresh_nonce_handler]
async fn nonce(user: &str, nonces: &State<Nonces>) -> Option<String> {
    nonces.0.lock().unwrap_or_else(PoisonError::into_inner).get(user).cloned()
}

/// A node with these keys and this store.
fn node(store: &Store, keys: Value, sessions: Value) -> App {
    App::with(json!({ "keys": keys, "sessions": sessions }), |rocket, fairing| {
        rocket.attach(fairing.session_store(store.clone()))
    })
}

fn own_secret() -> Value {
    json!({ "secret": "a secret of refresh tokens, 38 bytes l" })
}

fn refreshed(app: &App, token: &str) -> (String, String) {
    let (access, refresh) = app.refresh(token).tokens();
    (access, refresh.expect("sessions have one"))
}

fn session(app: &App) -> (String, String) {
    let (access, refresh) = app.login();
    (access, refresh.expect("sessions have one"))
}

fn public(algorithm: &str, key: &str) -> Value {
    json!({ "public_key": key, "algorithm": algorithm })
}

#[test]
fn refresh_token_with_own_secret_survives_key_rolls() {
    let folder = Folder::new();
    folder.put("key.pem", ES256);
    let store = Store::default();
    let app = node(&store, json!([signing("ES256", &folder.setting("key.pem"))]), own_secret());
    let (access, mut refresh) = session(&app);
    assert_eq!(app.me(&access), 200);
    for _ in 0..3 {
        folder.put("key.pem", &new_key(Algorithm::ES256));
        app.reload().0.expect("a good key");
        let (access, next) = refreshed(&app, &refresh);
        assert_eq!(app.me(&access), 200);
        refresh = next;
    }
    assert_eq!(app.me(&access), 401, "that was signed with another key");
}

#[test]
fn refresh_token_without_secret_needs_key_of_its_session() {
    let store = Store::default();
    let old = json!({ "private_key": ES256, "algorithm": "ES256" });
    let new = json!({ "private_key": EDDSA, "algorithm": "EdDSA" });
    let retired = json!({ "private_key": ES256, "algorithm": "ES256", "retire_at": "2025-06-01T00:00:00Z" });
    let (_, mut refresh) = session(&node(&store, json!([old]), json!({})));
    for keys in [json!([new, old]), json!([new, retired]), json!([retired, new]), json!([old, new])] {
        let app = node(&store, keys.clone(), json!({}));
        let (access, next) = refreshed(&app, &refresh);
        assert_eq!(app.me(&access), 200, "{keys}");
        refresh = next;
    }
    for keys in [json!([new]), json!([new, public("ES256", ES256_PUBLIC)])] {
        let app = node(&store, keys.clone(), json!({}));
        assert_eq!(app.refresh(&refresh).status, 403, "{keys}");
        // New sessions on this node depend on the new key.
        let (_, own) = session(&app);
        refreshed(&app, &own);
    }
    // A forged or foreign token has not ended the session.
    refreshed(&node(&store, json!([new, old]), json!({})), &refresh);
}

#[test]
fn session_is_bound_to_key_that_signs_when_it_begins() {
    let store = Store::default();
    let new = json!({ "private_key": EDDSA, "algorithm": "EdDSA", "sign_from": "2025-06-15T16:06:40Z" });
    let old = json!({ "private_key": ES256, "algorithm": "ES256" });
    let app = node(&store, json!([new, old]), json!({}));
    let before = session(&app).1;
    app.wait(3600);
    let after = session(&app).1;
    let now = app.clock.now();
    // A node with only one of the keys accepts only the sessions of that key.
    for (keys, own, other) in [(json!([old]), &before, &after), (json!([new]), &after, &before)] {
        let node = node(&store, keys.clone(), json!({}));
        node.clock.set(now);
        assert_eq!(node.refresh(other).status, 403, "{keys}");
        refreshed(&node, own);
    }
}

#[test]
fn session_begun_after_reload_is_bound_to_new_key() {
    let folder = Folder::new();
    folder.put("key.pem", ES256);
    let store = Store::default();
    let app = node(&store, json!([signing("ES256", &folder.setting("key.pem"))]), json!({}));
    let before = session(&app).1;
    let new = new_key(Algorithm::ES256);
    folder.put("key.pem", &new);
    app.reload().0.expect("a good key");
    assert_eq!(app.refresh(&before).status, 403, "its key is gone");
    let after = session(&app).1;
    let other = node(&store, json!([{ "private_key": new, "algorithm": "ES256" }]), json!({}));
    refreshed(&other, &after);
}

#[test]
fn refresh_token_successor_is_same_on_nodes_during_key_roll() {
    let store = Store::default();
    let (folder, behind) = (Folder::new(), json!([{ "private_key": ES256, "algorithm": "ES256" }]));
    folder.put("a.pem", ES256);
    folder.put("b.pem", &new_key(Algorithm::EdDSA));
    let here = node(&store, json!([{ "private_key": ES256, "algorithm": "ES256" }]), json!({}));
    // The other node already has the new key first, and still has the old one.
    let keys = json!([signing("EdDSA", &folder.setting("b.pem")), signing("ES256", &folder.setting("a.pem"))]);
    let there = node(&store, keys, json!({}));
    let (_, first) = session(&here);
    let (one, two) = (refreshed(&here, &first), refreshed(&there, &first));
    assert_eq!(one.1, two.1);
    assert_ne!(one.0, two.0);
    assert_eq!(there.me(&one.0), 200);
    let three = refreshed(&there, &two.1);
    assert_eq!(refreshed(&here, &one.1).1, three.1);
    // Meanwhile the new key is replaced. The session does not depend on it.
    folder.put("b.pem", &new_key(Algorithm::EdDSA));
    there.reload().0.expect("a good key");
    assert_eq!(refreshed(&there, &three.1).1, refreshed(&node(&store, behind, json!({})), &three.1).1);
}

#[test]
fn nonce_is_compared_with_the_key_of_its_session() {
    let nonces = Nonces::default();
    nonces.set("first");
    let store = Store::default();
    let (old, new) =
        (json!({ "private_key": ES256, "algorithm": "ES256" }), json!({ "private_key": EDDSA, "algorithm": "EdDSA" }));
    let node = |keys: Value| {
        App::with(json!({ "keys": keys, "sessions": {} }), |rocket, fairing| {
            rocket.manage(nonces.clone()).attach(fairing.refresh_nonce_handler(nonce).session_store(store.clone()))
        })
    };
    let mut refresh = session(&node(json!([old]))).1;
    let rolled = node(json!([new, old]));
    for _ in 0..2 {
        refresh = refreshed(&rolled, &refresh).1;
    }
    let (_, later) = session(&rolled);
    refreshed(&rolled, &later);
    nonces.set("second");
    assert_eq!(rolled.refresh(&refresh).status, 403);
}

#[test]
fn sessions_need_private_key_or_own_secret() {
    let folder = Folder::new();
    folder.put("public.pem", ES256_PUBLIC);
    let store = Store::default();
    let keys = json!([{ "public_key_file": folder.setting("public.pem"), "algorithm": "ES256" }]);
    let rocket = crate::key_files_app::rocket(json!({ "keys": keys, "sessions": {} }));
    let fairing = JwtAuth::fairing().session_store(store.clone());
    let launch = crate::launch::launch_this(|| rocket.attach(fairing));
    launch.fault("sessions.secret").assert_says(&["is not set"]);
    let app = node(&store, keys, own_secret());
    assert_eq!(app.me("x"), 401);
}

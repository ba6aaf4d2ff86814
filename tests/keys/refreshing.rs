//! Keys that can refresh: not those that only verify, nor those with refreshing turned off.

use jwtauth::{Algorithm, Key, KeyRing, Secret};
use jwtauth_tests::NOW;
use serde_json::{Value, json};

use crate::key_files_app::App;
use crate::launch::{SECRET, launch};
use crate::pem::{EDDSA, EDDSA_PUBLIC, ES256};

const SHARED: &str = "a secret that a partner has as well, 43 bytes";

/// A token of a partner with all claims of the application's own tokens.
fn token_of(key: Key) -> String {
    let claims = json!({
        "sub": "alice", "iat": NOW, "exp": NOW + 60, "auth_time": NOW, "refresh_until": NOW + 600,
    });
    KeyRing::from(key).sign(claims.to_string().as_bytes(), NOW).expect("it signs")
}

/// The statuses of a guarded route and of the refresh endpoint.
fn statuses(partner: Value, token: &str) -> (u16, u16) {
    let app = App::new(json!({ "keys": [{ "private_key": ES256, "algorithm": "ES256" }, partner] }));
    let refreshed = app.refresh(token);
    if refreshed.status == 403 {
        assert_eq!(refreshed.json(), json!({ "validationError": "Could not refresh your token" }));
    }
    (app.me(token), refreshed.status)
}

#[test]
fn refresh_endpoint_refuses_tokens_of_a_key_that_only_verifies() {
    let token = token_of(Key::from_private_key(Algorithm::EdDSA, EDDSA.as_bytes(), None).expect("a key"));
    assert_eq!(statuses(json!({ "public_key": EDDSA_PUBLIC, "algorithm": "EdDSA" }), &token), (200, 403));
    // A former key of the application.
    assert_eq!(statuses(json!({ "private_key": EDDSA, "algorithm": "EdDSA" }), &token), (200, 200));
    let retired = json!({ "private_key": EDDSA, "algorithm": "EdDSA", "retire_at": "2025-06-15T15:06:40Z" });
    assert_eq!(statuses(retired, &token), (401, 403));
}

#[test]
fn refresh_endpoint_refuses_tokens_of_a_secret_with_refresh_off() {
    let token = token_of(Key::from_secret(Algorithm::HS256, &Secret::from(SHARED)).expect("a key"));
    assert_eq!(statuses(json!({ "master_secret": SHARED, "refresh": false }), &token), (200, 403));
    assert_eq!(statuses(json!({ "master_secret": SHARED, "refresh": true }), &token), (200, 200));
    assert_eq!(statuses(json!({ "master_secret": SHARED }), &token), (200, 200));
}

#[test]
fn refresh_setting_is_only_for_keys_of_the_list_that_can_sign() {
    let public = format!("[[default.jwtauth.keys]]\nalgorithm = \"EdDSA\"\npublic_key = '''{EDDSA_PUBLIC}'''\n");
    launch(&format!("{public}refresh = true")).fault("keys[0].refresh").assert_says(&["only verifies", "remove it"]);
    launch(&format!("{public}refresh = false")).config();
    launch(&format!("{public}refresh = 1")).fault("keys[0].refresh").assert_says(&["`true` or `false` is wanted"]);
    let beside = launch(&format!("master_secret = \"{SECRET}\"\nrefresh = false"));
    beside.fault("refresh").assert_says(&["is not a setting", "[[default.jwtauth.keys]]"]);
}

/// Every holder of the secret could create refresh tokens that are derived from it.
#[test]
fn sessions_need_own_secret_if_key_has_refresh_off() {
    let keys = json!([{ "master_secret": SHARED, "refresh": false }]);
    let rocket = crate::key_files_app::rocket(json!({ "keys": keys, "sessions": {} }));
    let launch = crate::launch::launch_this(|| rocket.attach(jwtauth::JwtAuth::fairing()));
    launch.fault("sessions.secret").assert_says(&["is not set"]);
}

//! The settings that determine the content of a token, and the forms in which they can be written.

use std::fs;
use std::path::PathBuf;

use jwtauth::Algorithm;
use serde_json::{Map, Value, json};

use super::{DAY, HOUR, MINUTE, Reference, good, merged, nonces, now, secret};
use crate::generated_keys::Key;
use crate::server::{Refresh, Verdicts, payload};

fn claims(header: &str) -> Map<String, Value> {
    payload(header).as_object().expect("claims are an object").clone()
}

/// Asserts that both issue the same claims with the settings, apart from times up to a minute apart, and accept each
/// other's tokens. We add the times of issue and of the login.
fn issue_the_same(reference: &mut Reference, settings: &Value, with_nonces: bool) -> Map<String, Value> {
    let server = reference.open(settings, with_nonces.then(nonces));
    let theirs = reference.login("alice", &json!({ "nickname": "Alice" }));
    let ours = server.login("alice", &json!({ "nickname": "Alice" }));
    let scheme = |header: &str| header.split_once(' ').map(|(scheme, _)| scheme.to_owned());
    assert_eq!(scheme(&theirs), scheme(&ours), "{settings}");

    let mut our_claims = claims(&ours);
    for added in ["iat", "auth_time"] {
        let time = our_claims.remove(added).and_then(|time| time.as_u64());
        assert!(time.is_some_and(|time| time.abs_diff(now()) < MINUTE), "{settings}: {added}");
    }
    let their_claims = claims(&theirs);
    let names = |claims: &Map<String, Value>| {
        let mut names: Vec<_> = claims.keys().cloned().collect();
        names.sort();
        names
    };
    assert_eq!(names(&our_claims), names(&their_claims), "{settings}");
    for (name, ours) in &our_claims {
        let theirs = &their_claims[name];
        match (ours.as_f64(), theirs.as_f64()) {
            (Some(ours), Some(theirs)) => assert!((ours - theirs).abs() < MINUTE as f64, "{settings}: {name}"),
            _ => assert_eq!(ours, theirs, "{settings}: {name}"),
        }
    }
    for header in [theirs, ours] {
        let (theirs, ours) = reference.compare_one(&server, &header);
        assert_eq!(theirs, ours, "{settings}");
        assert_eq!(ours.identity, good().identity, "{settings}");
        let refresh = if settings["allow_refresh"] == true { good().refresh } else { Refresh::Refused };
        assert_eq!(ours.refresh, refresh, "{settings}");
    }
    our_claims
}

fn from_now(claims: &Map<String, Value>, name: &str) -> u64 {
    let time = claims[name].as_u64().unwrap_or_else(|| panic!("{name} is a time"));
    time.saturating_sub(now())
}

#[test]
fn issue_writes_the_claims_that_more_jwtauth_writes() {
    let Some(mut reference) = Reference::start() else { return };
    let settings = [
        json!({}),
        json!({ "allow_refresh": false }),
        json!({ "allow_refresh": true }),
        json!({ "allow_refresh": true, "refresh_delta": 2 * DAY }),
        json!({ "allow_refresh": true, "refresh_delta": "unlimited" }),
        json!({ "allow_refresh": false, "refresh_delta": 2 * DAY }),
        json!({ "allow_refresh": true, "expiration_delta": 2 * HOUR }),
        json!({ "allow_refresh": true, "expiration_delta": "unlimited" }),
        json!({ "allow_refresh": true, "expiration_delta": "unlimited", "refresh_delta": "unlimited" }),
        json!({ "allow_refresh": true, "verify_expiration_on_refresh": true }),
        json!({ "allow_refresh": true, "leeway": 300 }),
        json!({ "allow_refresh": true, "issuer": "https://shop.example.com" }),
        json!({ "allow_refresh": true, "userid_claim": "user" }),
        json!({ "allow_refresh": true, "userid_claim": "https://shop.example.com/user" }),
        json!({ "allow_refresh": true, "auth_header_prefix": "Bearer" }),
        json!({ "allow_refresh": true, "auth_header_prefix": "X-Shop" }),
        json!({ "allow_refresh": true, "algorithm": "HS512" }),
    ];
    for settings in settings {
        for with_nonces in [false, true] {
            let claims = issue_the_same(&mut reference, &merged(&secret(), &settings), with_nonces);
            let refresh = settings["allow_refresh"] == true;
            assert_eq!(claims.contains_key("nonce"), refresh && with_nonces);
            assert_eq!(claims.contains_key("exp"), settings["expiration_delta"] != "unlimited");
            assert_eq!(claims.contains_key("refresh_until"), refresh && settings["refresh_delta"] != "unlimited");
        }
    }
}

#[test]
fn delta_settings_match_more_jwtauth_seconds_and_timedeltas() {
    let Some(mut reference) = Reference::start() else { return };
    let (hours, days) = (2 * HOUR, 3 * DAY);
    for (expiration_delta, refresh_delta) in [
        (json!(hours), json!(days)),
        (json!({ "timedelta": hours }), json!({ "timedelta": days })),
        (json!({ "timedelta": hours }), json!(days)),
    ] {
        let settings = json!({
            "allow_refresh": true, "expiration_delta": expiration_delta, "refresh_delta": refresh_delta,
            "leeway": { "timedelta": MINUTE },
        });
        let claims = issue_the_same(&mut reference, &merged(&secret(), &settings), true);
        assert!(from_now(&claims, "exp").abs_diff(hours) < MINUTE, "{settings}");
        assert!(from_now(&claims, "refresh_until").abs_diff(days) < MINUTE, "{settings}");
    }
}

#[test]
fn verifier_reads_fractional_times_as_more_jwtauth_does() {
    let Some(mut reference) = Reference::start() else { return };
    let settings = merged(&secret(), &json!({ "allow_refresh": true, "verify_expiration_on_refresh": true }));
    let server = reference.open(&settings, None);
    // As more.jwtauth converts a `timedelta`: always a float.
    let time = |time: u64| time as f64 + 0.5;
    let now = now();
    let cases = [
        (time(now + HOUR), time(now + DAY), good()),
        (time(now - HOUR), time(now + DAY), Verdicts { identity: None, refresh: Refresh::Expired }),
        (time(now + HOUR), time(now - HOUR), Verdicts { refresh: Refresh::Expired, ..good() }),
    ];
    for (exp, refresh_until, expected) in cases {
        let claims = json!({ "sub": "alice", "exp": exp, "refresh_until": refresh_until });
        let token = reference.sign(&claims);
        let verdicts = reference.compare_one(&server, &format!("JWT {token}"));
        assert_eq!(verdicts, (expected.clone(), expected), "{claims}");
    }
}

#[test]
fn refresh_refuses_nonce_of_another_user() {
    let Some(mut reference) = Reference::start() else { return };
    let settings = merged(&secret(), &json!({ "allow_refresh": true }));
    let mut nonces = nonces();
    nonces.insert("bob".into(), "another".into());
    let server = reference.open(&settings, Some(nonces));
    let now = now();
    let mut verdict = |sub: &str, nonce: &str| {
        let claims = json!({ "sub": sub, "nonce": nonce, "exp": now + HOUR, "refresh_until": now + DAY });
        let token = reference.sign(&claims);
        let (theirs, ours) = reference.compare_one(&server, &format!("JWT {token}"));
        assert_eq!(theirs, ours, "{claims}");
        ours.refresh
    };
    assert_eq!(verdict("alice", "first"), Refresh::Refreshed("alice".into()));
    assert_eq!(verdict("bob", "another"), Refresh::Refreshed("bob".into()));
    for (sub, nonce) in [("alice", "another"), ("bob", "first"), ("carol", "first"), ("alice", ""), ("alice", "First")]
    {
        assert_eq!(verdict(sub, nonce), Refresh::Refused, "{sub} {nonce}");
    }
}

#[test]
fn key_files_work_as_in_more_jwtauth() {
    let Some(mut reference) = Reference::start() else { return };
    for algorithm in [Algorithm::ES256, Algorithm::RS256] {
        let key = Key::generate(algorithm);
        let file = |kind: &str, content: &str| {
            let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("peers-{algorithm}-{kind}.pem"));
            fs::write(&path, content).expect("the directory for the tests' files can be written");
            path
        };
        let (private, public) = (file("private", &key.signs), file("public", &key.verifies));
        let settings = json!({
            "allow_refresh": true, "algorithm": algorithm.name(),
            "private_key_file": private, "public_key_file": public,
        });
        issue_the_same(&mut reference, &settings, true);
        for path in [private, public] {
            fs::remove_file(path).expect("the file is there");
        }
    }
}

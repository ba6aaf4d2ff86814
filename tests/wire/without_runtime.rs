//! A program that issues tokens without a Rocket or a runtime.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use jwtauth::{ConfigError, Identity, JwtAuth};
use jwtauth_tests::pem::{ES256, RSA, RSA_PUBLIC};
use jwtauth_tests::{SECRET, figment};
use rocket::tokio::runtime::Handle;
use serde_json::{Value, json};

/// Polls a future that is ready immediately.
fn poll<F: Future>(future: F) -> F::Output {
    assert!(Handle::try_current().is_err(), "there is a runtime");
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the future is not ready"),
    }
}

fn jwtauth(settings: Value) -> JwtAuth {
    poll(JwtAuth::from_figment(&figment(settings))).expect("good settings")
}

#[test]
fn issue_works_without_a_runtime() {
    for settings in [
        json!({ "algorithm": "RS256", "private_key": RSA }),
        json!({ "algorithm": "PS512", "private_key": RSA }),
        json!({ "algorithm": "ES256", "private_key": ES256 }),
        json!({ "master_secret": SECRET }),
    ] {
        let jwtauth = jwtauth(settings);
        let tokens = poll(jwtauth.issue("alice", ())).expect("a key that signs");
        let identity: Identity = poll(jwtauth.verify(tokens.access_token())).expect("what was issued");
        assert_eq!(identity.userid(), "alice");
    }
}

#[test]
fn public_key_verifies_token_issued_without_a_runtime() {
    let tokens = poll(jwtauth(json!({ "algorithm": "RS256", "private_key": RSA })).issue("alice", ()));
    let verifier = jwtauth(json!({ "algorithm": "RS256", "public_key": RSA_PUBLIC }));
    let identity: Result<Identity, _> = poll(verifier.verify(tokens.expect("a key that signs").access_token()));
    assert_eq!(identity.expect("acceptable").userid(), "alice");
}

#[test]
fn config_error_lists_faults_for_programs() {
    let settings = json!({ "algorithm": "RS256", "private_key": ES256, "leeway": "soon", "colour": "red" });
    let error: ConfigError = poll(JwtAuth::from_figment(&figment(settings))).expect_err("three faults");
    let faults: Vec<_> = error.faults().iter().map(|fault| fault.setting()).collect();
    assert_eq!(faults, ["private_key", "leeway", "colour"]);
    let text = error.to_string();
    for fault in error.faults() {
        assert!(!fault.remedy().is_empty() && fault.origin().is_some(), "{fault:?}");
        for part in [fault.setting(), fault.problem(), fault.remedy()] {
            assert!(text.contains(part), "{part:?} is not in {text}");
        }
    }
    assert!(error.faults()[0].problem().contains("P-256"), "{error}");
    assert!(!format!("{error:?} {error}").contains(ES256.lines().nth(1).expect("a line")));
    let nothing = poll(JwtAuth::from_figment(&figment(json!({})))).expect_err("no secret");
    assert_eq!(nothing.faults().iter().map(|fault| fault.setting()).collect::<Vec<_>>(), ["master_secret"]);
    assert_eq!(nothing.faults()[0].origin(), None);
}

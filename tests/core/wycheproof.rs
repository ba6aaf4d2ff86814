//! Wycheproof's vectors for JWS. The file that `JWTAUTH_WYCHEPROOF` names contains one JSON object per line. The
//! vectors are not part of this repository.
//!
//! `oracle` is the expected verdict. It equals `expected`, the publishers' label, unless that is wrong. Then `disputed`
//! has the reason.

use std::collections::BTreeMap;
use std::io::{Write, stderr};

use jwtauth::Algorithm;
use jwtauth_tests::NOW;
use serde_json::Value;

use crate::jwk;

#[test]
fn verifier_gives_right_verdict_on_wycheproof_vectors() {
    let Some(path) = std::env::var_os("JWTAUTH_WYCHEPROOF") else {
        say("skipped: Wycheproof's JWS vectors; JWTAUTH_WYCHEPROOF does not name their file");
        return;
    };
    let vectors = std::fs::read_to_string(path).expect("JWTAUTH_WYCHEPROOF names a readable file");

    let mut checked = BTreeMap::new();
    let mut refused_here = BTreeMap::new();
    let mut wrong = Vec::new();
    for line in vectors.lines() {
        let vector: Value = serde_json::from_str(line).expect("a JSON object a line");
        let verdict = verdict(&vector);
        if let Verdict::KeyRefused(reason) = verdict {
            *refused_here.entry(reason).or_insert(0) += 1;
        }
        let oracle = vector["oracle"].as_str().expect("a verdict");
        let ours = if verdict == Verdict::Valid { "valid" } else { "invalid" };
        if ours != oracle {
            wrong.push(format!("{}, {}: {verdict:?} where {oracle} is right", vector["id"], vector["comment"]));
        }
        let scope = vector["scope"].as_str().expect("a scope").to_owned();
        *checked.entry((scope, oracle.to_owned())).or_insert(0) += 1;
    }

    for ((scope, oracle), count) in &checked {
        say(&format!("Wycheproof: {count} vectors checked of scope {scope} that are {oracle}"));
    }
    for (reason, count) in &refused_here {
        say(&format!("Wycheproof: {count} of them refused by the test's reading of their JWK: {reason}"));
    }
    assert!(wrong.is_empty(), "{} wrong verdicts:\n{}", wrong.len(), wrong.join("\n"));
    for (scope, oracle) in [("jws", "valid"), ("jws", "invalid"), ("key", "valid"), ("key", "invalid")] {
        let count = checked.get(&(scope.to_owned(), oracle.to_owned()));
        assert!(count.is_some_and(|count| *count > 3), "hardly a vector of {scope} that is {oracle}: {count:?}");
    }
}

#[derive(Debug, PartialEq)]
enum Verdict {
    Valid,
    /// `KeyRing` refuses the key or the token.
    Invalid,
    /// The JWK has a fault that `KeyRing` can't detect, because it takes keys and an algorithm, not JWKs. This verdict
    /// says nothing about the library.
    KeyRefused(&'static str),
}

fn verdict(vector: &Value) -> Verdict {
    let one = [vector["jwk"].clone()];
    let keys = vector["jwks"]["keys"].as_array().map_or(&one[..], Vec::as_slice);
    let stated = vector["alg"].as_str().expect("an algorithm");
    let token = vector["token"].as_str().expect("a token");
    if let Some(reason) = fault_of_set(keys) {
        return Verdict::KeyRefused(reason);
    }
    let mut verdict = Verdict::Invalid;
    for key in keys {
        // A JWK may omit its algorithm. An application's settings always contain it.
        let algorithm = key["alg"].as_str().unwrap_or(stated).parse();
        match (fault_of_key(vector, key, algorithm.ok()), algorithm) {
            (None, Ok(algorithm)) if accepts(algorithm, key, token) => return Verdict::Valid,
            (Some(reason), _) => verdict = Verdict::KeyRefused(reason),
            _ => {}
        }
    }
    verdict
}

fn accepts(algorithm: Algorithm, key: &Value, token: &str) -> bool {
    jwk::ring(algorithm, key).is_ok_and(|ring| ring.verify(token, NOW).is_ok())
}

/// Faults of a set of keys. The settings have only one key.
fn fault_of_set(keys: &[Value]) -> Option<&'static str> {
    let symmetric = keys.iter().filter(|key| key["kty"] == "oct").count();
    let twice = |key: &Value| keys.iter().filter(|other| other["kid"] == key["kid"]).count() > 1;
    if symmetric != 0 && symmetric != keys.len() {
        Some("secrets and public keys in one set")
    } else if keys.iter().any(twice) {
        Some("two keys of one kid")
    } else {
        None
    }
}

/// Faults of a JWK that `KeyRing` does not see.
fn fault_of_key(vector: &Value, key: &Value, algorithm: Option<Algorithm>) -> Option<&'static str> {
    let Some(algorithm) = algorithm else {
        return Some("its alg is no signature algorithm (RFC 7517 §4.4)");
    };
    let kty = match algorithm.name().get(..2) {
        Some("HS") => "oct",
        Some("ES") => "EC",
        Some("Ed") => "OKP",
        _ => "RSA",
    };
    if key["kty"] != kty {
        Some("its kty is not that of its alg")
    } else if key["use"].as_str().is_some_and(|usage| usage != "sig") {
        Some("its use is not sig (RFC 7517 §4.2)")
    } else if key["key_ops"].as_array().is_some_and(|ops| !ops.iter().any(|op| op == "verify")) {
        Some("its key_ops lack verify (RFC 7517 §4.3)")
    } else if ROCA.iter().any(|id| vector["id"] == *id) {
        Some("its modulus has the ROCA fingerprint, for which nobody looks at an operator's own key")
    } else {
        None
    }
}

/// CVE-2017-15361: the primes of keys from some smart cards can be computed from the modulus.
const ROCA: [&str; 2] = ["json_web_key/7", "json_web_crypto/46"];

/// Prints to standard error directly, because libtest hides the output of a passing test.
fn say(line: &str) {
    writeln!(stderr(), "{line}").expect("standard error");
}

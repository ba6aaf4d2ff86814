//! Compares this library with `jsonwebtoken::decode` on all kinds of tokens. They agree, except for the listed
//! differences.

use std::cell::Cell;

use jsonwebtoken::{Validation, decode, get_current_timestamp};
use jwtauth_tests::figment;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{TestCaseError, TestRunner};
use rocket::http::Status;
use serde::de::IgnoredAny;
use serde_json::json;

use crate::decoded_token::{DecodedToken, members};
use crate::jsonwebtoken_differences::{Difference, ONLY_IT_ACCEPTS, ONLY_WE_ACCEPT};
use crate::signing_keys::{self as keys, Keys};
use crate::token_app::{Anything, App};
use crate::token_strategy::{Draft, draft};

const LEEWAY: u64 = 30;

/// The two libraries, with the same key and equivalent settings.
struct Pair {
    keys: &'static Keys,
    app: App,
    validation: Validation,
    leeway: u64,
}

#[derive(Clone, Copy, Debug)]
struct Verdicts {
    ours: bool,
    its: bool,
    now: u64,
}

impl Pair {
    /// `demanding` sets issuer, audience and a leeway.
    fn new(keys: &'static Keys, demanding: bool) -> Self {
        let mut settings = keys.settings.clone();
        let mut validation = Validation::new(keys.algorithm);
        validation.validate_nbf = true;
        validation.leeway = 0;
        validation.set_required_spec_claims(&["exp", "sub"]);
        if demanding {
            settings["issuer"] = "us".into();
            settings["audience"] = json!(["them", "others"]);
            settings["leeway"] = LEEWAY.into();
            validation.set_issuer(&["us"]);
            validation.set_audience(&["them", "others"]);
            validation.set_required_spec_claims(&["exp", "sub", "iss", "aud"]);
            validation.leeway = LEEWAY;
        }
        let leeway = validation.leeway;
        Pair { keys, app: App::from_figment(figment(settings)), validation, leeway }
    }

    /// The verdicts of both within the same second, because `jsonwebtoken` reads the system's clock.
    fn ask(&self, token: impl Fn(u64) -> String) -> (String, Verdicts) {
        loop {
            let now = get_current_timestamp();
            let token = token(now);
            let its = decode::<IgnoredAny>(&token, &self.keys.verifying, &self.validation).is_ok();
            if get_current_timestamp() == now {
                self.app.clock.set(now);
                let ours = self.app.verify::<()>(&token).is_ok();
                return (token, Verdicts { ours, its, now });
            }
        }
    }

    /// Compares the verdicts on one token. Returns the agreement, or the reason for an allowed difference.
    fn compare(&self, draft: &Draft) -> Result<Outcome, TestCaseError> {
        let (token, verdicts) = self.ask(|now| draft.token(self.keys, now));
        self.compare_guards(&token, verdicts)?;
        let differences: &[Difference] = match verdicts {
            Verdicts { ours: true, its: true, .. } => return Ok(Outcome::BothAccept),
            Verdicts { ours: false, its: false, .. } => return Ok(Outcome::BothRefuse),
            Verdicts { its: true, .. } => &ONLY_IT_ACCEPTS,
            Verdicts { ours: true, .. } => &ONLY_WE_ACCEPT,
        };
        let anatomy = DecodedToken::of(&token, verdicts.now, self.leeway);
        prop_assert!(
            differences.iter().any(|difference| (difference.applies)(&anatomy)),
            "no reason on the list: {verdicts:?}\n{}\n{:?}",
            anatomy.header,
            anatomy.payload,
        );
        Ok(Outcome::Listed)
    }

    /// Checks that the guard agrees with `JwtAuth::verify`, and that a type for any claims refuses only what it can't
    /// represent.
    fn compare_guards(&self, token: &str, verdicts: Verdicts) -> Result<(), TestCaseError> {
        // A header value has no spaces at its ends.
        if token.trim_matches(' ') == token {
            let expected = if verdicts.ours { Status::Ok } else { Status::Unauthorized };
            prop_assert_eq!(self.app.get("/me", token), expected);
        }
        let anything = self.app.verify::<Anything>(token).is_ok();
        prop_assert!(verdicts.ours || !anything, "a claims type made a token acceptable");
        if verdicts.ours && !anything {
            let anatomy = DecodedToken::of(token, verdicts.now, self.leeway);
            let payload = anatomy.payload.as_deref().unwrap_or_default();
            let claims = members(payload);
            let twice = claims.iter().any(|(name, _)| anatomy.claim(name).len() > 1);
            let unfit = claims.iter().any(|(_, value)| serde_json::from_str::<serde_json::Value>(value).is_err());
            prop_assert!(twice || unfit, "no claim occurs twice, and all can be represented: {payload}");
        }
        Ok(())
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Outcome {
    BothAccept,
    BothRefuse,
    Listed,
}

/// Compares the libraries on this many tokens.
fn compare(keys: &'static Keys, cases: u32) {
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    let pairs = [Pair::new(keys, false), Pair::new(keys, true)];
    let counts = [Outcome::BothAccept, Outcome::BothRefuse, Outcome::Listed].map(|outcome| (outcome, Cell::new(0)));
    let result = TestRunner::new(config).run(&draft(keys.name()), |draft| {
        let outcome = pairs[usize::from(draft.demanded)].compare(&draft)?;
        for (_, count) in counts.iter().filter(|(counted, _)| *counted == outcome) {
            count.set(count.get() + 1);
        }
        Ok(())
    });
    if let Err(error) = result {
        panic!("{}: {error}", keys.name());
    }
    println!("{}: {counts:?}", keys.name());
    for (outcome, count) in counts {
        assert!(count.get() > cases / 50, "{}: hardly a token of the kind {outcome:?}", keys.name());
    }
}

#[test]
fn verifier_agrees_with_jsonwebtoken_on_hs256_except_as_listed() {
    compare(&keys::HS256, 4000);
}

#[test]
fn verifier_agrees_with_jsonwebtoken_on_es256_except_as_listed() {
    compare(&keys::ES256, 1000);
}

#[test]
fn verifier_agrees_with_jsonwebtoken_on_eddsa_except_as_listed() {
    compare(&keys::EDDSA, 1000);
}

#[test]
fn verifier_agrees_with_jsonwebtoken_on_rs256_except_as_listed() {
    compare(&keys::RS256, 500);
}

#[test]
fn verifier_and_jsonwebtoken_refuse_damaged_token() {
    let pair = Pair::new(&keys::HS256, false);
    let strategy = (vec(select(&[1_u8, 2, 4, 8, 16, 32, 64][..]), 1..3), any::<prop::sample::Index>());
    let config = ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() };
    let result = TestRunner::new(config).run(&strategy, |(flips, place)| {
        let (token, verdicts) = pair.ask(|now| {
            let token = keys::HS256.sign(r#"{"alg":"HS256"}"#, format!(r#"{{"sub":"alice","exp":{}}}"#, now + 60));
            let mut bytes = token.into_bytes();
            let place = place.index(bytes.len());
            bytes[place] ^= flips.iter().fold(0, |all, flip| all ^ flip);
            String::from_utf8(bytes).expect("ASCII")
        });
        let whole = flips.iter().fold(0, |all, flip| all ^ flip) == 0;
        prop_assert_eq!((verdicts.ours, verdicts.its), (whole, whole), "{}", token);
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn listed_difference_applies_to_exactly_its_own_example() {
    let pair = Pair::new(&keys::HS256, false);
    for (differences, ours) in [(&ONLY_IT_ACCEPTS[..], false), (&ONLY_WE_ACCEPT[..], true)] {
        for difference in differences {
            let (token, verdicts) = pair.ask(difference.example);
            assert_eq!((verdicts.ours, verdicts.its), (ours, !ours), "{}", difference.reason);
            let anatomy = DecodedToken::of(&token, verdicts.now, pair.leeway);
            let applying = differences.iter().filter(|other| (other.applies)(&anatomy));
            let reasons: Vec<&str> = applying.map(|other| other.reason).collect();
            assert_eq!(reasons, [difference.reason], "the example is of one kind");
        }
    }
}

//! Every setting of the reference that affects verdicts, with every token that has up to three faults or variations:
//! the verdicts are the same, so the same checks run in the same order.

use serde_json::{Map, Value, json};

use super::{DAY, HOUR, Reference, merged, nonces, now, secret};
use crate::server::{Refresh, Verdicts};

const ISSUER: &str = "https://shop.example.com";
const LEEWAY: u64 = 300;
/// Within the leeway, and outside of it without one. Both have more margin than the test takes.
const WITHIN_LEEWAY: u64 = LEEWAY / 2;

/// Settings, by their differences from the defaults.
#[derive(Clone, Copy, Debug)]
struct Setup {
    allow_refresh: bool,
    leeway: bool,
    issuer: bool,
    nonce: bool,
    verify_expiration_on_refresh: bool,
    expiration_unlimited: bool,
    refresh_unlimited: bool,
    userid_claim: &'static str,
    scheme: &'static str,
}

impl Setup {
    /// Every combination of the switches. The names alternate.
    fn all() -> impl Iterator<Item = Setup> {
        (0..128_u32).map(|bits| {
            let on = |bit: u32| bits & (1 << bit) != 0;
            let odd = bits.count_ones() % 2 == 1;
            Setup {
                allow_refresh: !on(6),
                leeway: on(0),
                issuer: on(1),
                nonce: on(2),
                verify_expiration_on_refresh: on(3),
                expiration_unlimited: on(4),
                refresh_unlimited: on(5),
                userid_claim: if odd { "user" } else { "sub" },
                scheme: if on(0) == odd { "JWT" } else { "Bearer" },
            }
        })
    }

    fn settings(&self) -> Value {
        let mut settings = merged(
            &secret(),
            &json!({
                "allow_refresh": self.allow_refresh,
                "verify_expiration_on_refresh": self.verify_expiration_on_refresh,
                "userid_claim": self.userid_claim,
                "auth_header_prefix": self.scheme,
            }),
        );
        let mut set = |condition: bool, name: &str, value: Value| {
            if condition {
                settings[name] = value;
            }
        };
        set(self.leeway, "leeway", LEEWAY.into());
        set(self.issuer, "issuer", ISSUER.into());
        set(self.expiration_unlimited, "expiration_delta", "unlimited".into());
        set(self.refresh_unlimited, "refresh_delta", "unlimited".into());
        settings
    }
}

/// A request that is being built, initially without faults.
struct Draft {
    setup: Setup,
    now: u64,
    claims: Map<String, Value>,
    algorithm: &'static str,
    secret: &'static str,
    tampered: bool,
    /// `None` for no header.
    scheme: Option<&'static str>,
}

impl Draft {
    fn new(setup: Setup, now: u64) -> Self {
        let mut draft = Draft {
            setup,
            now,
            claims: Map::new(),
            algorithm: "HS256",
            secret: jwtauth_tests::SECRET,
            tampered: false,
            scheme: Some(setup.scheme),
        };
        draft.set(setup.userid_claim, "alice");
        draft.set("exp", now + HOUR);
        draft.set("refresh_until", now + DAY);
        draft.set("nonce", "first");
        draft.set("iss", ISSUER);
        draft.set("nickname", "Alice");
        draft
    }

    fn set(&mut self, claim: &str, value: impl Into<Value>) {
        self.claims.insert(claim.to_owned(), value.into());
    }

    fn header(&self) -> Option<String> {
        let header = json!({ "alg": self.algorithm, "typ": "JWT" }).to_string();
        let payload = Value::from(self.claims.clone()).to_string();
        let mut token = jwtauth_tests::forge_with(&header, payload, self.secret.as_bytes());
        if self.tampered {
            let (message, signature) = token.rsplit_once('.').expect("three parts");
            let (header, _) = message.split_once('.').expect("three parts");
            let mut claims = self.claims.clone();
            claims.insert(self.setup.userid_claim.into(), "mallory".into());
            token = format!("{header}.{}.{signature}", jwtauth_tests::encode(Value::from(claims).to_string()));
        }
        self.scheme.map(|scheme| format!("{scheme} {token}"))
    }
}

/// One fault or variation of a request.
struct Variation {
    /// Only one variation of each part can apply.
    part: &'static str,
    is: &'static str,
    apply: fn(&mut Draft),
}

const fn vary(part: &'static str, is: &'static str, apply: fn(&mut Draft)) -> Variation {
    Variation { part, is, apply }
}

const OTHER_SECRET: &str = "another secret of the tests, which is as long as the first: 64 b";

const VARIATIONS: &[Variation] = &[
    vary("scheme", "in the other case", |draft| {
        draft.scheme = Some(if draft.setup.scheme == "JWT" { "jwt" } else { "BEARER" })
    }),
    vary("scheme", "another", |draft| draft.scheme = Some("Token")),
    vary("scheme", "no header", |draft| draft.scheme = None),
    vary("signature", "another secret", |draft| draft.secret = OTHER_SECRET),
    vary("signature", "of another payload", |draft| draft.tampered = true),
    vary("signature", "another algorithm", |draft| draft.algorithm = "HS384"),
    vary("iat", "past", |draft| draft.set("iat", draft.now - HOUR)),
    vary("iat", "soon", |draft| draft.set("iat", draft.now + WITHIN_LEEWAY)),
    vary("iat", "future", |draft| draft.set("iat", draft.now + HOUR)),
    vary("nbf", "past", |draft| draft.set("nbf", draft.now - HOUR)),
    vary("nbf", "soon", |draft| draft.set("nbf", draft.now + WITHIN_LEEWAY)),
    vary("nbf", "future", |draft| draft.set("nbf", draft.now + HOUR)),
    vary("exp", "past", |draft| draft.set("exp", draft.now - HOUR)),
    vary("exp", "just past", |draft| draft.set("exp", draft.now - WITHIN_LEEWAY)),
    vary("exp", "missing", |draft| drop(draft.claims.remove("exp"))),
    vary("iss", "another", |draft| draft.set("iss", "https://elsewhere.example.com")),
    vary("iss", "missing", |draft| drop(draft.claims.remove("iss"))),
    vary("aud", "somebody", |draft| draft.set("aud", "somebody")),
    vary("user id", "missing", |draft| drop(draft.claims.remove(draft.setup.userid_claim))),
    vary("nonce", "another", |draft| draft.set("nonce", "second")),
    vary("nonce", "missing", |draft| drop(draft.claims.remove("nonce"))),
    vary("refresh_until", "past", |draft| draft.set("refresh_until", draft.now - HOUR)),
    vary("refresh_until", "just past", |draft| draft.set("refresh_until", draft.now - WITHIN_LEEWAY)),
    vary("refresh_until", "missing", |draft| drop(draft.claims.remove("refresh_until"))),
];

/// A case in which our verdict differs from the reference.
struct Difference {
    why: &'static str,
    applies: fn(&Draft) -> bool,
    /// Our verdict for a verdict of the reference.
    ours: fn(&Verdicts) -> Verdicts,
}

/// The first that applies counts.
const DIFFERENCES: &[Difference] = &[
    Difference {
        why: "a token without `exp` would be valid forever, which only an unlimited `expiration_delta` allows",
        applies: |draft| !draft.setup.expiration_unlimited && !draft.claims.contains_key("exp"),
        ours: |_| Verdicts::REFUSED,
    },
    Difference {
        why: "`refresh_until` was promised when the token was issued; it applies even if `refresh_delta` has \
              become unlimited since",
        applies: |draft| {
            let leeway = if draft.setup.leeway { LEEWAY } else { 0 };
            let until = draft.claims.get("refresh_until").and_then(Value::as_u64);
            draft.setup.refresh_unlimited && until.is_some_and(|until| until + leeway < draft.now)
        },
        ours: |theirs| match theirs.refresh {
            Refresh::Refreshed(_) => Verdicts { refresh: Refresh::Expired, ..theirs.clone() },
            _ => theirs.clone(),
        },
    },
];

/// All choices of up to `most` variations of different parts, starting with none.
fn choices(most: usize) -> Vec<Vec<&'static Variation>> {
    let mut choices: Vec<Vec<&Variation>> = vec![vec![]];
    let mut begin = 0;
    for _ in 0..most {
        let end = choices.len();
        for index in begin..end {
            // Variations of the same part are adjacent, so each choice occurs once.
            let last = choices[index].last().map(|last| last.part);
            let after = VARIATIONS.iter().rposition(|variation| Some(variation.part) == last).map_or(0, |at| at + 1);
            for variation in &VARIATIONS[after..] {
                let mut choice = choices[index].clone();
                choice.push(variation);
                choices.push(choice);
            }
        }
        begin = end;
    }
    choices
}

#[test]
fn verifier_agrees_with_more_jwtauth_under_every_setting() {
    let Some(mut reference) = Reference::start() else { return };
    // All triples where refreshing is on and most is checked. All pairs elsewhere.
    let (pairs, threes) = (choices(2), choices(3));
    let (mut compared, mut faults) = (0, Vec::new());
    let mut differing = [0_usize; DIFFERENCES.len()];
    let mut seen = Vec::new();
    for setup in Setup::all() {
        let server = reference.open(&setup.settings(), setup.nonce.then(nonces));
        let now = now();
        let choices = if setup.allow_refresh && setup.nonce && setup.issuer { &threes } else { &pairs };
        let drafts: Vec<Draft> = choices
            .iter()
            .map(|choice| {
                let mut draft = Draft::new(setup, now);
                choice.iter().for_each(|variation| (variation.apply)(&mut draft));
                draft
            })
            .collect();
        let headers: Vec<_> = drafts.iter().map(Draft::header).collect();
        for ((theirs, ours), (draft, choice)) in
            reference.compare(&server, &headers).into_iter().zip(drafts.iter().zip(choices))
        {
            compared += 1;
            let mut expected = theirs.clone();
            if let Some(index) = DIFFERENCES.iter().position(|difference| (difference.applies)(draft)) {
                expected = (DIFFERENCES[index].ours)(&theirs);
                differing[index] += usize::from(expected != theirs);
            }
            if ours != expected {
                let is: Vec<_> = choice.iter().map(|variation| (variation.part, variation.is)).collect();
                faults.push(format!("{setup:?} {is:?}: the reference {theirs:?}, we {ours:?}"));
            }
            if !seen.contains(&ours) {
                seen.push(ours);
            }
        }
    }
    let total = faults.len();
    faults.truncate(20);
    assert_eq!(total, 0, "of {compared} tokens; the first:\n{}", faults.join("\n"));
    for (difference, count) in DIFFERENCES.iter().zip(differing) {
        assert!(count > 0, "no longer a difference: {}", difference.why);
    }
    // With and without an identity, with each of the three responses to refreshing: all combinations occur.
    assert_eq!(seen.len(), 6, "{seen:?}");
    println!("{compared} tokens compared with more.jwtauth");
}

#[test]
fn choices_never_combine_two_variations_of_one_part() {
    let choices = choices(3);
    for choice in &choices {
        for (index, variation) in choice.iter().enumerate() {
            assert!(choice[..index].iter().all(|other| other.part != variation.part));
        }
    }
    let pairs = choices.iter().filter(|choice| choice.len() == 2).count();
    let all_pairs = VARIATIONS.iter().flat_map(|a| VARIATIONS.iter().map(move |b| (a, b)));
    assert_eq!(pairs * 2, all_pairs.filter(|(a, b)| a.part != b.part).count());
}

//! Measures verifying and issuing a token with every algorithm, against `jsonwebtoken` and against a floor: the same
//! work with a prepared key, one pass of serde, and none of the features of a library. `remembered` is a cached token.
//!
//! ```console
//! $ cargo bench -p jwtauth --features asymmetric --bench tokens            # or with a part of a line's name
//! ```
#![allow(missing_docs)]

#[path = "support/contest.rs"]
mod contest;
#[path = "support/floor.rs"]
mod floor;

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair,
};
use aws_lc_rs::signature::{ECDSA_P521_SHA512_FIXED_SIGNING, EcdsaSigningAlgorithm, KeyPair};
use aws_lc_rs::{encoding::AsDer, rsa, signature::RsaKeyPair};
use contest::Contest;
use floor::Floor;
use jsonwebtoken::{DecodingKey, EncodingKey, Header, Validation};
use jwtauth::{Algorithm, Claims, JwtAuth};
use rocket::figment::providers::Serialized;
use serde::{Deserialize, Serialize};

const SECRET: &str = "sixty-four bytes of a secret that is known to everyone: a bench.";

const ISSUER: &str = "https://shop.example.com";

/// The application's claims.
#[derive(Clone, Serialize, Deserialize)]
struct Profile {
    nickname: String,
    role: String,
}

impl Claims for Profile {}

/// All claims of a token, as `jsonwebtoken` needs them.
#[derive(Clone, Serialize, Deserialize)]
struct Whole {
    sub: String,
    exp: u64,
    iat: u64,
    auth_time: u64,
    iss: String,
    refresh_until: u64,
    nickname: String,
    role: String,
}

/// The same claims, borrowed except for the application's.
#[derive(Serialize)]
struct Borrowed<'b> {
    sub: &'b str,
    exp: u64,
    iat: u64,
    auth_time: u64,
    iss: &'b str,
    refresh_until: u64,
    nickname: String,
    role: String,
}

/// One key for all entrants.
struct Keys {
    setting: &'static str,
    text: String,
    encoding: EncodingKey,
    decoding: DecodingKey,
    floor: Floor,
}

fn keys(algorithm: Algorithm) -> Keys {
    let secret = || Keys {
        setting: "master_secret",
        text: SECRET.to_owned(),
        encoding: EncodingKey::from_secret(SECRET.as_bytes()).expect("not empty"),
        decoding: DecodingKey::from_secret(SECRET.as_bytes()).expect("not empty"),
        floor: Floor::new(algorithm, SECRET.as_bytes(), &[]),
    };
    let pem = |der: &[u8]| {
        let body = base64_simd::STANDARD.encode_to_string(der);
        format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n")
    };
    let ec = |signing: &'static EcdsaSigningAlgorithm| {
        let pair = EcdsaKeyPair::generate(signing).expect("a key");
        let der = pair.to_pkcs8v1().expect("its DER");
        Keys {
            setting: "private_key",
            text: pem(der.as_ref()),
            encoding: EncodingKey::from_ec_der(der.as_ref()),
            decoding: DecodingKey::from_ec_der(pair.public_key().as_ref()),
            floor: Floor::new(algorithm, der.as_ref(), pair.public_key().as_ref()),
        }
    };
    match algorithm {
        Algorithm::ES256 => ec(&ECDSA_P256_SHA256_FIXED_SIGNING),
        Algorithm::ES384 => ec(&ECDSA_P384_SHA384_FIXED_SIGNING),
        Algorithm::ES512 => ec(&ECDSA_P521_SHA512_FIXED_SIGNING),
        Algorithm::EdDSA => {
            let pair = Ed25519KeyPair::generate().expect("a key");
            let der = pair.to_pkcs8v1().expect("its DER");
            Keys {
                setting: "private_key",
                text: pem(der.as_ref()),
                encoding: EncodingKey::from_ed_der(der.as_ref()),
                decoding: DecodingKey::from_ed_der(pair.public_key().as_ref()),
                floor: Floor::new(algorithm, der.as_ref(), pair.public_key().as_ref()),
            }
        }
        algorithm if algorithm.is_hmac() => secret(),
        _ => {
            let pair = RsaKeyPair::generate(rsa::KeySize::Rsa2048).expect("a key");
            let der = pair.as_der().expect("its DER");
            let text = pem(der.as_ref());
            Keys {
                setting: "private_key",
                encoding: EncodingKey::from_rsa_pem(text.as_bytes()).expect("a PEM of RSA"),
                decoding: DecodingKey::from_rsa_der(pair.public_key().as_ref()),
                floor: Floor::new(algorithm, der.as_ref(), pair.public_key().as_ref()),
                text,
            }
        }
    }
}

fn jwtauth(algorithm: Algorithm, keys: &Keys, entries: usize) -> JwtAuth {
    let settings = serde_json::json!({
        "algorithm": algorithm.name(),
        keys.setting: keys.text,
        "issuer": ISSUER,
        "allow_refresh": true,
        "verified_cache": entries,
    });
    let figment = rocket::Config::figment()
        .merge(Serialized::default("jwtauth", settings).profile("default"))
        .merge(Serialized::default("log_level", "off").profile("default"));
    let rocket = rocket::custom(figment).attach(JwtAuth::fairing());
    let rocket = rocket::execute(rocket.ignite()).expect("good settings");
    rocket.state::<JwtAuth>().expect("the fairing is attached").clone()
}

/// The result of a future that is ready, as most of ours are.
fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits for something"),
    }
}

fn verify() {
    println!("\nverify: ratios to jsonwebtoken");
    for algorithm in Algorithm::ALL.iter().copied() {
        let keys = keys(algorithm);
        let (cold, remembering) = (jwtauth(algorithm, &keys, 0), jwtauth(algorithm, &keys, 1000));
        let profile = Profile { nickname: "Alice".into(), role: "reader".into() };
        let runtime = rocket::tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let tokens = runtime.block_on(cold.issue("alice", profile)).expect("a token");
        let token = tokens.access_token();

        let mut contest = Contest::new(format!("verify {algorithm}"))
            .entrant("jwtauth", || now(cold.verify::<Profile>(token)).expect("a good token"))
            .entrant("remembered", || now(remembering.verify::<Profile>(token)).expect("a good token"));
        if let Ok(theirs) = algorithm.name().parse::<jsonwebtoken::Algorithm>() {
            let mut validation = Validation::new(theirs);
            validation.set_issuer(&[ISSUER]);
            let decoding = &keys.decoding;
            contest = contest.entrant("jsonwebtoken", move || {
                jsonwebtoken::decode::<Whole>(token, decoding, &validation).expect("a good token")
            });
        }
        let judge = |whole: &Whole, now| whole.iat <= now && now < whole.exp && whole.iss == ISSUER;
        contest = contest.entrant("floor", || keys.floor.verify(token, judge));
        if let Some(result) = contest.run() {
            result.print("jsonwebtoken");
        }
    }
}

fn issue() {
    println!("\nissue: ratios to jsonwebtoken");
    let runtime = rocket::tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    for algorithm in Algorithm::ALL.iter().copied() {
        let keys = keys(algorithm);
        let jwtauth = jwtauth(algorithm, &keys, 0);
        let profile = Profile { nickname: "Alice".into(), role: "reader".into() };
        let is_rsa = algorithm.name().starts_with(['R', 'P']);
        let whole = Whole {
            sub: "alice".into(),
            exp: 1_750_001_800,
            iat: 1_750_000_000,
            auth_time: 1_750_000_000,
            iss: ISSUER.into(),
            refresh_until: 1_750_604_800,
            nickname: "Alice".into(),
            role: "reader".into(),
        };

        let mut contest = Contest::new(format!("issue {algorithm}")).entrant("jwtauth", || {
            let issue = || jwtauth.issue("alice", profile.clone());
            // Within a runtime, RSA signs on a thread for blocking work.
            let tokens = if is_rsa { runtime.block_on(async { issue().await }) } else { now(issue()) };
            tokens.expect("a token")
        });
        if let Ok(theirs) = algorithm.name().parse::<jsonwebtoken::Algorithm>() {
            let header = Header::new(theirs);
            let (whole, encoding) = (&whole, &keys.encoding);
            contest = contest.entrant("jsonwebtoken", move || {
                jsonwebtoken::encode(&header, &whole.clone(), encoding).expect("a token")
            });
        }
        contest = contest.entrant("floor", || {
            keys.floor.issue(|now| Borrowed {
                sub: "alice",
                exp: now + 1_800,
                iat: now,
                auth_time: now,
                iss: ISSUER,
                refresh_until: now + 604_800,
                nickname: profile.nickname.clone(),
                role: profile.role.clone(),
            })
        });
        if let Some(result) = contest.run() {
            result.print("jsonwebtoken");
        }
    }
}

fn main() {
    verify();
    issue();
}

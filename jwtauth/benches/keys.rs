//! Measures a ring with many keys: verifying with the last of 1, 10 and 100 keys, for tokens with our own header and
//! for tokens with another header that names a key. The key and the token are always the same, so the difference is the
//! selection of the key.
//!
//! ```console
//! $ cargo bench -p jwtauth --bench keys
//! ```
#![allow(missing_docs)]

#[path = "support/contest.rs"]
mod contest;

use contest::Contest;
use hmac::{Hmac, KeyInit, Mac};
use jwtauth::{Algorithm, Key, KeyRing, Secret};
use sha2::Sha256;

const NOW: u64 = 1_750_000_000;

const PAYLOAD: &str = r#"{"sub":"alice","exp":1750001800,"iat":1750000000,"nickname":"Alice","role":"reader"}"#;

fn secret(number: usize) -> String {
    format!("the secret number {number:03}, of a bench")
}

/// A ring with this many keys. The last key is always the same.
fn ring(count: usize) -> KeyRing {
    let key = |number| {
        let secret = Secret::from(secret(number).as_str());
        Key::from_secret(Algorithm::HS256, &secret).expect("a good secret").with_kid(&kid(number))
    };
    KeyRing::new((0..count).rev().map(key)).expect("names of their own")
}

fn kid(number: usize) -> String {
    format!("the key of a month with the number {number:03}")
}

/// A token of another issuer: its header members are in a different order.
fn foreign(kid: &str, secret: &str) -> String {
    let encode = |bytes: &[u8]| base64_simd::URL_SAFE_NO_PAD.encode_to_string(bytes);
    let header = format!(r#"{{"kid":"{kid}","typ":"JWT","alg":"HS256"}}"#);
    let message = format!("{}.{}", encode(header.as_bytes()), encode(PAYLOAD.as_bytes()));
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key").chain_update(&message);
    format!("{message}.{}", encode(&mac.finalize().into_bytes()))
}

fn main() {
    let rings = [1, 10, 100].map(ring);
    let own = rings[0].sign(PAYLOAD.as_bytes(), NOW).expect("a key");
    let foreign = foreign(&kid(0), &secret(0));
    for (name, token) in [("own header", &own), ("foreign header", &foreign)] {
        let [one, ten, hundred] = &rings;
        let verify = |ring: &KeyRing| ring.verify(token, NOW).expect("a good token");
        let contest = Contest::new(name)
            .entrant("1", || verify(one))
            .entrant("10", || verify(ten))
            .entrant("100", || verify(hundred));
        if let Some(result) = contest.run() {
            result.print("1");
            if let (Some(one), Some(hundred)) = (result.median("1"), result.median("100")) {
                println!("{:<22}  100 keys add {:.0} ns", "", hundred - one);
            }
        }
    }
}

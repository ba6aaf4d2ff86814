//! Mutated documents of an issuer: none panics, and none allocates more than its size allows.
//!
//! `JWTAUTH_MUTATIONS` sets the number of mutations.

use std::env;

use allocation_counter::measure;
use serde_json::{Value, json};

use super::body::{Coding, MAX_BODY, decompressed};
use super::jwk_set::MAX_KEYS;
use super::key_source::jwks_uri;
use super::set::KeySet;
use super::skipped::MAX_LINES;
use super::url::Url;
use crate::algorithm::Algorithm;

const ISSUER: &str = "https://id.example.com/realms/shop";

/// Parsed values take more memory than their text: an empty list of 3 bytes becomes a value of 32, in a list that
/// doubles when it grows.
const BYTES_PER_BYTE: u64 = 128;

/// What a document of any size may take, for example for the reasons of skipped keys.
const BYTES: u64 = 128 * 1024;

/// A generator of numbers (SplitMix64), so that a failure can be repeated.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below this one.
    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    fn one_of<'v, T>(&mut self, values: &'v [T]) -> &'v T {
        &values[self.below(values.len())]
    }
}

fn keys() -> Value {
    let modulus = "_".repeat(342);
    json!({ "keys": [
        { "kty": "RSA", "n": modulus, "e": "AQAB", "alg": "RS256", "use": "sig", "kid": "a", "x5c": ["MIIB"], "x5t": "AAAA" },
        { "kty": "RSA", "n": format!("AA{modulus}"), "e": "AAEAAQ", "oth": [], "d": null, "key_ops": ["verify"] },
        { "kty": "EC", "crv": "P-256", "kid": "b", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
          "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0" },
        { "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "alg": "Ed25519" },
        { "kty": "AKP", "alg": "ML-DSA-65", "pub": "AAAA", "kid": "c" },
        { "kty": "oct", "k": "AAAA", "use": "enc", "kid": 7 },
    ] })
}

fn discovery() -> Value {
    json!({
        "issuer": ISSUER, "jwks_uri": "https://id.example.com/jwks", "scopes_supported": ["openid"],
        "claims": { "a": [true, null, 1.5] }, "token_endpoint": "https://id.example.com/token",
    })
}

fn values() -> Vec<Value> {
    let mut values = vec![
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(1e300),
        json!(u64::MAX),
        json!(""),
        json!("AA"),
        json!("AA=="),
        json!("+/8"),
        json!([]),
        json!({}),
        json!([[]]),
        json!({ "": "" }),
        json!("\u{feff}"),
        json!("\u{0}\u{1b}[2J"),
        json!("RSA"),
        json!("EC"),
        json!("OKP"),
        json!("oct"),
        json!("Ed25519"),
        json!("P-384"),
        json!("P-521"),
        json!("RS256"),
        json!("ES256"),
        json!("HS256"),
        json!("none"),
        json!("enc"),
        json!("sig"),
        json!(["verify"]),
        json!("http://127.0.0.1"),
        json!("https://[::1]:99999/"),
        json!("https://a@b/"),
        json!(ISSUER),
        json!("A".repeat(3000)),
        json!(vec![json!({}); 300]),
        json!(vec!["kid"; 300]),
    ];
    values.extend(["_".repeat(342), "_".repeat(1366), format!("{}8", "A".repeat(400))].map(Value::from));
    values
}

/// The names of members, whose values are exchanged.
const NAMES: [&str; 22] = [
    "keys", "kty", "crv", "x", "y", "n", "e", "d", "p", "q", "dp", "dq", "qi", "oth", "k", "kid", "use", "alg",
    "key_ops", "issuer", "jwks_uri", "other",
];

/// Pieces that are inserted into the text.
const PIECES: [&str; 20] = [
    "\"",
    "\\",
    "\\u0000",
    "\\ud800",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "null",
    "1e999",
    "-",
    "\"keys\":[",
    "\"d\":\"AA\",",
    "{\"keys\":[{}]}",
    "\u{feff}",
    "\"$serde_json::private::RawValue\":",
    "[[[[[[[[[[[[[[[[",
    "\u{ff}\u{0}",
];

/// Replaces one value in the document, or adds one.
fn exchange(document: &mut Value, numbers: &mut Numbers, values: &[Value]) {
    match document {
        Value::Object(members) if !members.is_empty() && numbers.below(4) > 0 => {
            let place = numbers.below(members.len());
            if let Some(value) = members.values_mut().nth(place) {
                exchange(value, numbers, values);
            }
        }
        Value::Array(items) if !items.is_empty() && numbers.below(4) > 0 => {
            let place = numbers.below(items.len());
            exchange(&mut items[place], numbers, values);
        }
        Value::Object(members) => {
            members.insert((*numbers.one_of(&NAMES)).to_owned(), numbers.one_of(values).clone());
        }
        Value::Array(items) => {
            let copies = vec![numbers.one_of(values).clone(); 1 + numbers.below(3)];
            items.extend(copies);
        }
        value => *value = numbers.one_of(values).clone(),
    }
}

/// Changes bytes of the text.
fn scramble(text: &mut Vec<u8>, numbers: &mut Numbers) {
    let (from, to) = (numbers.below(text.len()), numbers.below(text.len()));
    let (from, to) = (from.min(to), from.max(to));
    match numbers.below(6) {
        0 if from < text.len() => text[from] ^= 1 << numbers.below(8),
        1 => drop(text.drain(from..to.min(from + 40))),
        2 => text.truncate(from),
        3 => {
            let copy = text[from..to].to_vec();
            text.extend(copy);
        }
        4 if from < text.len() => text[from] = numbers.next() as u8,
        _ => drop(text.splice(from..from, numbers.one_of(&PIECES).bytes())),
    }
}

/// A mutation of the document.
fn mutated(document: &Value, numbers: &mut Numbers, values: &[Value]) -> Vec<u8> {
    let mut document = document.clone();
    for _ in 0..numbers.below(4) {
        exchange(&mut document, numbers, values);
    }
    let mut text = document.to_string().into_bytes();
    // Most scrambled texts are no JSON.
    if numbers.below(2) == 0 {
        for _ in 0..1 + numbers.below(2) {
            scramble(&mut text, numbers);
        }
    }
    text.truncate(MAX_BODY);
    text
}

/// Runs this on each mutation, and checks how much it allocates.
fn on_mutations(document: &Value, mut read: impl FnMut(&[u8]) -> bool) {
    let count = env::var("JWTAUTH_MUTATIONS").ok().and_then(|count| count.parse().ok()).unwrap_or(20_000);
    let (mut numbers, values, mut good) = (Numbers(1), values(), 0);
    for place in 0..count {
        let text = mutated(document, &mut numbers, &values);
        let used = measure(|| good += usize::from(read(&text)));
        let most = BYTES + BYTES_PER_BYTE * text.len() as u64;
        assert!(used.bytes_max <= most, "mutation {place}: {} bytes for {}", used.bytes_max, text.len());
    }
    // Neither all of them nor none are usable: otherwise the mutations test nothing.
    assert!(good > count / 20 && good < count, "{good} of {count}");
}

#[test]
fn mutated_key_set_neither_panics_nor_allocates_without_bound() {
    on_mutations(&keys(), |text| {
        let Ok(set) = KeySet::parse(text, Algorithm::ALL) else { return false };
        assert!(set.len() <= MAX_KEYS && set.skipped().lines().len() <= MAX_LINES);
        assert!(set.skipped().lines().iter().all(|line| line.len() < 1000), "{:?}", set.skipped().lines());
        for algorithm in Algorithm::ALL {
            for kid in [None, Some("a"), Some("b")] {
                // No set verifies a token that has no signature.
                assert!(set.check(*algorithm, kid, "", b"message", b"").is_err());
            }
        }
        assert!(!set.has(Algorithm::HS256, None));
        !set.is_empty()
    });
}

#[test]
fn mutated_discovery_document_neither_panics_nor_allocates_without_bound() {
    let at = Url::parse("https://id.example.com/.well-known/openid-configuration", None).expect("a URL");
    on_mutations(&discovery(), |text| match jwks_uri(text, ISSUER, &at, None) {
        Ok(url) => {
            assert!(url.is_secure());
            let document: Value =
                serde_json::from_slice(text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text)).expect("JSON");
            assert_eq!(document["issuer"], ISSUER);
            true
        }
        Err(error) => {
            assert!(error.problem().len() < 3000, "{error}");
            false
        }
    });
}

#[test]
fn mutated_compressed_body_neither_panics_nor_allocates_without_bound() {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::{GzEncoder, ZlibEncoder};

    let (mut gzip, mut zlib) =
        (GzEncoder::new(Vec::new(), Compression::best()), ZlibEncoder::new(Vec::new(), Compression::best()));
    // Much more than the limit, as a bomb has.
    let text = " ".repeat(4 * MAX_BODY) + &keys().to_string();
    let gzip = gzip.write_all(text.as_bytes()).and_then(|()| gzip.finish()).expect("compressed");
    let zlib = zlib.write_all(text.as_bytes()).and_then(|()| zlib.finish()).expect("compressed");
    let at = Url::parse("https://id.example.com/jwks", None).expect("a URL");
    let mut numbers = Numbers(1);
    for (coding, bomb) in [(Coding::Gzip, gzip), (Coding::Deflate, zlib)] {
        assert_eq!(coding.decoded(&bomb).expect("its start").len(), MAX_BODY + 1);
        assert!(decompressed(coding, &bomb, &at).is_err_and(|error| error.problem().contains("more than 256 KiB")));
        for _ in 0..200 {
            let mut body = bomb.clone();
            for _ in 0..1 + numbers.below(3) {
                scramble(&mut body, &mut numbers);
            }
            let mut length = 0;
            let used = measure(|| length = decompressed(coding, &body, &at).map_or(0, |decoded| decoded.len()));
            assert!(length <= MAX_BODY, "{length} bytes");
            assert!(used.bytes_max <= 4 * MAX_BODY as u64, "{} bytes", used.bytes_max);
        }
    }
}

//! What a ring of many keys costs: verifying with the last of 1, 10 and 100 keys, of tokens with our own header and of
//! tokens with a header of somebody else's, with `kid`. One of them is compared with another ring of the same size, so
//! that the difference is that of picking the key.
//!
//! The variants of a group run in one process, one after the other; only their differences and ratios mean anything.
#![allow(missing_docs)]

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use hmac::{Hmac, KeyInit, Mac};
use jwtauth::{Algorithm, Key, KeyRing, Secret};
use sha2::Sha256;

const NOW: u64 = 1_750_000_000;

const PAYLOAD: &str = r#"{"sub":"alice","exp":1750001800,"iat":1750000000,"nickname":"Alice","role":"reader"}"#;

fn secret(number: usize) -> String {
    format!("the secret number {number:03}, of a bench")
}

fn ring(count: usize) -> KeyRing {
    let key = |number| {
        let secret = Secret::from(secret(number).as_str());
        let name = format!("the key of a month with the number {number:03}");
        Key::from_secret(Algorithm::HS256, &secret).expect("a good secret").with_kid(&name)
    };
    KeyRing::new((0..count).map(key)).expect("names of their own")
}

/// A token as others write it: with members in another order than ours.
fn foreign(kid: &str, secret: &str) -> String {
    let encode = |bytes: &[u8]| base64_simd::URL_SAFE_NO_PAD.encode_to_string(bytes);
    let header = format!(r#"{{"kid":"{kid}","typ":"JWT","alg":"HS256"}}"#);
    let message = format!("{}.{}", encode(header.as_bytes()), encode(PAYLOAD.as_bytes()));
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key").chain_update(&message);
    format!("{message}.{}", encode(&mac.finalize().into_bytes()))
}

fn pick(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("pick");
    for count in [1, 10, 100] {
        let ring = ring(count);
        let last = ring.keys().last().expect("a key");
        let alone = KeyRing::from(
            Key::from_secret(Algorithm::HS256, &Secret::from(secret(count - 1).as_str()))
                .expect("a good secret")
                .with_kid(last.kid()),
        );
        let own = alone.sign(PAYLOAD.as_bytes(), NOW).expect("a key");
        let foreign = foreign(last.kid(), &secret(count - 1));
        for (header, token) in [("own", &own), ("foreign", &foreign)] {
            group.bench_function(BenchmarkId::new(header, count), |bencher| {
                bencher.iter(|| ring.verify(token, NOW).expect("a good token"));
            });
        }
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(100)
        .warm_up_time(std::time::Duration::from_millis(500))
        .measurement_time(std::time::Duration::from_secs(2));
    targets = pick
}
criterion_main!(benches);

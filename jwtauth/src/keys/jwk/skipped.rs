//! Explains why a key of a JWK set can't be used.

use serde_json::{Map, Value};

use super::read;
use crate::algorithm::Algorithm;

/// Members that make a key unusable, each with the reason.
const REASONS: [(&[&str], &str); 5] = [
    (&["d", "p", "q", "dp", "dq", "qi", "oth", "k"], "its private part is published with it"),
    (&["use"], "its `use` is not `sig`"),
    (&["key_ops"], "its `key_ops` does not include `verify`"),
    (&["alg"], "its `alg` is unknown, or not one of its type of key"),
    (&["kid"], "its `kid` is not a text"),
];

/// Why a member of a JWK set can't verify any token. The reason is what would have to change.
pub(crate) fn skipped(jwk: &Value, allowed: &[Algorithm]) -> String {
    let Value::Object(members) = jwk else {
        return "it is not a JSON object".to_owned();
    };
    let text = |name: &str| members.get(name).and_then(Value::as_str);
    let all: Vec<Algorithm> = Algorithm::ALL.iter().copied().filter(|algorithm| !algorithm.is_hmac()).collect();
    let readable = |members: &Map<String, Value>| read(&Value::Object(members.clone()), &all);
    match text("kty") {
        Some("EC" | "RSA" | "OKP") => {}
        Some("oct") => return "it is a shared secret (`kty` is `oct`)".to_owned(),
        Some(_) => return "its type of key (`kty`) is unknown".to_owned(),
        None => return "it has no `kty`".to_owned(),
    }
    let fits = readable(members);
    if !fits.is_empty() && !fits.iter().any(|member| allowed.contains(&member.key.algorithm())) {
        let names: Vec<&str> = fits.iter().map(|member| member.key.algorithm().name()).collect();
        return format!("it is for {}, which `algorithms` does not accept", names.join(", "));
    }
    let (mut left, mut found) = (members.clone(), Vec::new());
    for (names, reason) in REASONS {
        let mut without = left.clone();
        without.retain(|name, _| !names.contains(&name.as_str()));
        if without.len() == left.len() {
            continue;
        }
        // Whether the key is readable with only these members and those that its type requires.
        let mut only = members.clone();
        only.retain(|name, _| {
            names.contains(&name.as_str()) || !REASONS.iter().any(|(names, _)| names.contains(&name.as_str()))
        });
        if readable(&only).is_empty() {
            found.push(reason);
        }
        left = without;
    }
    if readable(&left).is_empty() {
        return wrong_numbers(members).to_owned();
    }
    match found.is_empty() {
        true => "it can't be used".to_owned(),
        false => found.join("; "),
    }
}

/// The reason for a key whose type or numbers are invalid.
fn wrong_numbers(members: &Map<String, Value>) -> &'static str {
    let text = |name: &str| members.get(name).and_then(Value::as_str);
    match (text("kty"), text("crv")) {
        (Some("EC"), Some("P-256" | "P-384" | "P-521")) => "its `x` and `y` are not a point on the curve",
        (Some("EC"), _) => "its curve (`crv`) is not P-256, P-384 or P-521",
        (Some("OKP"), Some("Ed25519")) => "its `x` is not a public key of Ed25519",
        (Some("OKP"), _) => "its curve (`crv`) is not Ed25519",
        _ => "its `n` and `e` are not an RSA key of 2048 to 8192 bits",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn skipped_jwk_has_its_reason() {
        let good = json!({ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" });
        let with = |name: &str, value: Value| {
            let mut jwk = good.clone();
            jwk[name] = value;
            jwk
        };
        let small = json!({ "kty": "RSA", "n": "_".repeat(171), "e": "AQAB" });
        for (jwk, reason) in [
            (json!(7), "not a JSON object"),
            (json!({}), "no `kty`"),
            (json!({ "kty": "oct", "k": "AAAA" }), "shared secret"),
            (with("kty", json!("AKP")), "type of key"),
            (with("crv", json!("X25519")), "not Ed25519"),
            (with("x", json!("AAAA")), "not a public key of Ed25519"),
            (with("d", json!("AAAA")), "private part"),
            (with("use", json!("enc")), "`use`"),
            (with("key_ops", json!(["sign"])), "`key_ops`"),
            (with("alg", json!("HS256")), "`alg`"),
            (with("kid", json!(7)), "`kid`"),
            (json!({ "kty": "EC", "crv": "secp256k1" }), "P-521"),
            (json!({ "kty": "EC", "crv": "P-256", "x": "AA", "y": "AA" }), "point on the curve"),
            (small, "2048"),
        ] {
            assert!(read(&jwk, &[Algorithm::EdDSA, Algorithm::ES256]).is_empty());
            let said = skipped(&jwk, &[Algorithm::EdDSA, Algorithm::ES256]);
            assert!(said.contains(reason), "{jwk}: {said}");
        }
        let said = skipped(&good, &[Algorithm::ES256]);
        assert_eq!(said, "it is for EdDSA, which `algorithms` does not accept");
        let mut twice = with("use", json!("enc"));
        twice["kid"] = json!(7);
        assert_eq!(skipped(&twice, &[Algorithm::EdDSA]), "its `use` is not `sig`; its `kid` is not a text");
    }
}

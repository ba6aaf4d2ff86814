//! The allowed differences between the verdicts of this library and `jsonwebtoken` 12.0, each with a reason. Any other
//! difference is a bug in one of them.

use jwtauth_tests::encode;

use crate::decoded_token::{DecodedToken, depth, members};
use crate::signing_keys::HS256;

/// A kind of token that only one of the libraries accepts.
pub(crate) struct Difference {
    pub(crate) reason: &'static str,
    /// Whether a token is of this kind.
    pub(crate) applies: fn(&DecodedToken) -> bool,
    /// A token of this kind at this time, with HS256.
    pub(crate) example: fn(u64) -> String,
}

/// Tokens that only `jsonwebtoken` accepts, and why we refuse them.
pub(crate) const ONLY_IT_ACCEPTS: [Difference; 18] = [
    Difference {
        reason: "aud is null, which `jsonwebtoken` reads as absent; a claim of the wrong type is refused (RFC 7519 §4.1.3)",
        applies: |token| token.claim("aud").contains(&"null"),
        example: |now| payload(r#""aud":null"#, now),
    },
    Difference {
        reason: "the user id is empty and identifies no user",
        applies: |token| token.claim("sub").contains(&r#""""#),
        example: |now| HS256.sign(ALG, format!(r#"{{"sub":"","exp":{}}}"#, now + 60)),
    },
    Difference {
        reason: "crit is null, which `jsonwebtoken` reads as absent; it must be an array of names (RFC 7515 §4.1.11)",
        applies: |token| token.parameter("crit").contains(&"null"),
        example: |now| header(r#""crit":null"#, now),
    },
    Difference {
        reason: "b64 is an extension that we do not implement, whether crit names it or not (RFC 7797 §7)",
        applies: |token| !token.parameter("b64").is_empty(),
        example: |now| header(r#""b64":true,"crit":["b64"]"#, now),
    },
    Difference {
        reason: "typ is that of another kind of token, or not a string (RFC 8725 §3.11)",
        applies: |token| token.parameter("typ").iter().any(|typ| !matches!(*typ, r#""JWT""# | r#""at+jwt""#)),
        example: |now| header(r#""typ":"dpop+jwt""#, now),
    },
    Difference {
        reason: "kid names an unknown key, or is not a string (RFC 7515 §4.1.4)",
        applies: |token| !token.parameter("kid").is_empty(),
        example: |now| header(r#""kid":"other""#, now),
    },
    Difference {
        reason: "alg is an object, serde's other form of an enum; JOSE requires a string (RFC 7515 §4.1.1)",
        applies: |token| token.parameter("alg").iter().any(|alg| alg.starts_with('{')),
        example: |now| HS256.sign(r#"{"alg":{"HS256":null}}"#, claims("", now)),
    },
    Difference {
        reason: "header or payload are nested deeper than 64 levels, which limits the work for a token",
        applies: |token| depth(&token.header).max(token.payload.as_deref().map_or(0, depth)) > 64,
        example: |now| payload(&format!(r#""foo":{}{}"#, "[".repeat(64), "]".repeat(64)), now),
    },
    Difference {
        reason: "longer than 16 KiB, which limits the memory for a token",
        applies: |token| token.length > 16 * 1024,
        example: |now| payload(&format!(r#""foo":"{}""#, "a".repeat(12 * 1024)), now),
    },
    Difference {
        reason: "exp is the current second, at which a token is no longer valid (RFC 7519 §4.1.4); a fraction is cut, not rounded",
        applies: |token| token.number("exp").is_some_and(|exp| exp.floor() + token.leeway as f64 <= token.now as f64),
        example: |now| HS256.sign(ALG, format!(r#"{{"sub":"alice","exp":{now}}}"#)),
    },
    Difference {
        reason: "iat is in the future by more than a minute: the issuer's clock is wrong",
        applies: |token| token.number("iat").is_some_and(|iat| iat.ceil() > (token.now + token.leeway.max(60)) as f64),
        example: |now| payload(&format!(r#""iat":{}"#, now + 120), now),
    },
    Difference {
        reason: "nbf is in the future by a fraction of a second, which `jsonwebtoken` rounds away",
        applies: |token| token.number("nbf").is_some_and(|nbf| nbf.ceil() > (token.now + token.leeway) as f64),
        example: |now| payload(&format!(r#""nbf":{now}.3"#), now),
    },
    Difference {
        reason: "a time is not a number, or beyond the year 9999: wrong types are refused, never skipped",
        applies: |token| TIMES.iter().flat_map(|name| token.claim(name)).any(|time| !is_time(time)),
        example: |now| payload(r#""iat":"soon""#, now),
    },
    Difference {
        reason: "nonce is not a string, or contains half a surrogate pair: wrong types are refused, never skipped",
        applies: |token| token.claim("nonce").iter().any(|nonce| !is_string(nonce)),
        example: |now| payload(r#""nonce":7"#, now),
    },
    Difference {
        reason: "iss is not a string (RFC 7519 §4.1.1)",
        applies: |token| token.claim("iss").iter().any(|issuer| !is_string(issuer)),
        example: |now| payload(r#""iss":["us"]"#, now),
    },
    Difference {
        reason: "a claim that we read and `jsonwebtoken` does not occurs twice (RFC 8725 §2.4)",
        applies: |token| OURS.iter().any(|name| token.claim(name).len() > 1),
        example: |now| payload(&format!(r#""iat":{now},"iat":{now}"#), now),
    },
    Difference {
        reason: "the payload is an array, serde's other form of a struct; a JWT requires an object (RFC 7519 §3)",
        applies: |token| token.payload.as_deref().is_some_and(|payload| payload.trim_start().starts_with('[')),
        example: |now| HS256.sign(ALG, format!(r#"[{},0,"alice",null,null]"#, now + 60)),
    },
    Difference {
        reason: "the payload is not UTF-8 (RFC 7519 §3) in a part that `jsonwebtoken` does not check",
        applies: |token| token.payload.is_none(),
        example: |now| {
            let mut bytes = claims(r#""foo":"?""#, now).into_bytes();
            *bytes.iter_mut().find(|byte| **byte == b'?').expect("a mark") = 0xff;
            HS256.sign_parts(&encode(ALG), &encode(bytes))
        },
    },
];

/// Tokens that only we accept. Except for the first kind, they have header parameters that we ignore whatever their
/// values are (RFC 7515 §4), and that `jsonwebtoken` parses.
pub(crate) const ONLY_WE_ACCEPT: [Difference; 4] = [
    Difference {
        reason: "nbf is a time before 1970, which `jsonwebtoken` does not accept as a number",
        applies: |token| token.number("nbf").is_some_and(|nbf| nbf < 0.0),
        example: |now| payload(r#""nbf":-1"#, now),
    },
    Difference {
        reason: "a parameter that we do not read has a type that `jsonwebtoken` does not expect",
        applies: |token| {
            let strings = ["jku", "x5u", "x5t", "x5t#S256", "cty", "enc", "zip", "url", "nonce"];
            let wrong = |value: &&str| !value.starts_with('"') && *value != "null";
            strings.iter().flat_map(|name| token.parameter(name)).any(|value| wrong(&value))
                || ["jwk", "x5c"].iter().flat_map(|name| token.parameter(name)).any(|value| value != "null")
        },
        example: |now| header(r#""cty":7"#, now),
    },
    Difference {
        reason: "a parameter that we do not read occurs twice",
        applies: |token| READ_BY_IT.iter().any(|name| token.parameter(name).len() > 1),
        example: |now| header(r#""cty":"a","cty":"a""#, now),
    },
    Difference {
        reason: "an unknown parameter has a value that `jsonwebtoken` can't represent: a huge number, half a surrogate pair",
        applies: |token| {
            let header = members(&token.header);
            header.iter().any(|(_, value)| serde_json::from_str::<serde_json::Value>(value).is_err())
        },
        example: |now| header(r#""foo":1e999"#, now),
    },
];

const ALG: &str = r#"{"alg":"HS256"}"#;

const TIMES: [&str; 5] = ["exp", "nbf", "iat", "auth_time", "refresh_until"];

/// The claims that we read and `jsonwebtoken` does not.
const OURS: [&str; 4] = ["iat", "auth_time", "refresh_until", "nonce"];

/// The header parameters that `jsonwebtoken` reads and we do not.
const READ_BY_IT: [&str; 11] = ["jku", "jwk", "x5u", "x5c", "x5t", "x5t#S256", "cty", "enc", "zip", "url", "nonce"];

fn is_time(value: &str) -> bool {
    value.parse().is_ok_and(|seconds| (f64::MIN..=253_402_300_799.0).contains(&seconds))
}

fn is_string(value: &str) -> bool {
    serde_json::from_str::<String>(value).is_ok()
}

/// Valid claims, followed by these.
fn claims(more: &str, now: u64) -> String {
    let comma = if more.is_empty() { "" } else { "," };
    format!(r#"{{"sub":"alice","exp":{}{comma}{more}}}"#, now + 60)
}

fn payload(more: &str, now: u64) -> String {
    HS256.sign(ALG, claims(more, now))
}

fn header(more: &str, now: u64) -> String {
    HS256.sign(&format!(r#"{{"alg":"HS256",{more}}}"#), claims("", now))
}

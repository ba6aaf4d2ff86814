//! Unusual tokens. If the reference accepts a token that we refuse, the line has the reason.

use jwtauth_tests::{SECRET, encode, forge};
use serde_json::{Value, json};

use super::{DAY, HOUR, Reference, good, merged, nonces, now, secret};
use crate::server::{Nonces, Refresh, Server, Verdicts};

const WRONG_TYPE: Option<&str> = Some("a claim of the wrong JSON type is refused, never skipped or converted");
const CALENDAR: Option<&str> = Some("a time after 9999 is never intended");
const USERID: Option<&str> = Some("the user id is always a JSON string, and never empty");
const AUDIENCE: Option<&str> = Some("a token with `aud` is for other services, even if the list is empty");
const TWICE: Option<&str> = Some("no member that we read occurs twice: parsers differ in which one counts");
const HEADER: Option<&str> = Some("a header is refused if a member must be understood or is invalid");
const CANONICAL: Option<&str> = Some("a token has one form: unpadded canonical base64url, of UTF-8");
const BOUNDED: Option<&str> = Some("the length and the depth of a token are bounded");

/// Claims in a token of Alice, in JSON, which replace the usual ones. With a reason, we refuse the token, whatever the
/// reference does. Without one, the verdicts are the same.
const CLAIMS: &[(&str, Option<&str>)] = &[
    (r#""exp": 4102444800"#, None),
    (r#""exp": 4102444800.9"#, None),
    (r#""exp": 4.1024448e9"#, None),
    (r#""exp": 0"#, None),
    (r#""exp": "soon""#, WRONG_TYPE),
    (r#""exp": "4102444800""#, WRONG_TYPE),
    (r#""exp": null"#, WRONG_TYPE),
    (r#""exp": true"#, WRONG_TYPE),
    (r#""exp": [4102444800]"#, WRONG_TYPE),
    (r#""exp": {}"#, WRONG_TYPE),
    (r#""exp": NaN"#, WRONG_TYPE),
    (r#""exp": Infinity"#, WRONG_TYPE),
    (r#""exp": 1e308"#, CALENDAR),
    (r#""exp": -1"#, None),
    (r#""exp": -1e308"#, None),
    (r#""exp": 18446744073709551616"#, CALENDAR),
    (r#""exp": 253402300800"#, CALENDAR),
    (r#""exp": 4102444800, "exp": 4102444800"#, TWICE),
    (r#""iat": 1000"#, None),
    (r#""iat": 1000.5"#, None),
    (r#""iat": "soon""#, None),
    (r#""iat": 1e308"#, None),
    (r#""iat": "1000""#, WRONG_TYPE),
    (r#""iat": null"#, WRONG_TYPE),
    (r#""iat": true"#, WRONG_TYPE),
    (r#""iat": -1"#, None),
    (r#""nbf": 1000"#, None),
    (r#""nbf": 1000.5"#, None),
    (r#""nbf": "soon""#, None),
    (r#""nbf": 1e308"#, None),
    (r#""nbf": "1000""#, WRONG_TYPE),
    (r#""nbf": null"#, WRONG_TYPE),
    (r#""nbf": true"#, WRONG_TYPE),
    (r#""nbf": -1"#, None),
    (r#""refresh_until": 4102444800.5"#, None),
    (r#""refresh_until": 0"#, None),
    (r#""refresh_until": "soon""#, WRONG_TYPE),
    (r#""refresh_until": "4102444800""#, WRONG_TYPE),
    (r#""refresh_until": null"#, WRONG_TYPE),
    (r#""refresh_until": true"#, WRONG_TYPE),
    (r#""refresh_until": []"#, WRONG_TYPE),
    (r#""refresh_until": 1e308"#, CALENDAR),
    (r#""refresh_until": -1"#, None),
    (r#""refresh_until": -1.5"#, None),
    (r#""nonce": """#, None),
    (r#""nonce": "fir\u0073t""#, None),
    (r#""nonce": 42"#, WRONG_TYPE),
    (r#""nonce": null"#, WRONG_TYPE),
    (r#""nonce": ["first"]"#, WRONG_TYPE),
    (r#""nonce": null, "sub": "nobody""#, WRONG_TYPE),
    (r#""nonce": "first", "nonce": "first""#, TWICE),
    (r#""iss": """#, None),
    (r#""iss": "https:\/\/shop.example.com""#, None),
    (r#""iss": "HTTPS://shop.example.com""#, None),
    (r#""iss": 42"#, WRONG_TYPE),
    (r#""iss": null"#, WRONG_TYPE),
    (r#""iss": ["https://shop.example.com"]"#, WRONG_TYPE),
    (r#""aud": "somebody""#, None),
    (r#""aud": ["somebody", "somebody else"]"#, None),
    (r#""aud": 42"#, None),
    (r#""aud": {"somebody": true}"#, None),
    (r#""aud": """#, AUDIENCE),
    (r#""aud": []"#, AUDIENCE),
    (r#""aud": null"#, WRONG_TYPE),
    (r#""aud": false"#, WRONG_TYPE),
    (r#""aud": 0"#, WRONG_TYPE),
    (r#""aud": {}"#, WRONG_TYPE),
    (r#""sub": null"#, None),
    (r#""sub": """#, USERID),
    (r#""sub": "\u0061lice""#, None),
    (r#""sub": "alice ""#, None),
    (r#""sub": "Ålice 🦀 \"\\ ""#, None),
    (r#""sub": "ali\u0000ce""#, None),
    (r#""sub": 42"#, USERID),
    (r#""sub": 0"#, USERID),
    (r#""sub": true"#, USERID),
    (r#""sub": ["alice"]"#, USERID),
    (r#""sub": {}"#, USERID),
    (r#""sub": "mallory", "sub": "alice""#, TWICE),
    (r#""auth_time": 1000"#, None),
    (r#""auth_time": "yesterday""#, WRONG_TYPE),
    (r#""auth_time": null"#, WRONG_TYPE),
    (r#""jti": 42"#, None),
    (r#""sid": 42"#, None),
    (r#""nickname": null"#, None),
    (r#""nickname": {"deeply": [{"in": {"there": [1, 2.5, "three", null, true]}}]}"#, None),
    (r#""": "a claim without a name""#, None),
];

/// The header, in JSON.
const HEADERS: &[(&str, Option<&str>)] = &[
    (r#"{"alg":"HS256"}"#, None),
    (r#"{"typ":"JWT","alg":"HS256"}"#, None),
    (r#" { "alg" : "HS256" } "#, None),
    (r#"{"alg":"HS256","typ":"at+jwt"}"#, None),
    (r#"{"alg":"HS256","typ":"jwt"}"#, None),
    (r#"{"alg":"HS256","x5t":42,"cty":"JWT","x":{"y":[]}}"#, None),
    (r#"{"alg":"HS256","jku":"https://elsewhere.example.com/keys","x5u":"https://elsewhere.example.com"}"#, None),
    (r#"{"alg":"HS256","jwk":{"kty":"oct","k":"AAAA"}}"#, None),
    (r#"{"alg":"HS384"}"#, None),
    (r#"{"alg":"hs256"}"#, None),
    (r#"{"alg":"none"}"#, None),
    (r#"{"alg":"RS256"}"#, None),
    (r#"{"alg":""}"#, None),
    (r#"{"alg":null}"#, None),
    (r#"{"typ":"JWT"}"#, None),
    (r#"{}"#, None),
    (r#"[]"#, None),
    (r#""HS256""#, None),
    (r#"{"alg":"HS256"} "x""#, None),
    (r#"{"alg":"HS256""#, None),
    (r#""#, None),
    (r#"{"alg":"HS256","b64":false}"#, None),
    (r#"{"alg":"HS256","b64":true}"#, HEADER),
    (r#"{"alg":"HS256","crit":["exp"],"exp":1}"#, HEADER),
    (r#"{"alg":"HS256","crit":[]}"#, HEADER),
    (r#"{"alg":"HS256","typ":"dpop+jwt"}"#, HEADER),
    (r#"{"alg":"HS256","typ":42}"#, HEADER),
    (r#"{"alg":"HS256","kid":"somebody's"}"#, HEADER),
    (r#"{"alg":"HS256","kid":42}"#, HEADER),
    (r#"{"alg":"none","alg":"HS256"}"#, TWICE),
    (r#"{"alg":"HS256","alg":"HS256"}"#, TWICE),
];

const HEADER_OF_ALL: &str = r#"{"alg":"HS256","typ":"JWT"}"#;
const ISSUER: &str = "https://shop.example.com";

/// Two applications: one with few requirements for a token, and one with all possible requirements.
fn setups() -> [(Value, Option<Nonces>); 2] {
    let little = json!({ "allow_refresh": true });
    let all = json!({ "allow_refresh": true, "issuer": ISSUER, "verify_expiration_on_refresh": true });
    [(merged(&secret(), &little), None), (merged(&secret(), &all), Some(nonces()))]
}

fn usual_claims() -> Value {
    let now = now();
    json!({ "sub": "alice", "exp": now + HOUR, "refresh_until": now + DAY, "nonce": "first", "iss": ISSUER })
}

/// The payload with the claims given in JSON, and the usual ones.
fn payload_with(given: &str) -> String {
    let mut payload = format!("{{{given}");
    for (name, value) in usual_claims().as_object().expect("an object") {
        if !given.contains(&format!("\"{name}\":")) {
            payload.push_str(&format!(",\"{name}\":{value}"));
        }
    }
    payload + "}"
}

/// Compares the verdicts in each setup. With a reason, we must refuse, and the reference must accept in at least one
/// setup. Otherwise the reason is wrong.
fn compare(reference: &mut Reference, odd: &[(String, String, Option<&'static str>)]) {
    let headers: Vec<_> = odd.iter().map(|(_, header, _)| Some(header.clone())).collect();
    let mut faults = Vec::new();
    let mut differ = vec![false; odd.len()];
    for (settings, nonces) in setups() {
        let server: Server = reference.open(&settings, nonces.clone());
        for (index, (theirs, ours)) in reference.compare(&server, &headers).into_iter().enumerate() {
            let (what, _, reason) = &odd[index];
            let expected = if reason.is_some() { &Verdicts::REFUSED } else { &theirs };
            if ours != *expected {
                faults.push(format!("{what} (nonces {}): the reference {theirs:?}, we {ours:?}", nonces.is_some()));
            }
            differ[index] |= ours != theirs;
        }
    }
    for ((what, _, reason), differs) in odd.iter().zip(differ) {
        if let (Some(reason), false) = (reason, differs) {
            faults.push(format!("{what}: not a difference: {reason}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn verifier_matches_more_jwtauth_on_odd_claims_or_refuses() {
    let Some(mut reference) = Reference::start() else { return };
    let token = |given: &str| format!("JWT {}", forge(HEADER_OF_ALL, payload_with(given)));
    let odd: Vec<_> = CLAIMS.iter().map(|(given, reason)| ((*given).to_owned(), token(given), *reason)).collect();
    compare(&mut reference, &odd);
}

#[test]
fn verifier_matches_more_jwtauth_on_odd_headers_or_refuses() {
    let Some(mut reference) = Reference::start() else { return };
    let token = |header: &str| format!("JWT {}", forge(header, usual_claims().to_string()));
    let odd: Vec<_> = HEADERS.iter().map(|(header, reason)| ((*header).to_owned(), token(header), *reason)).collect();
    compare(&mut reference, &odd);
}

#[test]
fn verifier_matches_more_jwtauth_on_odd_payloads_or_refuses() {
    let Some(mut reference) = Reference::start() else { return };
    let usual = usual_claims().to_string();
    let utf16: Vec<u8> = usual.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let long = payload_with(&format!("\"nickname\": \"{}\"", "a".repeat(16 * 1024)));
    let deep = payload_with(&format!("\"nickname\": {}{}", "[".repeat(100), "]".repeat(100)));
    let with_bad_utf8 = [&usual.as_bytes()[..usual.len() - 1], b",\"nickname\":\"\xff\"}"].concat();
    let payloads: [(&str, Vec<u8>, Option<&'static str>); 13] = [
        ("whitespace around", format!(" \n{usual}\t").into(), None),
        ("nothing", vec![], None),
        ("{}", b"{}".to_vec(), None),
        ("[]", b"[]".to_vec(), None),
        ("null", b"null".to_vec(), None),
        ("a string", Value::from(usual.clone()).to_string().into(), None),
        ("something after", format!("{usual} x").into(), None),
        ("not to its end", usual.as_bytes()[..usual.len() - 1].to_vec(), None),
        ("not UTF-8", with_bad_utf8, None),
        ("UTF-16", utf16, CANONICAL),
        ("a byte order mark", format!("\u{feff}{usual}").into(), CANONICAL),
        ("long", long.into(), BOUNDED),
        ("deep", deep.into(), BOUNDED),
    ];
    let token = |payload: &[u8]| format!("JWT {}", forge(HEADER_OF_ALL, payload));
    let odd = payloads.map(|(what, payload, reason)| (what.to_owned(), token(&payload), reason));
    compare(&mut reference, &odd);
}

#[test]
fn verifier_matches_more_jwtauth_on_odd_encodings_or_refuses() {
    let Some(mut reference) = Reference::start() else { return };
    let usual = usual_claims().to_string();
    let token = forge(HEADER_OF_ALL, &usual);
    let (message, signature) = token.rsplit_once('.').expect("three parts");
    let (header, payload) = message.split_once('.').expect("three parts");
    let with_symbols = signature_with_symbols();
    let (symbols_message, symbols) = with_symbols.rsplit_once('.').expect("three parts");
    let symbols = symbols.replace('-', "+").replace('_', "/");
    // 43 characters hold two bits more than the 32 bytes of the signature. In canonical form, these bits are zero.
    let dirty = format!("{}{}", &signature[..42], next_in_alphabet(&signature[42..]));
    let odd = [
        ("as it should be", token.clone(), None),
        ("two parts", message.to_owned(), None),
        ("four parts", format!("{token}."), None),
        ("four parts, first empty", format!(".{token}"), None),
        ("dots", "..".to_owned(), None),
        ("no signature", format!("{message}."), None),
        ("one character less", token[..token.len() - 1].to_owned(), None),
        ("one character more", format!("{token}A"), None),
        ("a character of none", format!("{message}.{}", signature.replacen(char::is_alphanumeric, "!", 1)), None),
        ("parts turned round", format!("{payload}.{header}.{signature}"), None),
        ("padded signature", format!("{token}="), CANONICAL),
        ("padded and signed so", padded(&usual), CANONICAL),
        ("spare bits", format!("{message}.{dirty}"), CANONICAL),
        ("plain base64", format!("{symbols_message}.{symbols}"), CANONICAL),
        ("characters in between", format!("{message}.!!!!{signature}"), CANONICAL),
    ];
    let odd = odd.map(|(what, token, reason)| (what.to_owned(), format!("JWT {token}"), reason));
    compare(&mut reference, &odd);
}

#[test]
fn verifier_matches_more_jwtauth_on_odd_authorization_headers() {
    let Some(mut reference) = Reference::start() else { return };
    let token = forge(HEADER_OF_ALL, usual_claims().to_string());
    let headers = [
        format!("JWT {token}"),
        format!("jwt {token}"),
        format!("jWt {token}"),
        format!("Bearer {token}"),
        format!("Basic {token}"),
        format!("Digest {token}"),
        format!("JWT{token}"),
        format!("JWT={token}"),
        format!("JWT:{token}"),
        format!("JWT \"{token}\""),
        format!("JWT token={token}"),
        format!("JWT {token}, JWT {token}"),
        format!("JWT JWT {token}"),
        format!("Bearer x, JWT {token}"),
        "JWT ".to_owned(),
        "JWT".to_owned(),
        token,
        String::new(),
    ];
    let odd: Vec<_> = headers.into_iter().map(|header| (header.clone(), header, None)).collect();
    compare(&mut reference, &odd);
}

/// The reverse: tokens that the reference refuses, or fails on, and we accept.
#[test]
fn verifier_accepts_listed_tokens_that_more_jwtauth_refuses() {
    let Some(mut reference) = Reference::start() else { return };
    let usual = forge(HEADER_OF_ALL, usual_claims().to_string());
    let named_userid = forge(HEADER_OF_ALL, payload_with(r#""userid": "mallory""#));
    let nothing = Verdicts { identity: None, ..good() };
    let list = [
        ("RFC 9110 §11.4: at least one space after the scheme", format!("JWT  {usual}"), Verdicts::REFUSED),
        ("its claims and its user id share a namespace, ours don't", format!("JWT {named_userid}"), nothing),
    ];
    for (settings, nonces) in setups() {
        let server = reference.open(&settings, nonces);
        for (why, header, theirs) in &list {
            assert_eq!(reference.compare_one(&server, header), (theirs.clone(), good()), "{why}");
        }
    }
}

/// The nonce handler returns `None` for an unknown user. The reference uses `None` as a nonce.
#[test]
fn verifier_refuses_null_nonce_that_more_jwtauth_issues() {
    let Some(mut reference) = Reference::start() else { return };
    let settings = merged(&secret(), &json!({ "allow_refresh": true }));
    let server = reference.open(&settings, Some(nonces()));
    let theirs = reference.login("nobody", &json!({}));
    let refreshed = Verdicts { identity: Some("nobody".into()), refresh: Refresh::Refreshed("nobody".into()) };
    assert_eq!(reference.compare_one(&server, &theirs), (refreshed, Verdicts::REFUSED));
}

/// A token whose signature contains a character that differs in plain base64.
fn signature_with_symbols() -> String {
    let tokens = (0..1000).map(|number| forge(HEADER_OF_ALL, payload_with(&format!("\"number\": {number}"))));
    let has_symbols = |token: &String| token.rsplit('.').next().is_some_and(|part| part.contains(['-', '_']));
    tokens.into_iter().find(has_symbols).expect("half of all signatures have one")
}

/// The next character of the base64url alphabet. It differs in a bit that is usually ignored.
fn next_in_alphabet(character: &str) -> char {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let at = ALPHABET.find(character).expect("a character of base64url");
    char::from(ALPHABET.as_bytes()[at + 1])
}

/// A token with padded parts, whose signature covers the padding.
fn padded(payload: &str) -> String {
    // The length of this header requires padding.
    let header = encode(r#"{"alg":"HS256"}  "#);
    let pad = |part: String| format!("{part}{}", "=".repeat((4 - part.len() % 4) % 4));
    let message = format!("{}.{}", pad(header), pad(encode(payload)));
    let key = jsonwebtoken::EncodingKey::from_secret(SECRET.as_bytes()).expect("not empty");
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &key, jsonwebtoken::Algorithm::HS256);
    format!("{message}.{}", signature.expect("HMAC takes any key"))
}

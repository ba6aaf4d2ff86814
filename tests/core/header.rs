//! The accepted headers: the algorithm of the key, a known key, an accepted type, and no critical extension. A header
//! never provides a key or a URL to fetch one.

use std::io::ErrorKind;
use std::net::TcpListener;

use jwtauth::TokenError::{Algorithm as OtherAlgorithm, Extension, Malformed, Signature, Type, UnknownKey};
use jwtauth::{Algorithm, Key, KeyRing, Secret, TokenError};
use jwtauth_tests::{NOW, SECRET, encode, forge, forge_with};
use serde_json::{Value, json};

use crate::signing_keys::{self as keys, HS256};

/// The verdict of a ring with the secret of the tests, whose key has no name, on a token with this header and a valid
/// signature.
fn verdict(header: &str) -> Result<(), TokenError> {
    HS256.ring().verify(&forge(header, "{}"), NOW).map(drop)
}

fn ring_named(kid: &str) -> KeyRing {
    Key::from_secret(Algorithm::HS256, &Secret::from(SECRET)).expect("a good secret").with_kid(kid).into()
}

#[test]
fn verifier_accepts_only_one_utf8_json_object_as_header() {
    for header in [r#"{"alg":"HS256"}"#, " {\r\n\t\"alg\" : \"HS256\" }\n", r#"{"\u0061lg":"\u0048S256"}"#] {
        assert_eq!(verdict(header), Ok(()), "{header}");
    }
    for header in [
        "",
        " ",
        "HS256",
        r#""HS256""#,
        r#"["HS256"]"#,
        r#"["HS256",null,null]"#,
        r#"[{"alg":"HS256"}]"#,
        "null",
        "{}",
        r#"{"alg":"HS256""#,
        r#"{"alg":"HS256",}"#,
        r#"{"alg":"HS256"}}"#,
        r#"{"alg":"HS256"} {}"#,
        r#"{"alg":"HS256"}."#,
        "{\"alg\":\"HS256\"}\0",
        "\u{feff}{\"alg\":\"HS256\"}",
        r#"{'alg':'HS256'}"#,
        r#"{alg:"HS256"}"#,
        r#"{"alg":"HS256",/* */"kid":"a"}"#,
        "{\"alg\":\"HS256\",\"x\":\"a\nb\"}",
        r#"{"alg":"HS256","x":"\ud800","x":"\q"}"#,
    ] {
        assert_eq!(verdict(header), Err(Malformed), "{header:?}");
    }
    for bytes in [&b"{\"alg\":\"HS256\",\"x\":\"\xff\"}"[..], b"{\"alg\":\"HS256\",\"\xc0\xaf\":1}"] {
        let token = crate::token_app::sign_parts(&encode(bytes), &encode("{}"));
        assert_eq!(HS256.ring().verify(&token, NOW), Err(Malformed), "{bytes:?}");
    }
}

#[test]
fn verifier_refuses_duplicate_member_in_header() {
    let ring = ring_named("main");
    let one = forge(r#"{"alg":"HS256","kid":"main","typ":"JWT"}"#, "{}");
    assert!(ring.verify(&one, NOW).is_ok());
    for twice in [
        r#"{"alg":"HS256","alg":"HS256"}"#,
        r#"{"alg":"none","alg":"HS256"}"#,
        r#"{"alg":"HS256","\u0061lg":"HS256"}"#,
        r#"{"\u0061\u006c\u0067":"HS256","alg":"HS256"}"#,
        r#"{"alg":"HS256","kid":"main","kid":"main"}"#,
        r#"{"alg":"HS256","kid":"main","k\u0069d":"main"}"#,
        r#"{"alg":"HS256","typ":"JWT","typ":"JWT"}"#,
        r#"{"alg":"HS256","typ":"JWT","ty\u0070":"dpop+jwt"}"#,
    ] {
        assert_eq!(ring.verify(&forge(twice, "{}"), NOW), Err(Malformed), "{twice}");
    }
    // Members that are not read may occur more than once.
    assert_eq!(verdict(r#"{"alg":"HS256","cty":"a","cty":1,"Alg":"none","ALG":"none"}"#), Ok(()));
}

#[test]
fn verifier_accepts_only_the_algorithm_of_the_key() {
    for (name, expected) in [
        (r#""HS256""#, Ok(())),
        (r#""none""#, Err(OtherAlgorithm)),
        (r#""None""#, Err(OtherAlgorithm)),
        (r#""NONE""#, Err(OtherAlgorithm)),
        (r#""nOnE""#, Err(OtherAlgorithm)),
        (r#""non\u0065""#, Err(OtherAlgorithm)),
        (r#""""#, Err(OtherAlgorithm)),
        (r#""HS512""#, Err(OtherAlgorithm)),
        (r#""HS384""#, Err(OtherAlgorithm)),
        (r#""ES256""#, Err(OtherAlgorithm)),
        (r#""RS256""#, Err(OtherAlgorithm)),
        (r#""EdDSA""#, Err(OtherAlgorithm)),
        (r#""hs256""#, Err(OtherAlgorithm)),
        (r#""HS256 ""#, Err(OtherAlgorithm)),
        (r#""HS256\u0000""#, Err(OtherAlgorithm)),
        (r#""dir""#, Err(OtherAlgorithm)),
        ("256", Err(Malformed)),
        ("null", Err(Malformed)),
        ("true", Err(Malformed)),
        (r#"["HS256"]"#, Err(Malformed)),
        (r#"{"HS256":null}"#, Err(Malformed)),
    ] {
        assert_eq!(verdict(&format!(r#"{{"alg":{name}}}"#)), expected, "{name}");
        // Removing the signature does not help.
        let unsigned = format!("{}.{}.", encode(format!(r#"{{"alg":{name}}}"#)), encode("{}"));
        assert_eq!(HS256.ring().verify(&unsigned, NOW), Err(expected.err().unwrap_or(Signature)), "{name}");
    }
    assert_eq!(verdict(r#"{"typ":"JWT"}"#), Err(Malformed), "no alg at all");
}

#[test]
fn verifier_refuses_hmac_made_with_the_public_key() {
    let public = keys::public_pem();
    let ring = KeyRing::from(Key::from_public_key(Algorithm::ES256, public.as_bytes()).expect("a public key"));
    let good = keys::ES256.sign(r#"{"alg":"ES256"}"#, "{}");
    assert_eq!(ring.verify(&good, NOW), Ok(b"{}".to_vec()));

    let body: String = public.lines().filter(|line| !line.starts_with('-')).collect();
    let der = base64_simd::STANDARD.decode_to_vec(body).expect("base64");
    let point = &der[der.len() - 65..];
    // The last one represents the empty secret, which `jsonwebtoken` refuses. HMAC pads both with zeros.
    for secret in [public.as_bytes(), public.trim_end().as_bytes(), &der, point, &point[1..], b"\0"] {
        for algorithm in ["HS256", "hs256", "ES256", "none"] {
            let token = forge_with(&format!(r#"{{"alg":"{algorithm}"}}"#), "{}", secret);
            let expected = if algorithm == "ES256" { Signature } else { OtherAlgorithm };
            assert_eq!(ring.verify(&token, NOW), Err(expected), "{algorithm} with {} bytes", secret.len());
        }
    }
}

#[test]
fn verifier_refuses_token_of_every_other_algorithm() {
    for signer in keys::all() {
        for verifier in keys::all() {
            for name in [signer.name(), verifier.name()] {
                let verdict = verifier.ring().verify(&signer.sign(&format!(r#"{{"alg":"{name}"}}"#), "{}"), NOW);
                let same = signer.name() == verifier.name();
                assert_eq!(verdict.is_ok(), same, "{} that says {name}, with {}", signer.name(), verifier.name());
            }
        }
    }
}

#[test]
fn verifier_refuses_crit_and_b64_of_any_value() {
    for header in [
        r#"{"alg":"HS256","crit":["exp"]}"#,
        r#"{"alg":"HS256","crit":["alg"]}"#,
        r#"{"alg":"HS256","crit":[]}"#,
        r#"{"alg":"HS256","crit":null}"#,
        r#"{"alg":"HS256","crit":"b64"}"#,
        r#"{"alg":"HS256","cr\u0069t":["exp"],"exp":1}"#,
        r#"{"alg":"HS256","b64":false,"crit":["b64"]}"#,
        r#"{"alg":"HS256","b64":false}"#,
        r#"{"alg":"HS256","b64":true}"#,
        r#"{"b64":null,"alg":"HS256"}"#,
    ] {
        assert_eq!(verdict(header), Err(Extension), "{header}");
    }
    // A header that is also malformed is reported as malformed.
    for header in [r#"{"crit":["exp"]}"#, r#"{"alg":"HS256","crit":["exp"]"#, r#"{"alg":7,"b64":false}"#] {
        assert_eq!(verdict(header), Err(Malformed), "{header}");
    }
}

#[test]
fn verifier_does_not_use_key_embedded_in_token() {
    let theirs = "a secret of somebody else's, long enough";
    let jwk = json!({ "kty": "oct", "alg": "HS256", "k": encode(theirs) });
    for header in [
        json!({ "alg": "HS256", "jwk": jwk }),
        json!({ "alg": "HS256", "kid": "theirs", "jwk": jwk }),
        json!({ "alg": "HS256", "x5c": [base64_simd::STANDARD.encode_to_string(theirs)] }),
    ] {
        let expected = if header["kid"].is_null() { Signature } else { UnknownKey };
        let token = forge_with(&header.to_string(), "{}", theirs.as_bytes());
        assert_eq!(HS256.ring().verify(&token, NOW), Err(expected), "{header}");
    }
    let token = keys::EDDSA.sign(r#"{"alg":"ES256","jwk":{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}}"#, "{}");
    assert_eq!(keys::ES256.ring().verify(&token, NOW), Err(Signature));
}

#[test]
fn verifier_does_not_fetch_key_named_by_token() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.set_nonblocking(true).expect("a socket");
    let url = format!("http://{}/keys", listener.local_addr().expect("an address"));
    for header in [
        json!({ "alg": "HS256", "jku": url }),
        json!({ "alg": "HS256", "x5u": url }),
        json!({ "alg": "HS256", "jku": url, "x5u": url, "jwk": url, "x5c": [url] }),
    ] {
        assert_eq!(verdict(&header.to_string()), Ok(()), "{header}");
    }
    assert_eq!(listener.accept().expect_err("no connection").kind(), ErrorKind::WouldBlock);
}

#[test]
fn verifier_accepts_only_typ_of_access_token() {
    let header = |typ: &Value| verdict(&json!({ "alg": "HS256", "typ": typ }).to_string());
    for typ in ["JWT", "jwt", "Jwt", "at+jwt", "AT+JWT", "application/jwt", "APPLICATION/at+JWT"] {
        assert_eq!(header(&typ.into()), Ok(()), "{typ}");
    }
    for typ in [
        "",
        "JWS",
        "JOSE",
        "dpop+jwt",
        "logout+jwt",
        "rt+jwt",
        "jwt+at",
        "JWT ",
        " JWT",
        "JWT; charset=utf-8",
        "application/",
        "application/application/jwt",
        "text/jwt",
        "application/dpop+jwt",
        "éapplication/jwt",
        "applicatioé/jwt",
    ] {
        assert_eq!(header(&typ.into()), Err(Type), "{typ}");
    }
    for typ in [json!(null), json!(7), json!(true), json!(["JWT"]), json!({})] {
        assert_eq!(header(&typ), Err(Malformed), "{typ}");
    }
}

#[test]
fn kid_selects_only_among_configured_keys() {
    let ring = ring_named("main");
    let verdict = |kid: &Value| ring.verify(&forge(&json!({ "alg": "HS256", "kid": kid }).to_string(), "{}"), NOW);
    assert_eq!(verdict(&"main".into()), Ok(b"{}".to_vec()));
    assert!(ring.verify(&forge(r#"{"alg":"HS256","kid":"m\u0061in"}"#, "{}"), NOW).is_ok());
    for kid in [
        "",
        "Main",
        "main ",
        "main\0",
        "main/../main",
        "other",
        "../../../../dev/null",
        "../keys/main",
        "/etc/passwd",
        "file:///dev/null",
        "main' OR '1'='1",
        "x' UNION SELECT 'secret' -- ",
        "main; DROP TABLE keys",
        "$(id)",
        "*",
    ] {
        assert_eq!(verdict(&kid.into()), Err(UnknownKey), "{kid}");
    }
    for kid in [json!(0), json!(1.5), json!(true), json!(null), json!(["main"]), json!({ "main": "main" })] {
        assert_eq!(verdict(&kid), Err(Malformed), "{kid}");
    }
    // A token without `kid` is checked with the only key.
    assert!(ring.verify(&forge(r#"{"alg":"HS256"}"#, "{}"), NOW).is_ok());
    assert_eq!(ring.verify(&forge_with(r#"{"alg":"HS256"}"#, "{}", b"another"), NOW), Err(Signature));
}

#[test]
fn key_without_kid_refuses_token_with_any_kid() {
    for kid in ["", "main", "null", "../../../../dev/null"] {
        assert_eq!(verdict(&json!({ "alg": "HS256", "kid": kid }).to_string()), Err(UnknownKey), "{kid}");
    }
}

#[test]
fn verifier_ignores_unknown_header_parameters_of_any_type() {
    for name in ["jwk", "jku", "x5u", "x5c", "x5t", "x5t#S256", "cty", "zip", "enc", "url", "nonce", "exp", "foo", ""] {
        for value in
            ["null", "true", "7", "-1.5e300", "1e999", r#""""#, r#""\ud800""#, "[]", "[[1],{}]", r#"{"a":[1]}"#]
        {
            let header = format!(r#"{{"{name}":{value},"alg":"HS256"}}"#);
            assert_eq!(verdict(&header), Ok(()), "{header}");
        }
    }
}

#[test]
fn verifier_checks_signature_before_payload() {
    let payloads = ["", "%", "{", "[]", "\u{feff}{}", r#"{"exp":"soon"}"#].map(encode);
    for payload in payloads.iter().map(String::as_str).chain(["?", "A", "AB", "A=", "é"]) {
        for header in [r#"{"alg":"HS256","typ":"JWT"}"#, r#"{"typ":"JWT","alg":"HS256"}"#] {
            let good = crate::token_app::sign_parts(&encode(header), payload);
            let bad = format!("{}.{}", good.rsplit_once('.').expect("a signature").0, encode([0; 32]));
            assert_eq!(HS256.ring().verify(&bad, NOW), Err(Signature), "{payload} after {header}");
        }
    }
}

//! Hostile tokens. Each is refused normally, and the server keeps running.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc;
use std::thread;

use jwtauth::{Claims, Clock, JwtAuth, TokenError};
use jwtauth_tests::{NOW, encode, figment, forge, with_secret};
use rocket::Shutdown;
use rocket::fairing::AdHoc;
use rocket::http::Status;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::signing_keys as keys;
use crate::times::TIMES_THAT_ARE_NONE;
use crate::token_app::{Anything, App, launching, routes, sign_parts};

pub(crate) const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

/// Valid claims, followed by these.
pub(crate) fn claims(more: &str) -> String {
    let comma = if more.is_empty() { "" } else { "," };
    format!(r#"{{"sub":"alice","exp":{},"nickname":"Alice"{comma}{more}}}"#, NOW + 60)
}

/// Asserts that every route with an identity guard answers 401.
#[track_caller]
fn assert_refused(app: &App, token: &str, what: &str) {
    for path in ["/me", "/profile", "/anything"] {
        assert_eq!(app.get(path, token), Status::Unauthorized, "{path}: {what}");
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Tree {
    #[serde(default)]
    tree: Branches,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Branches(Vec<Branches>);

impl Claims for Tree {}

#[test]
fn verifier_refuses_deeply_nested_json_anywhere() {
    let app = App::new(json!({}));
    let nested = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
    let objects = |levels: usize| r#"{"a":"#.repeat(levels) + "0" + &"}".repeat(levels);
    // Tokens over 16 KiB are refused for their length. Shorter ones are refused for their depth, even if the levels are
    // never closed.
    let values = [nested(10_000), objects(10_000), nested(5_000), objects(1_500), "[".repeat(10_000), nested(65)];
    for value in &values {
        let what = format!("{} bytes of JSON, {}…", value.len(), &value[..8]);
        for header in ["alg", "kid", "typ", "jwk", "foo"] {
            let alg = if header == "alg" { "" } else { r#""alg":"HS256","# };
            assert_refused(&app, &forge(&format!(r#"{{{alg}"{header}":{value}}}"#), claims("")), &what);
        }
        assert_refused(&app, &forge(value, claims("")), &what);
        for claim in ["exp", "sub", "aud", "nonce", "jti", "nickname", "foo", "tree"] {
            let payload = claims("").replace(&format!(r#""{claim}":"#), &format!(r#""{claim}":{value},"old":"#));
            let payload = if payload == claims("") { claims(&format!(r#""{claim}":{value}"#)) } else { payload };
            let token = forge(HEADER, payload);
            assert_refused(&app, &token, &format!("{claim}: {what}"));
            assert!(app.verify::<Tree>(&token).is_err(), "{claim}: {what}");
        }
        assert_refused(&app, &forge(HEADER, value), &what);
    }
    // Normal content is not nested that deep, and brackets in a string do not count.
    let shallow = claims(&format!(r#""tree":{},"foo":"{}""#, nested(60), "[{".repeat(2_000)));
    assert!(app.verify::<Tree>(&forge(HEADER, &shallow)).is_ok());
    assert_eq!(app.get("/anything", &forge(HEADER, &shallow)), Status::Ok);
}

#[test]
fn identity_refuses_token_with_invalid_times() {
    let app = App::new(json!({}));
    for time in TIMES_THAT_ARE_NONE {
        assert_refused(&app, &forge(HEADER, format!(r#"{{"sub":"alice","nickname":"Alice","exp":{time}}}"#)), time);
        assert_refused(&app, &forge(HEADER, claims(&format!(r#""iat":{time}"#))), time);
    }
    let digits = "9".repeat(10_000);
    for exp in [digits.clone(), format!("1.{digits}"), format!("1e{digits}"), format!("-{digits}")] {
        assert_refused(&app, &forge(HEADER, format!(r#"{{"sub":"alice","nickname":"Alice","exp":{exp}}}"#)), &exp[..4]);
    }
    let two = format!(r#""exp":{}"#, NOW + 60);
    assert_refused(&app, &forge(HEADER, claims(&two)), "two exp");
    assert_refused(&app, &forge(HEADER, claims(r#""exp":0"#)), "two exp");
}

#[test]
fn identity_refuses_payload_that_is_not_utf8() {
    let app = App::new(json!({}));
    for bytes in [&[0xff][..], &[0xc0, 0xaf], &[0xed, 0xa0, 0x80], &[0xf8, 0x88, 0x80, 0x80, 0x80], &[0xe2, 0x82]] {
        for place in ["sub", "nickname", "foo"] {
            let payload = claims(r#""foo":"""#).replace(&format!(r#""{place}":""#), &format!(r#""{place}":"?"#));
            let at = payload.find('?').expect("a mark");
            let payload = [&payload.as_bytes()[..at], bytes, &payload.as_bytes()[at + 1..]].concat();
            assert_refused(&app, &forge(HEADER, payload), &format!("{bytes:x?} in {place}"));
        }
    }
}

#[test]
fn identity_refuses_garbage_as_payload_and_as_token() {
    let app = App::new(json!({}));
    for payload in
        ["", "0", "\"\"", "[]", "{}", "{", "}", "null", "\0", "\u{feff}{}", "{\"sub\":\"alice\"}", "{\"\":{}}"]
    {
        assert_refused(&app, &forge(HEADER, payload), payload);
    }
    for text in ["", " ", ".", "..", "...", "a.b.c", "%00", "null", "{}", "eyJ.eyJ.eyJ", "é.é.é", "\u{1f600}"] {
        assert_refused(&app, text, text);
    }
    assert_eq!(app.get("/me", &forge(HEADER, claims(""))), Status::Ok);
}

#[test]
fn verifier_refuses_signature_with_any_character_changed() {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/=. ";
    for keys in keys::all() {
        let app = App::from_figment(figment(keys.settings.clone()));
        let token = keys.sign(&format!(r#"{{"alg":"{}"}}"#, keys.name()), claims(""));
        assert_eq!(app.get("/profile", &token), Status::Ok, "{}", keys.name());
        let start = token.rfind('.').expect("a signature") + 1;
        for at in start..token.len() {
            let mut without = token.clone();
            without.remove(at);
            assert!(app.userid(&without).is_err(), "{} without {at}", keys.name());
            for char in ALPHABET.chars().filter(|char| !token[at..].starts_with(*char)) {
                let mut other = token.clone();
                other.replace_range(at..=at, char.encode_utf8(&mut [0; 4]));
                assert!(app.userid(&other).is_err(), "{} with {char} at {at}", keys.name());
            }
            let mut other = token.clone();
            other.replace_range(at..=at, if token[at..].starts_with('A') { "B" } else { "A" });
            assert_eq!(app.get("/me", &other), Status::Unauthorized, "{} at {at}", keys.name());
        }
    }
}

#[test]
fn verifier_refuses_signature_with_any_bit_flipped() {
    for keys in keys::all() {
        let app = App::from_figment(figment(keys.settings.clone()));
        for header in [format!(r#"{{"alg":"{}","typ":"JWT"}}"#, keys.name()), format!(r#"{{"alg":"{}"}}"#, keys.name())]
        {
            let token = keys.sign(&header, claims(""));
            let (message, signature) = token.rsplit_once('.').expect("a signature");
            let signature = base64_simd::URL_SAFE_NO_PAD.decode_to_vec(signature).expect("base64url");
            for bit in 0..signature.len() * 8 {
                let mut other = signature.clone();
                other[bit / 8] ^= 1 << (bit % 8);
                let other = format!("{message}.{}", encode(other));
                assert_eq!(app.userid(&other), Err(TokenError::Signature), "{} bit {bit}", keys.name());
            }
            for longer in [[&signature[..], &[0]].concat(), [&[0], &signature[..]].concat(), Vec::new(), vec![0; 4096]]
            {
                let other = format!("{message}.{}", encode(longer));
                assert_eq!(app.userid(&other), Err(TokenError::Signature), "{}", keys.name());
            }
            let zeros = format!("{message}.{}", encode(vec![0; signature.len()]));
            assert_eq!(app.userid(&zeros), Err(TokenError::Signature), "{}", keys.name());
        }
    }
}

#[test]
fn verifier_refuses_token_with_any_bit_flipped() {
    let app = App::new(json!({}));
    let token = forge(HEADER, claims(""));
    for at in 0..token.len() {
        for bit in 0..7 {
            let mut bytes = token.clone().into_bytes();
            bytes[at] ^= 1 << bit;
            let other = String::from_utf8(bytes).expect("ASCII");
            assert!(app.verify::<Anything>(&other).is_err(), "bit {bit} at {at}");
        }
    }
    assert!(app.verify::<Anything>(&token).is_ok());
}

#[test]
fn identity_refuses_nested_token() {
    let app = App::new(json!({}));
    let inner = forge(HEADER, claims(""));
    assert_refused(&app, &forge(r#"{"alg":"HS256","cty":"JWT"}"#, &inner), "a token in a token");
    assert_refused(&app, &sign_parts(&encode(HEADER), &inner.replace('.', "")), "its parts");
}

/// A server on its own port. It shuts down when this is dropped.
struct Server {
    address: SocketAddr,
    shutdown: Shutdown,
    thread: Option<thread::JoinHandle<()>>,
}

impl Server {
    fn start() -> Self {
        let (sender, receiver) = mpsc::channel();
        let liftoff = AdHoc::on_liftoff("address", move |rocket| {
            let address = SocketAddr::new(rocket.config().address, rocket.config().port);
            sender.send((address, rocket.shutdown())).expect("a receiver");
            Box::pin(async {})
        });
        let clock = Clock::manual(NOW);
        let _alone = launching();
        let free = figment(with_secret(json!({}))).merge(("port", 0)).merge(("shutdown.ctrlc", false));
        let rocket = rocket::custom(free).attach(JwtAuth::fairing().clock(clock)).attach(liftoff).mount("/", routes());
        let thread = thread::spawn(|| drop(rocket::execute(rocket.launch()).expect("a server")));
        let (address, shutdown) = receiver.recv().expect("liftoff");
        Server { address, shutdown, thread: Some(thread) }
    }

    /// The status of a request with this token.
    fn get(&self, token: &str) -> u16 {
        let mut socket = TcpStream::connect(self.address).expect("a connection");
        let mut writing = socket.try_clone().expect("a socket");
        let head = "GET /me HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer ";
        let request = format!("{head}{token}\r\n\r\n");
        // The server may answer and close the connection before it has read everything.
        let writer = thread::spawn(move || drop(writing.write_all(request.as_bytes())));
        let mut answer = Vec::new();
        let mut buffer = [0; 4096];
        while let Ok(read @ 1..) = socket.read(&mut buffer) {
            answer.extend_from_slice(&buffer[..read]);
        }
        writer.join().expect("no panic");
        let answer = String::from_utf8_lossy(&answer);
        let status = answer.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3));
        status.and_then(|status| status.parse().ok()).unwrap_or_else(|| panic!("no answer: {answer:?}"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shutdown.clone().notify();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[test]
fn server_refuses_authorization_header_of_one_mebibyte() {
    let server = Server::start();
    let good = forge(HEADER, claims(""));
    assert_eq!(server.get(&good), 200);
    for length in [16 * 1024 + 1, 64 * 1024, 256 * 1024, 1024 * 1024] {
        // A valid prefix makes no difference.
        let long = format!("{good}{}", "A".repeat(length - good.len()));
        let payload = sign_parts(&encode(HEADER), &"A".repeat(length));
        let dots = ".".repeat(length);
        for token in [long, payload, dots] {
            let status = server.get(&token);
            assert!(matches!(status, 401 | 431), "{status} for {length} bytes");
            if length < 256 * 1024 {
                assert_eq!(status, 401, "{length} bytes");
            }
        }
        assert_eq!(server.get(&good), 200, "the server goes on after {length} bytes");
    }
}

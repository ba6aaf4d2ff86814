//! Measures the guard through Rocket's dispatch, against the same route without it and against a guard written by hand
//! with `jsonwebtoken`. Also measures a refresh against a `POST` with a fixed response. The relevant number is the
//! difference to the route without a guard.
//!
//! ```console
//! $ cargo bench -p jwtauth --features asymmetric --bench guard
//! ```
#![allow(missing_docs)]

#[path = "support/contest.rs"]
mod contest;

use std::io::Cursor;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use contest::Contest;
use jsonwebtoken::{DecodingKey, Validation};
use jwtauth::{Claims, Identity, JwtAuth, refresh_endpoint};
use rocket::figment::providers::Serialized;
use rocket::http::{ContentType, Header, Status};
use rocket::local::blocking::Client;
use rocket::outcome::Outcome;
use rocket::request::{self, FromRequest, Request};
use rocket::response::{self, Responder, Response};
use rocket::{State, get, post, routes};
use serde::{Deserialize, Serialize};

const SECRET: &str = "thirty-two bytes that everyone knows";

#[derive(Clone, Serialize, Deserialize)]
struct Profile {
    nickname: String,
    role: String,
}

impl Claims for Profile {}

/// The claims for the hand-written guard.
#[derive(Deserialize)]
#[allow(dead_code)]
struct Whole {
    sub: String,
    exp: u64,
    iat: u64,
    auth_time: u64,
    nickname: String,
    role: String,
}

struct ByHand(#[allow(dead_code)] Whole);

struct Verifying {
    key: DecodingKey,
    validation: Validation,
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for ByHand {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, ()> {
        let verifying = request.rocket().state::<Verifying>().expect("managed");
        let token = request.headers().get_one("Authorization").and_then(|header| header.strip_prefix("Bearer "));
        match token.map(|token| jsonwebtoken::decode(token, &verifying.key, &verifying.validation)) {
            Some(Ok(data)) => Outcome::Success(ByHand(data.claims)),
            _ => Outcome::Error((Status::Unauthorized, ())),
        }
    }
}

#[get("/open")]
fn open() -> &'static str {
    "hello"
}

#[get("/by-hand")]
fn by_hand(_guard: ByHand) -> &'static str {
    "hello"
}

#[get("/unit")]
fn unit(_identity: Identity) -> &'static str {
    "hello"
}

#[get("/guarded")]
fn guarded(_identity: Identity<Profile>) -> &'static str {
    "hello"
}

type I = Identity<Profile>;

#[get("/guarded-ten-times")]
#[allow(clippy::too_many_arguments)]
fn guarded_ten_times(_a: I, _b: I, _c: I, _d: I, _e: I, _f: I, _g: I, _h: I, _i: I, _j: I) -> &'static str {
    "hello"
}

/// A response with the headers that the fairing adds if the token is from a cookie.
struct Private(&'static str);

impl<'r> Responder<'r, 'static> for Private {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        let mut response = self.0.respond_to(request)?;
        response.set_raw_header("Vary", "Cookie");
        response.set_raw_header("Cache-Control", "private");
        Ok(response)
    }
}

#[get("/guarded-private")]
fn guarded_private(_identity: Identity<Profile>) -> Private {
    Private("hello")
}

/// The prepared response of a refresh.
#[derive(Clone)]
struct Fixed {
    authorization: String,
    body: String,
}

#[post("/fixed")]
fn fixed(answer: &State<Fixed>) -> Fixed {
    answer.inner().clone()
}

impl<'r> Responder<'r, 'static> for Fixed {
    fn respond_to(self, _: &'r Request<'_>) -> response::Result<'static> {
        Response::build()
            .header(ContentType::JSON)
            .header(Header::new("Authorization", self.authorization))
            .header(Header::new("Cache-Control", "no-store"))
            .sized_body(self.body.len(), Cursor::new(self.body))
            .ok()
    }
}

#[refresh_endpoint("/refresh")]
fn refresh(_userid: &str) -> Option<Profile> {
    Some(profile())
}

fn profile() -> Profile {
    Profile { nickname: "Alice".into(), role: "reader".into() }
}

/// A server with this key, and a valid token.
struct Server {
    client: Client,
    bearer: String,
    cookie: String,
}

impl Server {
    fn new(key: &Key, entries: usize) -> Self {
        Server::with(key.settings.clone(), key, entries)
    }

    /// A server with cookies.
    fn with_cookies(key: &Key, entries: usize) -> Self {
        let mut settings = key.settings.clone();
        settings["cookies"] = serde_json::json!({});
        Server::with(settings, key, entries)
    }

    fn with(mut settings: serde_json::Value, key: &Key, entries: usize) -> Self {
        settings["allow_refresh"] = true.into();
        settings["verified_cache"] = entries.into();
        let figment = rocket::Config::figment()
            .merge(Serialized::default("jwtauth", settings).profile("default"))
            .merge(Serialized::default("log_level", "off").profile("default"));
        let validation = Validation::new(key.algorithm);
        let rocket = rocket::custom(figment)
            .attach(JwtAuth::fairing())
            .manage(Verifying { key: key.decoding.clone(), validation })
            .manage(Fixed { authorization: format!("Bearer {}", "x".repeat(330)), body: "y".repeat(400) })
            .mount("/", routes![open, by_hand, unit, guarded, guarded_ten_times, guarded_private, fixed, refresh]);
        let client = Client::untracked(rocket).expect("a rocket that launches");
        let jwtauth = client.rocket().state::<JwtAuth>().expect("the fairing is attached").clone();
        let tokens = rocket::execute(jwtauth.issue("alice", profile())).expect("a token");
        let cookie = jwtauth.config().cookies.as_ref().map_or("jwtauth", |cookies| cookies.access_name());
        let cookie = format!("{cookie}={}", tokens.access_token());
        Server { client, bearer: format!("Bearer {}", tokens.access_token()), cookie }
    }

    fn get_with_cookie(&self, path: &'static str) -> Status {
        let header = Header::new("Cookie", self.cookie.clone());
        let status = self.client.get(path).header(header).dispatch().status();
        assert_eq!(status, Status::Ok);
        status
    }

    fn get(&self, path: &'static str) -> Status {
        let header = Header::new("Authorization", self.bearer.clone());
        let status = self.client.get(path).header(header).dispatch().status();
        assert_eq!(status, Status::Ok);
        status
    }

    fn post(&self, path: &'static str) -> Status {
        let header = Header::new("Authorization", self.bearer.clone());
        let status = self.client.post(path).header(header).dispatch().status();
        assert_eq!(status, Status::Ok);
        status
    }
}

struct Key {
    algorithm: jsonwebtoken::Algorithm,
    settings: serde_json::Value,
    decoding: DecodingKey,
}

fn hs256() -> Key {
    Key {
        algorithm: jsonwebtoken::Algorithm::HS256,
        settings: serde_json::json!({ "master_secret": SECRET }),
        decoding: DecodingKey::from_secret(SECRET.as_bytes()).expect("not empty"),
    }
}

fn es256() -> Key {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
    let der: aws_lc_rs::encoding::EcPrivateKeyRfc5915Der<'_> = pair.private_key().as_der().expect("its DER");
    let body = base64_simd::STANDARD.encode_to_string(der.as_ref());
    let pem = format!("-----BEGIN EC PRIVATE KEY-----\n{body}\n-----END EC PRIVATE KEY-----\n");
    Key {
        algorithm: jsonwebtoken::Algorithm::ES256,
        settings: serde_json::json!({ "algorithm": "ES256", "private_key": pem }),
        decoding: DecodingKey::from_ec_der(pair.public_key().as_ref()),
    }
}

fn main() {
    for key in [hs256(), es256()] {
        let (cold, warm) = (Server::new(&key, 0), Server::new(&key, 1000));
        let with_cookies = Server::with_cookies(&key, 1000);
        let algorithm = format!("{:?}", key.algorithm);
        let contest = Contest::new(format!("guard {algorithm}"))
            .entrant("open", || cold.get("/open"))
            .entrant("by hand", || cold.get("/by-hand"))
            .entrant("cold", || cold.get("/guarded"))
            .entrant("remembered", || warm.get("/guarded"))
            .entrant("remembered ()", || warm.get("/unit"))
            .entrant("cookies on, header", || with_cookies.get("/guarded"))
            .entrant("cookies on, open", || with_cookies.get("/open"))
            .entrant("cookie", || with_cookies.get_with_cookie("/guarded"))
            .entrant("header, private", || with_cookies.get("/guarded-private"))
            .entrant("ten guards", || warm.get("/guarded-ten-times"));
        if let Some(result) = contest.run() {
            println!("\nwhole requests: ratios to the open route");
            result.print("open");
            let added = |name: &str| result.median(name).zip(result.median("open")).map(|(it, open)| it - open);
            println!("what the guard adds: ratios to one written by hand on jsonwebtoken");
            let by_hand = added("by hand").unwrap_or(f64::NAN);
            for name in ["cold", "remembered", "remembered ()"] {
                let added = added(name).unwrap_or(f64::NAN);
                println!("  {name} {:.3} ({added:.0} ns of {by_hand:.0})", added / by_hand);
            }
            let remembered = added("remembered").unwrap_or(f64::NAN);
            println!("ratios to what a remembered guard adds");
            for name in ["cookies on, open", "cookies on, header", "cookie", "header, private"] {
                let added = added(name).unwrap_or(f64::NAN);
                println!("  {name} {:.2} ({added:.0} ns of {remembered:.0})", added / remembered);
            }
            let each = (added("ten guards").unwrap_or(f64::NAN) - remembered) / 9.0;
            println!("  each of the second to tenth guard {:.2} ({each:.0} ns)", each / remembered);
        }
        let contest = Contest::new(format!("refresh {algorithm}"))
            .entrant("fixed", || cold.post("/fixed"))
            .entrant("refresh", || cold.post("/refresh"));
        if let Some(result) = contest.run() {
            println!("a refresh: ratios to a POST with a fixed answer");
            result.print("fixed");
        }
    }
}

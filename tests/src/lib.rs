//! Shared parts of the tests: settings, keys, tokens, logs, launches, and servers.
//!
//! A test program imports the modules that it uses in its `main.rs`, so that its tests name them `crate::launch`,
//! `crate::log` and so on.

pub mod answer;
pub mod folder;
pub mod launch;
pub mod log;
pub mod pem;
pub mod postgres_server;
pub mod program;
pub mod provider;
pub mod redis_server;
pub mod server;
pub mod signer;
pub mod store;

use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use rocket::figment::providers::Serialized;
use rocket::figment::{Figment, Profile};
use rocket::{Build, Rocket};
use serde_json::Value;

/// The secret of the applications under test.
pub const SECRET: &str = "a secret of the tests, 64 bytes long, so that it is for all HMACs";

/// The time of the tests' clocks, in seconds since 1970.
pub const NOW: u64 = 1_750_000_000;

/// Rocket's defaults for the profile `release`, with the log off and this JSON object as `[default.jwtauth]`.
pub fn figment(settings: Value) -> Figment {
    let quiet = Serialized::default("log_level", "off").profile(Profile::Default);
    let ours = Serialized::default("jwtauth", settings).profile(Profile::Default);
    Figment::from(rocket::Config::release_default()).merge(quiet).merge(ours).select("release")
}

/// These settings with [`SECRET`] as `master_secret`.
pub fn with_secret(mut settings: Value) -> Value {
    settings["master_secret"] = SECRET.into();
    settings
}

/// A Rocket with [`SECRET`] and these settings, without fairing and routes.
pub fn rocket(settings: Value) -> Rocket<Build> {
    rocket::custom(figment(with_secret(settings)))
}

/// A token with any header and payload, valid or not, signed with HS256 and [`SECRET`].
pub fn forge(header: &str, payload: impl AsRef<[u8]>) -> String {
    forge_with(header, payload, SECRET.as_bytes())
}

/// The same as [`forge`], with another secret.
pub fn forge_with(header: &str, payload: impl AsRef<[u8]>, secret: &[u8]) -> String {
    sign_parts_with(&encode(header), &encode(payload), secret)
}

/// A token with these two encoded parts, valid or not, signed with HS256 and [`SECRET`].
pub fn sign_parts(header: &str, payload: &str) -> String {
    sign_parts_with(header, payload, SECRET.as_bytes())
}

fn sign_parts_with(header: &str, payload: &str, secret: &[u8]) -> String {
    let message = format!("{header}.{payload}");
    let key = EncodingKey::from_secret(secret).expect("not empty");
    let signature = crypto::sign(message.as_bytes(), &key, Algorithm::HS256);
    format!("{message}.{}", signature.expect("HMAC takes any key"))
}

/// A token with these claims and the usual header.
pub fn token(claims: &Value) -> String {
    forge(r#"{"alg":"HS256","typ":"JWT"}"#, claims.to_string())
}

/// Base64url without padding.
pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    base64_simd::URL_SAFE_NO_PAD.encode_to_string(bytes)
}

/// The payload of a token as JSON, without verification.
pub fn payload(token: &str) -> Value {
    let payload = token.split('.').nth(1).expect("three parts");
    let payload = base64_simd::URL_SAFE_NO_PAD.decode_to_vec(payload).expect("base64url");
    serde_json::from_slice(&payload).expect("JSON")
}

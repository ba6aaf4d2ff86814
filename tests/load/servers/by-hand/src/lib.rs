//! Authentication on `jsonwebtoken` as it is written by hand: what the servers for Rocket, axum and actix share. Keys
//! are parsed once and kept, as far as `jsonwebtoken` lets one keep them.

use std::error::Error;
use std::time::{SystemTime, UNIX_EPOCH};
use std::{env, fs};

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};

const ISSUER: &str = "load";
const LIFE: u64 = 24 * 60 * 60;
const REFRESHABLE: u64 = 7 * LIFE;

/// The claims of a token: those that jwtauth puts into it, and the application's.
#[derive(Serialize, Deserialize)]
pub struct Claims {
    pub sub: String,
    pub exp: u64,
    pub iat: u64,
    pub auth_time: u64,
    pub iss: String,
    pub refresh_until: u64,
    pub nickname: String,
    pub role: String,
}

/// The keys of a server and its rules.
pub struct Keys {
    header: Header,
    encoding: EncodingKey,
    decoding: DecodingKey,
    access: Validation,
    refresh: Validation,
}

/// The body of an answer to a refresh.
#[derive(Serialize)]
pub struct Refreshed {
    pub access_token: String,
    pub token_type: &'static str,
    pub expires_in: u64,
}

impl Keys {
    /// The keys that the command line names: `HS256 SECRET_FILE` or `ES256 PRIVATE_KEY_FILE PUBLIC_KEY_FILE`.
    ///
    /// # Errors
    ///
    /// Other arguments, unreadable files, files without such a key.
    pub fn from_arguments() -> Result<Self, Box<dyn Error + Send + Sync>> {
        let arguments: Vec<String> = env::args().skip(1).collect();
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let (algorithm, encoding, decoding) = match arguments[..] {
            ["HS256", secret] => {
                let secret = fs::read(secret)?;
                (Algorithm::HS256, EncodingKey::from_secret(&secret)?, DecodingKey::from_secret(&secret)?)
            }
            ["ES256", private, public] => {
                let (private, public) = (fs::read(private)?, fs::read(public)?);
                (Algorithm::ES256, EncodingKey::from_ec_pem(&private)?, DecodingKey::from_ec_pem(&public)?)
            }
            _ => return Err("arguments: HS256 SECRET_FILE, or ES256 PRIVATE_KEY_FILE PUBLIC_KEY_FILE".into()),
        };
        let mut access = Validation::new(algorithm);
        access.leeway = 0;
        access.set_issuer(&[ISSUER]);
        let mut refresh = access.clone();
        refresh.validate_exp = false;
        Ok(Keys { header: Header::new(algorithm), encoding, decoding, access, refresh })
    }

    /// The claims of the token in an `Authorization` header, if it is acceptable.
    pub fn verify(&self, authorization: &str) -> Option<Claims> {
        let token = authorization.strip_prefix("Bearer ")?;
        decode(token, &self.decoding, &self.access).map(|data| data.claims).ok()
    }

    /// A new token for the one in an `Authorization` header, if that can be refreshed.
    pub fn refresh(&self, authorization: &str) -> Option<Refreshed> {
        let token = authorization.strip_prefix("Bearer ")?;
        let old: Claims = decode(token, &self.decoding, &self.refresh).map(|data| data.claims).ok()?;
        let now = now();
        if now >= old.refresh_until {
            return None;
        }
        self.issue(old.sub, old.auth_time, now)
    }

    /// An answer as that to a refresh.
    pub fn example(&self) -> Option<Refreshed> {
        let now = now();
        self.issue("user-0000000".into(), now, now)
    }

    fn issue(&self, sub: String, auth_time: u64, now: u64) -> Option<Refreshed> {
        let claims = Claims {
            sub,
            exp: now + LIFE,
            iat: now,
            auth_time,
            iss: ISSUER.into(),
            refresh_until: now + REFRESHABLE,
            nickname: "Alice".into(),
            role: "reader".into(),
        };
        let access_token = encode(&self.header, &claims, &self.encoding).ok()?;
        Some(Refreshed { access_token, token_type: "Bearer", expires_in: LIFE })
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

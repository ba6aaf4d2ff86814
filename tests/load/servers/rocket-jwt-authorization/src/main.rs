//! Rocket with the guards of rocket-jwt-authorization: `HS256 SECRET_FILE`, or `ES256 PRIVATE_KEY_FILE
//! PUBLIC_KEY_FILE`.

use std::error::Error;
use std::sync::OnceLock;
use std::{env, fs};

use rocket::fairing::AdHoc;
use rocket::http::{Header, Status};
use rocket::serde::json::{Json, serde_json};
use rocket::{Build, Responder, Rocket, State, get, post, routes};
use rocket_jwt_authorization::jsonwebtoken::{DecodingKey, EncodingKey, get_current_timestamp};
use rocket_jwt_authorization::prelude::*;
use serde::Serialize;

const LIFE: u64 = 24 * 60 * 60;

static ARGUMENTS: OnceLock<Arguments> = OnceLock::new();

struct Arguments {
    /// The secret, or the private key in PEM.
    key: Vec<u8>,
    public_key: Vec<u8>,
}

fn arguments() -> &'static Arguments {
    ARGUMENTS.get().expect("read before the launch")
}

/// The fixed answer of the refresh route's twin.
struct Example {
    authorization: &'static str,
    body: &'static str,
}

#[derive(Serialize)]
struct Refreshed {
    access_token: String,
    token_type: &'static str,
    expires_in: u64,
}

#[derive(Responder)]
struct Answer<B> {
    body: B,
    authorization: Header<'static>,
    cache_control: Header<'static>,
}

#[derive(Responder)]
#[response(content_type = "json")]
struct Fixed(Answer<&'static str>);

#[get("/open")]
fn open() -> &'static str {
    "Hello, Alice"
}

#[post("/fixed")]
fn fixed(example: &State<Example>) -> Fixed {
    let authorization = Header::new("Authorization", example.authorization);
    Fixed(Answer { body: example.body, authorization, cache_control: no_store() })
}

fn answer(token: Option<String>) -> Result<Answer<Json<Refreshed>>, Status> {
    let access_token = token.ok_or(Status::InternalServerError)?;
    let authorization = Header::new("Authorization", format!("Bearer {access_token}"));
    let refreshed = Refreshed { access_token, token_type: "Bearer", expires_in: LIFE };
    Ok(Answer { body: Json(refreshed), authorization, cache_control: no_store() })
}

fn no_store() -> Header<'static> {
    Header::new("Cache-Control", "no-store")
}

/// The types and the routes of an algorithm, in a module of its name: the derive fixes the algorithm.
macro_rules! algorithm {
    ($module:ident, $($key:tt)+) => {
        mod $module {
            use serde::Deserialize;

            use super::*;

            /// The guard.
            #[derive(Serialize, Deserialize, JWT)]
            #[jwt($($key)+, issuer = "load", leeway = 0)]
            pub struct User {
                sub: String,
                exp: u64,
                iat: u64,
                auth_time: u64,
                iss: String,
                refresh_until: u64,
                nickname: String,
                role: String,
            }

            /// The guard of the refresh route, for which an expired token will do.
            #[derive(Serialize, Deserialize, JWT)]
            #[jwt($($key)+, issuer = "load", leeway = 0, validate_exp = false)]
            pub struct Old {
                sub: String,
                auth_time: u64,
                refresh_until: u64,
            }

            #[get("/me")]
            pub fn me(user: User) -> String {
                format!("Hello, {}", user.nickname)
            }

            #[post("/refresh")]
            pub fn refresh(old: Old) -> Result<Answer<Json<Refreshed>>, Status> {
                let now = get_current_timestamp();
                if now >= old.refresh_until {
                    return Err(Status::Forbidden);
                }
                answer(issue(old.sub, old.auth_time, now))
            }

            pub fn issue(sub: String, auth_time: u64, now: u64) -> Option<String> {
                let user = User {
                    sub,
                    exp: now + LIFE,
                    iat: now,
                    auth_time,
                    iss: "load".into(),
                    refresh_until: now + 7 * LIFE,
                    nickname: "Alice".into(),
                    role: "reader".into(),
                };
                user.sign().ok()
            }
        }
    };
}

algorithm!(hs256, key = &arguments().key);
algorithm!(
    es256,
    algorithm = ES256,
    encoding_key = EncodingKey::from_ec_pem(&arguments().key).expect("a private key"),
    decoding_key = DecodingKey::from_ec_pem(&arguments().public_key).expect("a public key")
);

fn build() -> Result<Rocket<Build>, Box<dyn Error + Send + Sync>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let now = get_current_timestamp();
    let (token, routes) = match arguments[..] {
        ["HS256", secret] => {
            let key = fs::read(secret)?;
            ARGUMENTS.get_or_init(|| Arguments { key, public_key: Vec::new() });
            (hs256::issue("user-0000000".into(), now, now), routes![open, hs256::me, hs256::refresh, fixed])
        }
        ["ES256", private, public] => {
            let (key, public_key) = (fs::read(private)?, fs::read(public)?);
            ARGUMENTS.get_or_init(|| Arguments { key, public_key });
            (es256::issue("user-0000000".into(), now, now), routes![open, es256::me, es256::refresh, fixed])
        }
        _ => return Err("arguments: HS256 SECRET_FILE, or ES256 PRIVATE_KEY_FILE PUBLIC_KEY_FILE".into()),
    };
    let access_token = token.ok_or("no token")?;
    let authorization = format!("Bearer {access_token}").leak();
    let refreshed = Refreshed { access_token, token_type: "Bearer", expires_in: LIFE };
    let example = Example { authorization, body: serde_json::to_string(&refreshed)?.leak() };
    Ok(rocket::build().manage(example).mount("/", routes))
}

#[rocket::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let port = AdHoc::on_liftoff("The port", |rocket| {
        Box::pin(async move { println!("listening on {}", rocket.config().port) })
    });
    build()?.attach(port).launch().await?;
    Ok(())
}

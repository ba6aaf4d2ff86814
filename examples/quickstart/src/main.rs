//! Login, a guarded route and a refresh route: all that there is to write.

use std::collections::HashMap;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use jwtauth::{Auth, Claims, Identity, JwtAuth, Tokens, refresh_endpoint};
use rocket::figment::Figment;
use rocket::figment::providers::{Env, Format, Toml};
use rocket::form::{Form, FromForm};
use rocket::http::Status;
use rocket::tokio::task::spawn_blocking;
use rocket::{State, get, launch, post, routes};
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize, Claims)]
struct Profile {
    nickname: String,
}

/// The users by name: what they are like, and the hashes of their passwords.
type Users = HashMap<String, (Profile, PasswordHash)>;

#[derive(FromForm)]
struct Login {
    username: String,
    password: String,
}

#[post("/login", data = "<login>")]
async fn login(login: Form<Login>, users: &State<Users>, auth: Auth<'_>) -> Result<Tokens, Status> {
    let Login { username, password } = login.into_inner();
    let (profile, hash) = users.get(&username).cloned().ok_or(Status::Unauthorized)?;
    // Hashing is meant to be slow: not on the threads that serve requests.
    let verified = spawn_blocking(move || Argon2::default().verify_password(password.as_bytes(), &hash));
    match verified.await {
        Ok(Ok(())) => Ok(auth.remember(username, profile).await?),
        _ => Err(Status::Unauthorized),
    }
}

#[get("/me")]
fn me(identity: Identity<Profile>) -> String {
    format!("Hello, {}", identity.nickname)
}

#[refresh_endpoint("/refresh")]
async fn refresh(userid: &str, users: &State<Users>) -> Option<Profile> {
    users.get(userid).map(|(profile, _)| profile.clone())
}

#[launch]
fn rocket() -> _ {
    let hash = Argon2::default().hash_password(b"wonderland").expect("the parameters are good");
    let alice = Profile { nickname: "Alice".into() };
    let users = Users::from([("alice".into(), (alice, hash))]);

    rocket::custom(settings()).attach(JwtAuth::fairing()).manage(users).mount("/", routes![login, me, refresh])
}

/// Rocket's own settings, but with this package's Rocket.toml: `cargo run -p quickstart` starts in the
/// root of the workspace, where Rocket would not find it.
fn settings() -> Figment {
    let file = Env::var_or("ROCKET_CONFIG", concat!(env!("CARGO_MANIFEST_DIR"), "/Rocket.toml"));
    let own = rocket::Config::figment().merge(Toml::file(file).nested());
    own.merge(Env::prefixed("ROCKET_").ignore(&["PROFILE"]).global())
}

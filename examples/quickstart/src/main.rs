//! A complete application with a login, a guarded route and a refresh route.

use std::collections::HashMap;
use std::sync::Arc;
use std::thread;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use jwtauth::{Auth, Claims, Identity, JwtAuth, Tokens, refresh_endpoint};
use rocket::figment::Figment;
use rocket::figment::providers::{Env, Format, Toml};
use rocket::form::{Form, FromForm};
use rocket::http::Status;
use rocket::tokio::sync::Semaphore;
use rocket::tokio::task::spawn_blocking;
use rocket::{Build, Rocket, State, get, launch, post, routes};
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize, Claims)]
struct Profile {
    nickname: String,
}

struct Users {
    /// The profiles and password hashes of users, by name.
    known: HashMap<String, (Profile, PasswordHash)>,
    /// The hash to check for an unknown user, so that the response time does not reveal which users exist.
    unknown: PasswordHash,
    /// One permit per core: each hash takes a core and 19 MiB for a while.
    hashing: Arc<Semaphore>,
}

#[derive(FromForm)]
struct Login {
    username: String,
    password: String,
}

#[post("/login", data = "<login>")]
async fn login(login: Form<Login>, users: &State<Users>, auth: Auth<'_>) -> Result<Tokens, Status> {
    let Login { username, password } = login.into_inner();
    let user = users.known.get(&username);
    let hash = user.map_or(&users.unknown, |(_, hash)| hash).clone();
    let permit = Arc::clone(&users.hashing).acquire_owned().await.map_err(|_| Status::ServiceUnavailable)?;
    // Hashing is slow by design, so it must not run on the threads that serve requests. The task holds the permit,
    // because it continues even if the client disconnects.
    let verified = spawn_blocking(move || {
        let _permit = permit;
        Argon2::default().verify_password(password.as_bytes(), &hash)
    });
    match (user, verified.await) {
        (Some((profile, _)), Ok(Ok(()))) => Ok(auth.remember(username, profile.clone()).await?),
        _ => Err(Status::Unauthorized),
    }
}

#[get("/me")]
fn me(identity: Identity<Profile>) -> String {
    format!("Hello, {}", identity.nickname)
}

#[refresh_endpoint("/refresh")]
async fn refresh(userid: &str, users: &State<Users>) -> Option<Profile> {
    users.known.get(userid).map(|(profile, _)| profile.clone())
}

#[launch]
fn rocket() -> _ {
    quickstart(settings())
}

fn quickstart(figment: Figment) -> Rocket<Build> {
    let hash = |password: &[u8]| Argon2::default().hash_password(password).expect("the parameters are good");
    let alice = Profile { nickname: "Alice".into() };
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let users = Users {
        known: HashMap::from([("alice".into(), (alice, hash(b"wonderland")))]),
        unknown: hash(b"no user has this hash"),
        hashing: Arc::new(Semaphore::new(cores)),
    };

    rocket::custom(figment).attach(JwtAuth::fairing()).manage(users).mount("/", routes![login, me, refresh])
}

/// Rocket's default settings with this package's Rocket.toml. `cargo run -p quickstart` starts in the root of the
/// workspace, where Rocket would not find it.
fn settings() -> Figment {
    let file = Env::var_or("ROCKET_CONFIG", concat!(env!("CARGO_MANIFEST_DIR"), "/Rocket.toml"));
    let own = rocket::Config::figment().merge(Toml::file(file).nested());
    own.merge(Env::prefixed("ROCKET_").ignore(&["PROFILE"]).global())
}

#[cfg(test)]
mod tests {
    use rocket::http::ContentType;
    use rocket::local::blocking::Client;

    use super::*;

    fn login(client: &Client, username: &str, password: &str) -> Status {
        let form = format!("username={username}&password={password}");
        client.post("/login").header(ContentType::Form).body(form).dispatch().status()
    }

    fn client() -> Client {
        let secret = ("jwtauth.master_secret", "a secret of the tests, 32 bytes and more");
        Client::untracked(quickstart(settings().merge(secret).merge(("log_level", "off")))).expect("it launches")
    }

    #[test]
    fn login_accepts_only_the_password_of_the_user() {
        let client = client();
        assert_eq!(login(&client, "alice", "wonderland"), Status::Ok);
        assert_eq!(login(&client, "alice", "looking-glass"), Status::Unauthorized);
        assert_eq!(login(&client, "mallory", "no user has this hash"), Status::Unauthorized);
    }

    #[test]
    fn login_hashes_password_of_unknown_user_too() {
        let client = client();
        // A login that hashes is answered 503, because no permit is left.
        client.rocket().state::<Users>().expect("managed").hashing.close();
        for username in ["alice", "mallory", ""] {
            assert_eq!(login(&client, username, "wonderland"), Status::ServiceUnavailable, "{username}");
        }
    }
}

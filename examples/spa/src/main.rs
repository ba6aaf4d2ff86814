//! An API, and a page of plain JavaScript at another origin that uses it.

mod cors;

use jwtauth::{Auth, AuthError, Claims, Identity, JwtAuth, LoggedOut, Tokens, refresh_endpoint};
use rocket::figment::Figment;
use rocket::figment::providers::{Env, Format, Toml};
use rocket::form::{Form, FromForm};
use rocket::fs::{FileServer, relative};
use rocket::http::{ContentType, Status};
use rocket::{Build, Error, Rocket, State, get, post, routes};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Claims)]
struct Profile {
    nickname: String,
}

#[derive(FromForm)]
struct Login<'r> {
    username: &'r str,
    password: &'r str,
}

/// A stand-in for a database and hashed passwords, as in the examples `accounts` and `pages`.
fn check(login: &Login<'_>) -> Result<Profile, Status> {
    let is_alice = (login.username, login.password) == ("alice", "wonderland");
    is_alice.then(|| Profile { nickname: "Alice".into() }).ok_or(Status::Unauthorized)
}

/// The way of cookies: the body has no tokens, and scripts never see them.
#[post("/login", data = "<login>")]
async fn login(login: Form<Login<'_>>, auth: Auth<'_>) -> Result<Tokens, Status> {
    Ok(auth.remember(login.username, check(&login)?).await?)
}

/// The way of the header: the tokens are in the body, and no cookie is set.
#[post("/token", data = "<login>")]
async fn token(login: Form<Login<'_>>, auth: Auth<'_>) -> Result<Tokens, Status> {
    Ok(auth.remember(login.username, check(&login)?).in_body().await?)
}

#[refresh_endpoint("/refresh")]
async fn refresh(userid: &str) -> Option<Profile> {
    (userid == "alice").then(|| Profile { nickname: "Alice".into() })
}

#[get("/me")]
fn me(identity: Identity<Profile>) -> String {
    format!("Hello, {}", identity.nickname)
}

#[post("/logout")]
async fn logout(auth: Auth<'_>) -> Result<LoggedOut, AuthError> {
    auth.forget().await
}

/// What the page has to know of the API.
struct Api(String);

#[get("/api.js")]
fn api_js(api: &State<Api>) -> (ContentType, String) {
    (ContentType::JavaScript, format!("export const api = \"{}\";\n", api.0))
}

fn api(figment: &Figment) -> Rocket<Build> {
    rocket::custom(figment)
        .attach(JwtAuth::fairing())
        .attach(cors::Cors)
        .mount("/", routes![login, token, refresh, me, logout, cors::preflight])
        .register("/", jwtauth::catchers())
}

fn page(figment: &Figment) -> Rocket<Build> {
    let port = |name: &str| figment.extract_inner::<u16>(name).unwrap_or_default();
    let api = Api(format!("http://localhost:{}", port("port")));
    rocket::custom(figment.clone().merge(("port", port("spa.page_port"))))
        .manage(api)
        .mount("/", routes![api_js])
        .mount("/", FileServer::from(relative!("page")))
}

/// Rocket's default settings with this package's Rocket.toml. `cargo run -p spa` starts in the root of the workspace.
fn figment() -> Figment {
    rocket::Config::figment()
        .merge(Toml::file(Env::var_or("ROCKET_CONFIG", concat!(env!("CARGO_MANIFEST_DIR"), "/Rocket.toml"))).nested())
        .merge(Env::prefixed("ROCKET_").ignore(&["PROFILE"]).global())
}

#[rocket::main]
async fn main() -> Result<(), Box<Error>> {
    let figment = figment();
    rocket::tokio::try_join!(api(&figment).launch(), page(&figment).launch())?;
    Ok(())
}

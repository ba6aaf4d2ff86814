//! Sessions in the application's own database, with its own `SessionStore`.

mod passwords;
mod store;
#[cfg(test)]
mod tests;

use jwtauth::{Auth, AuthError, Claims, Identity, JwtAuth, LoggedOut, Tokens, refresh_endpoint};
use rocket::fairing::{self, AdHoc};
use rocket::figment::Figment;
use rocket::figment::providers::{Env, Format, Toml};
use rocket::figment::value::magic::RelativePathBuf;
use rocket::form::{Form, FromForm};
use rocket::http::Status;
use rocket::{Build, Rocket, State, error, get, launch, post, routes};
use rocket_db_pools::sqlx::{self, Executor, SqlitePool};
use rocket_db_pools::{Connection, Database};
use serde::{Deserialize, Serialize};

use crate::passwords::Passwords;
use crate::store::SqliteStore;

#[derive(Database)]
#[database("app")]
struct Db(SqlitePool);

#[derive(Serialize, Deserialize, Claims)]
struct Profile {
    nickname: String,
}

#[derive(FromForm)]
struct Login {
    username: String,
    password: String,
}

#[post("/login", data = "<login>")]
async fn login(login: Form<Login>, auth: Auth<'_>, db: &Db, passwords: &State<Passwords>) -> Result<Tokens, Status> {
    let Login { username, password } = login.into_inner();
    let user = sqlx::query_as("SELECT nickname, password FROM users WHERE userid = ?").bind(&username);
    let user: Option<(String, String)> = user.fetch_optional(&**db).await.map_err(away)?;
    let (nickname, hash) = user.unzip();
    match (nickname, passwords.verify(password, hash).await) {
        (Some(nickname), Ok(true)) => Ok(auth.remember(username, Profile { nickname }).await?),
        (_, Ok(_)) => Err(Status::Unauthorized),
        (_, Err(_)) => Err(Status::ServiceUnavailable),
    }
}

#[get("/me")]
fn me(identity: Identity<Profile>) -> String {
    format!("Hello, {}", identity.nickname)
}

#[refresh_endpoint("/refresh")]
async fn refresh(userid: &str, mut db: Connection<Db>) -> Result<Option<Profile>, AuthError> {
    let nickname = sqlx::query_scalar("SELECT nickname FROM users WHERE userid = ?").bind(userid);
    let nickname = nickname.fetch_optional(&mut **db).await.map_err(away)?;
    Ok(nickname.map(|nickname| Profile { nickname }))
}

#[post("/logout")]
async fn logout(auth: Auth<'_>) -> Result<LoggedOut, AuthError> {
    auth.forget().await
}

/// Responds with 503, and logs the reason.
fn away(error: sqlx::Error) -> AuthError {
    error!("the database is away: {error}");
    AuthError::Unavailable
}

#[launch]
fn rocket() -> _ {
    app(figment())
}

fn app(figment: Figment) -> Rocket<Build> {
    rocket::custom(figment)
        .attach(Db::init())
        .manage(Passwords::new())
        .attach(AdHoc::try_on_ignite("Sessions", with_sessions))
        .mount("/", routes![login, me, refresh, logout])
        .register("/", jwtauth::catchers())
}

/// Attaches the fairing with its store. The pool exists only after the ignition of [`Db`].
async fn with_sessions(rocket: Rocket<Build>) -> fairing::Result {
    let Some(db) = Db::fetch(&rocket) else { return Err(rocket) };
    if let Err(error) = db.execute(include_str!("schema.sql")).await {
        error!("the tables can't be made: {error}");
        return Err(rocket);
    }
    // For trying the example: only the debug profile has a user whose password everyone knows.
    if rocket.figment().profile() == rocket::Config::DEBUG_PROFILE
        && let Err(error) = db.execute(include_str!("seed.sql")).await
    {
        error!("the users can't be made: {error}");
        return Err(rocket);
    }
    let store = SqliteStore(SqlitePool::clone(db));
    Ok(rocket.attach(JwtAuth::fairing().session_store(store)))
}

/// Rocket's default settings with this package's Rocket.toml and the database next to it. `cargo run -p custom-store`
/// starts in the root of the workspace, which contains neither.
fn figment() -> Figment {
    let file = Env::var_or("ROCKET_CONFIG", concat!(env!("CARGO_MANIFEST_DIR"), "/Rocket.toml"));
    let figment = rocket::Config::figment()
        .merge(Toml::file(file).nested())
        .merge(Env::prefixed("ROCKET_").ignore(&["PROFILE"]).global());
    match figment.extract_inner::<RelativePathBuf>("databases.app.url") {
        Ok(url) => figment.merge(("databases.app.url", url.relative())),
        // The database's fairing reports the error.
        Err(_) => figment,
    }
}

//! Accounts in SQLite: login, profiles in tokens, and changes to them.

mod db;
mod error;
mod login;
mod me;
mod passwords;
mod sessions;
#[cfg(test)]
mod tests;
mod users;

use jwtauth::JwtAuth;
use rocket::figment::Figment;
use rocket::figment::providers::{Env, Format, Toml};
use rocket::figment::value::magic::RelativePathBuf;
use rocket::{Build, Rocket, launch};

#[launch]
fn rocket() -> _ {
    accounts(figment())
}

fn accounts(figment: Figment) -> Rocket<Build> {
    rocket::custom(figment)
        .attach(db::stage())
        .manage(passwords::Passwords::new())
        .attach(JwtAuth::fairing().refresh_nonce_handler(login::nonce))
        .mount("/", login::routes())
        .mount("/", me::routes())
        .mount("/", sessions::routes())
        .register("/", jwtauth::catchers())
}

/// Rocket's default settings with this package's Rocket.toml and the database next to it. `cargo run -p accounts`
/// starts in the root of the workspace, which contains neither.
fn figment() -> Figment {
    let file = Env::var_or("ROCKET_CONFIG", concat!(env!("CARGO_MANIFEST_DIR"), "/Rocket.toml"));
    let figment = rocket::Config::figment()
        .merge(Toml::file(file).nested())
        .merge(Env::prefixed("ROCKET_").ignore(&["PROFILE"]).global());
    match figment.extract_inner::<RelativePathBuf>("databases.accounts.url") {
        Ok(url) => figment.merge(("databases.accounts.url", url.relative())),
        // The database's fairing reports the error.
        Err(_) => figment,
    }
}

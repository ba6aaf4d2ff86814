//! A small site: sign-up, login, pages for members, a list of logins, and logout. Cookies carry the login.

mod db;
mod page;
mod passwords;
mod routes;
#[cfg(test)]
mod tests;

use jwtauth::JwtAuth;
use rocket::fairing::AdHoc;
use rocket::figment::Figment;
use rocket::figment::providers::{Env, Format, Toml};
use rocket::{Build, Rocket, catchers, launch};
use rocket_db_pools::Database;

#[launch]
fn rocket() -> _ {
    pages(figment())
}

fn pages(figment: Figment) -> Rocket<Build> {
    rocket::custom(figment)
        .attach(db::Db::init())
        .attach(AdHoc::try_on_ignite("Pages Database", db::set_up))
        .attach(JwtAuth::fairing())
        .mount("/", routes::all())
        .register("/", jwtauth::catchers())
        .register("/", catchers![page::failed])
        .register("/admin", catchers![page::forbidden])
}

/// The settings and the database are in this package. `cargo run -p pages` starts in the root of the workspace.
fn figment() -> Figment {
    let file = Env::var_or("ROCKET_CONFIG", concat!(env!("CARGO_MANIFEST_DIR"), "/Rocket.toml"));
    let environment = Env::prefixed("ROCKET_").ignore(&["PROFILE"]).global();
    rocket::Config::figment()
        .merge(("databases.pages.url", concat!(env!("CARGO_MANIFEST_DIR"), "/pages.sqlite")))
        .merge(Toml::file(file).nested())
        .merge(environment)
}

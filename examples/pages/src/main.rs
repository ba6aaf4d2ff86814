//! A small site: sign-up, login, pages for members, settings, a list of logins, and logout. Cookies carry the login.

mod page;
mod routes;
#[cfg(test)]
mod tests;
mod users;

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
    routes::mount(rocket::custom(figment))
        .attach(users::Users::init())
        .attach(AdHoc::try_on_ignite("Pages Database", users::set_up))
        .attach(JwtAuth::fairing())
        // This catcher redirects to the page to log in. The others have bodies for programs.
        .register("/", Vec::from_iter(jwtauth::catchers().into_iter().filter(|catcher| catcher.code == Some(401))))
        .register("/", catchers![page::failed])
}

/// The settings and the database are in this package. `cargo run -p pages` starts in the root of the workspace.
fn figment() -> Figment {
    let file = Env::var_or("ROCKET_CONFIG", concat!(env!("CARGO_MANIFEST_DIR"), "/Rocket.toml"));
    rocket::Config::figment()
        .merge(("databases.pages.url", concat!(env!("CARGO_MANIFEST_DIR"), "/pages.sqlite")))
        .merge(Toml::file(file).nested())
        .merge(Env::prefixed("ROCKET_").ignore(&["PROFILE"]).global())
}

//! The sentinels of the guards, the loader's and the endpoint's own, stop a launch.

#![allow(unused)]

use jwtauth::{JwtAuth, refresh_endpoint};
use rocket::error::ErrorKind;
use rocket::{Build, Rocket, State};

struct Database;

#[refresh_endpoint("/refresh")]
async fn refresh(userid: &str, database: &State<Database>) -> Option<()> {
    None
}

#[refresh_endpoint("/refresh")]
async fn without_guards(userid: &str) -> Option<()> {
    None
}

fn settings() -> Rocket<Build> {
    let figment = rocket::Config::figment()
        .merge(("log_level", "off"))
        .merge(("jwtauth.allow_refresh", true))
        .merge(("jwtauth.master_secret", "a secret of at least thirty-two bytes"));
    rocket::custom(figment)
}

fn stopped_by(rocket: Rocket<Build>) -> Vec<String> {
    match rocket::execute(rocket.ignite()) {
        Ok(_) => Vec::new(),
        Err(error) => match error.kind() {
            ErrorKind::SentinelAborts(sentries) => sentries.iter().map(|sentry| sentry.type_name.to_owned()).collect(),
            other => panic!("{other}"),
        },
    }
}

fn main() {
    let attached = || settings().attach(JwtAuth::fairing());

    let aborts = stopped_by(attached().mount("/", rocket::routes![refresh]));
    assert_eq!(aborts.len(), 1, "{aborts:?}");
    assert!(aborts[0].contains("State<") && aborts[0].contains("Database"), "{aborts:?}");

    assert!(stopped_by(attached().mount("/", rocket::routes![refresh]).manage(Database)).is_empty());
    assert!(stopped_by(attached().mount("/", rocket::routes![without_guards])).is_empty());

    let aborts = stopped_by(settings().mount("/", rocket::routes![without_guards]));
    assert!(aborts.iter().any(|name| name.contains("Refreshing")), "{aborts:?}");
}

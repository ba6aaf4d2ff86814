//! The function stays what it is, for unit tests and for whoever else calls it.

use jwtauth::{Claims, refresh_endpoint};
use rocket::State;
use serde::{Deserialize, Serialize};

#[derive(Debug, PartialEq, Serialize, Deserialize, Claims)]
struct Profile {
    nickname: String,
}

#[refresh_endpoint("/async")]
async fn later(userid: &str, suffix: &State<String>) -> Option<Profile> {
    std::future::ready(()).await;
    Some(Profile { nickname: format!("{userid}{}", suffix.inner()) })
}

#[refresh_endpoint("/sync")]
fn at_once(userid: u8) -> Option<Profile> {
    (userid == 7).then(|| Profile { nickname: "seven".into() })
}

fn main() {
    let suffix = "!".to_owned();
    let profile = rocket::execute(later("alice", State::from(&suffix)));
    assert_eq!(profile, Some(Profile { nickname: "alice!".into() }));
    assert_eq!(at_once(7), Some(Profile { nickname: "seven".into() }));
    assert_eq!(at_once(8), None);

    let routes = rocket::routes![later, at_once];
    assert_eq!(routes[0].name.as_deref(), Some("later"));
    assert_eq!(routes[1].name.as_deref(), Some("at_once"));
}

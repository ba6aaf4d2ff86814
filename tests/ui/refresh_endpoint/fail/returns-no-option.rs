#![allow(unused)]

use jwtauth::{Claims, refresh_endpoint};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Claims)]
struct Profile {
    nickname: String,
}

#[refresh_endpoint("/refresh")]
async fn refresh(userid: &str) -> Profile {
    Profile { nickname: userid.into() }
}

fn main() {
    let _ = rocket::routes![refresh];
}

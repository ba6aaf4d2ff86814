#![allow(unused)]

use jwtauth::refresh_endpoint;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Profile {
    nickname: String,
}

#[refresh_endpoint("/refresh")]
async fn refresh(userid: &str) -> Option<Profile> {
    None
}

fn main() {
    let _ = rocket::routes![refresh];
}

#![allow(unused)]

use jwtauth::refresh_endpoint;
use rocket::State;

#[refresh_endpoint("/refresh")]
async fn refresh(number: &State<u8>, userid: &str) -> Option<()> {
    Some(())
}

fn main() {
    let _ = rocket::routes![refresh];
}

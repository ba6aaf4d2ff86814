#![allow(unused)]

use jwtauth::refresh_endpoint;
use rocket::State;

#[refresh_endpoint("/refresh")]
async fn refresh(userid: &str, number: &State<u8>, number: &State<u8>) -> Option<()> {
    Some(())
}

fn main() {
    let _ = rocket::routes![refresh];
}

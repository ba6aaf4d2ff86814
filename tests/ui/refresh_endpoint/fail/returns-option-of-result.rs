#![allow(unused)]

use jwtauth::refresh_endpoint;
use rocket::http::Status;

#[refresh_endpoint("/refresh")]
async fn refresh(userid: &str) -> Option<Result<(), Status>> {
    None
}

fn main() {
    let _ = rocket::routes![refresh];
}

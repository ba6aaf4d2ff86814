#![allow(unused)]

use jwtauth::refresh_endpoint;

#[refresh_endpoint("/refresh", renews = "yes")]
async fn refresh(userid: &str) -> Option<()> {
    Some(())
}

fn main() {
    let _ = rocket::routes![refresh];
}

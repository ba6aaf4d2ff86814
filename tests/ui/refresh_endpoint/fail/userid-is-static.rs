#![allow(unused)]

use jwtauth::refresh_endpoint;

#[refresh_endpoint("/refresh")]
async fn refresh(userid: &'static str) -> Option<()> {
    Some(())
}

fn main() {
    let _ = rocket::routes![refresh];
}

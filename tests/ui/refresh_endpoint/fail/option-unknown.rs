#![allow(unused)]

use jwtauth::refresh_endpoint;

#[refresh_endpoint("/refresh", timeout = 3)]
async fn refresh(userid: &str) -> Option<()> {
    Some(())
}

fn main() {
    let _ = rocket::routes![refresh];
}

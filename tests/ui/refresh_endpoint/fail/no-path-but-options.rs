#![allow(unused)]

use jwtauth::refresh_endpoint;

#[refresh_endpoint(rank = 2)]
async fn refresh(userid: &str) -> Option<()> {
    Some(())
}

fn main() {
    let _ = rocket::routes![refresh];
}

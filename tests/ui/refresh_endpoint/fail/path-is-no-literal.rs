#![allow(unused)]

use jwtauth::refresh_endpoint;

const PATH: &str = "/refresh";

#[refresh_endpoint(PATH)]
async fn refresh(userid: &str) -> Option<()> {
    Some(())
}

fn main() {
    let _ = rocket::routes![refresh];
}

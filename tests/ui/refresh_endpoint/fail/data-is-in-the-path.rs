#![allow(unused)]

use jwtauth::refresh_endpoint;

#[refresh_endpoint("/<name>", data = "<name>")]
async fn refresh(userid: &str, name: String) -> Option<()> {
    Some(())
}

fn main() {
    let _ = rocket::routes![refresh];
}

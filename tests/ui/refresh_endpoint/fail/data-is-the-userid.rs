#![allow(unused)]

use jwtauth::refresh_endpoint;

#[refresh_endpoint("/refresh", data = "<userid>")]
async fn refresh(userid: String) -> Option<()> {
    Some(())
}

fn main() {
    let _ = rocket::routes![refresh];
}

#![allow(unused)]

use jwtauth::refresh_endpoint;

#[refresh_endpoint("/<id>/refresh?<id>")]
async fn refresh(userid: &str, id: u8) -> Option<()> {
    Some(())
}

fn main() {
    let _ = rocket::routes![refresh];
}

#![allow(unused)]

use jwtauth::refresh_endpoint;

#[refresh_endpoint("/<rest..>/refresh")]
async fn refresh(userid: &str, rest: std::path::PathBuf) -> Option<()> {
    Some(())
}

fn main() {
    let _ = rocket::routes![refresh];
}

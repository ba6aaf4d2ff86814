#![allow(unused)]

use jwtauth::refresh_endpoint;

#[refresh_endpoint("/refresh")]
async fn refresh(userid: &str) -> Result<Option<()>, std::fmt::Error> {
    Ok(None)
}

fn main() {
    let _ = rocket::routes![refresh];
}

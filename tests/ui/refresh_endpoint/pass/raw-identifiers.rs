#![allow(unused)]

use jwtauth::refresh_endpoint;
use rocket::State;

#[refresh_endpoint("/<type>/<r>?<match>")]
async fn r#async(r#fn: &str, r#type: u8, r: u8, r#match: u8, r#async: &State<u8>) -> Option<()> {
    None
}

#[refresh_endpoint("/data", data = "<struct>")]
fn r#try(userid: &str, r#struct: String) -> Option<()> {
    None
}

fn main() {
    let _ = rocket::routes![r#async, r#try];
    assert_eq!(rocket::uri!(r#async(r#type = 1, r = 2, r#match = 3)).to_string(), "/1/2?match=3");
    assert!(r#try("", String::new()).is_none());
}

#![allow(unused)]

use jwtauth::refresh_endpoint;

trait Loader {
    #[refresh_endpoint("/refresh")]
    async fn refresh(userid: &str) -> Option<()>;
}

fn main() {}

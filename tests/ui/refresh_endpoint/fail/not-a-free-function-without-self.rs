#![allow(unused)]

use jwtauth::refresh_endpoint;

struct Loader;

impl Loader {
    #[refresh_endpoint("/refresh")]
    async fn refresh(userid: &str, loader: &rocket::State<Self>) -> Option<()> {
        Some(())
    }
}

fn main() {
    let _ = Loader::refresh;
}

#![allow(unused)]

use jwtauth::refresh_endpoint;

struct Loader;

impl Loader {
    #[refresh_endpoint("/refresh")]
    async fn refresh(&self, userid: &str) -> Option<()> {
        Some(())
    }
}

fn main() {
    let _ = Loader::refresh;
}

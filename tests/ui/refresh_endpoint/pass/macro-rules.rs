//! Endpoints that are made by macros.

#![allow(unused)]

use jwtauth::{Claims, refresh_endpoint};
use rocket::State;
use serde::{Deserialize, Serialize};

macro_rules! endpoint {
    ($name:ident, $path:literal, $id:ty => $claims:ty) => {
        #[refresh_endpoint($path)]
        async fn $name(userid: $id, guard: &State<u8>) -> Option<$claims> {
            None
        }
    };
}

macro_rules! fixed {
    ($($body:tt)*) => {
        #[refresh_endpoint("/fixed/<tenant>", rank = 2)]
        pub fn fixed(userid: &str, tenant: u8, number: &State<u8>) -> Result<Option<()>, rocket::http::Status> {
            $($body)*
        }
    };
}

macro_rules! whole {
    ($item:item) => {
        $item
    };
}

#[derive(Serialize, Deserialize, Claims)]
struct Profile {
    nickname: String,
}

endpoint!(first, "/first", i64 => Profile);
endpoint!(second, "/second", &str => ());
fixed! { Ok(None) }
whole! {
    #[refresh_endpoint("/whole")]
    async fn whole(userid: &str, number: &State<u8>) -> Option<Profile> {
        None
    }
}

fn main() {
    let _ = rocket::routes![first, second, fixed, whole];
    assert_eq!(rocket::uri!(second).to_string(), "/second");
    assert_eq!(rocket::uri!(fixed(4)).to_string(), "/fixed/4");
}

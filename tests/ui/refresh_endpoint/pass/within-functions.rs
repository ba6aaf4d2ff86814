//! Within a function, with types that only it knows.

#![allow(unused)]

use jwtauth::{Claims, refresh_endpoint};
use rocket::{Route, State};
use serde::{Deserialize, Serialize};

fn routes() -> Vec<Route> {
    #[derive(Serialize, Deserialize, Claims)]
    struct Local {
        value: u8,
    }

    struct Database;

    #[refresh_endpoint("/<tenant>/refresh")]
    async fn refresh(userid: &str, tenant: u8, database: &State<Database>) -> Option<Local> {
        None
    }

    assert_eq!(rocket::uri!(refresh(3)).to_string(), "/3/refresh");
    rocket::routes![refresh]
}

fn main() {
    assert_eq!(routes().len(), 1);

    #[refresh_endpoint("/refresh")]
    fn refresh(userid: &str) -> Option<()> {
        None
    }

    assert_eq!(rocket::uri!(refresh).to_string(), "/refresh");
    assert!(refresh("").is_none());
}

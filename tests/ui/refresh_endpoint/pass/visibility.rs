//! A route can be seen where the function can, and two of one name do not meet.

#![allow(unused)]

mod auth {
    pub mod public {
        use jwtauth::refresh_endpoint;

        #[refresh_endpoint("/public")]
        pub async fn refresh(userid: &str) -> Option<()> {
            None
        }
    }

    pub mod within_crate {
        use jwtauth::refresh_endpoint;

        #[refresh_endpoint("/crate")]
        pub(crate) async fn refresh(userid: &str) -> Option<()> {
            None
        }
    }

    mod within_parent {
        use jwtauth::refresh_endpoint;

        type Id = u8;

        #[refresh_endpoint("/parent")]
        pub(super) async fn refresh(userid: Id) -> Option<self::Claims> {
            None
        }

        #[refresh_endpoint("/private")]
        async fn private(userid: super::Id) -> Option<()> {
            None
        }

        pub(in crate::auth) type Claims = ();

        pub fn routes() -> Vec<rocket::Route> {
            rocket::routes![private]
        }
    }

    type Id = i64;

    pub fn routes() -> Vec<rocket::Route> {
        [rocket::routes![within_parent::refresh], within_parent::routes()].concat()
    }
}

mod first {
    #[jwtauth::refresh_endpoint("/first")]
    pub async fn refresh(userid: &str) -> Option<()> {
        None
    }
}

mod second {
    #[jwtauth::refresh_endpoint("/second")]
    pub async fn refresh(userid: &str) -> Option<()> {
        None
    }

    #[jwtauth::refresh_endpoint("/third")]
    pub async fn third(userid: &str) -> Option<()> {
        None
    }
}

mod both {
    use super::first::*;
    use super::second::*;

    pub fn routes() -> Vec<rocket::Route> {
        assert_eq!(rocket::uri!(third).to_string(), "/third");
        rocket::routes![third]
    }
}

fn main() {
    let mut routes = rocket::routes![auth::public::refresh, auth::within_crate::refresh, first::refresh];
    routes.extend(auth::routes());
    routes.extend(both::routes());
    assert_eq!(routes.len(), 6);
    assert_eq!(rocket::uri!(auth::public::refresh).to_string(), "/public");
    assert_eq!(rocket::uri!(auth::within_crate::refresh()).to_string(), "/crate");
}

//! The number of allocations for a rule, counted on the thread of the request.

use allocation_counter::measure;
use jwtauth::{Any, Identity, guarded};
use rocket::http::{Header, Status};
use rocket::local::blocking::Client;
use rocket::{get, routes};
use serde_json::json;

use crate::permissions_app::{own_token, permission};

type Rule = (permission::ReadOrders, Any<(permission::ReadUsers, permission::WriteOrders)>);

#[get("/me")]
fn me(_identity: Identity) -> &'static str {
    "me"
}

#[get("/rule")]
fn rule(_identity: Identity<(), Rule>) -> &'static str {
    "rule"
}

#[test]
fn rule_allocates_nothing_for_a_remembered_token() {
    crate::log::install();
    let rocket = jwtauth_tests::rocket(json!({}))
        .attach(jwtauth::JwtAuth::fairing().clock(jwtauth::Clock::manual(jwtauth_tests::NOW)));
    let rocket = rocket.mount("/", routes![me, rule]).mount("/m", guarded::<Identity<(), Rule>>(routes![rule]));
    let client = Client::untracked(rocket).expect("a launch");
    let token = own_token(json!({ "permissions": ["orders:write"] }));
    let count = |path: &'static str| {
        let request = || client.get(path).header(Header::new("Authorization", format!("Bearer {token}")));
        // The first request reads the permissions.
        drop(request().dispatch());
        let request = request();
        let mut status = None;
        let info = measure(|| status = Some(request.dispatch().status()));
        assert_eq!(status, Some(Status::Ok), "{path}");
        info.count_total
    };
    let without = count("/me");
    assert_eq!(count("/rule"), without);
    // The future of the mount's guard.
    assert_eq!(count("/m/rule") - without, 1);
}

//! Measures what a rule adds to a remembered identity, and what a guarded mount adds to a route that asks for the same
//! identity. The relevant numbers are the differences.
//!
//! ```console
//! $ cargo bench -p jwtauth --bench permissions
//! ```
#![allow(missing_docs)]

#[path = "support/contest.rs"]
mod contest;

use contest::Contest;
use jwtauth::{Any, Claims, Granted, Identity, JwtAuth, Permissions, guarded};
use rocket::figment::providers::Serialized;
use rocket::http::{Header, Status};
use rocket::local::blocking::Client;
use rocket::{get, routes};
use serde::{Deserialize, Serialize};

#[derive(Permissions)]
enum Permission {
    #[permission("orders:read")]
    ReadOrders,
    #[permission("orders:write", implies(ReadOrders))]
    WriteOrders,
    #[permission("users:read")]
    ReadUsers,
    #[permission("admin", implies(*))]
    Admin,
}

#[derive(Serialize, Deserialize, Claims)]
struct Profile {
    nickname: String,
    permissions: Granted<Permission>,
}

type Several = (permission::ReadOrders, permission::WriteOrders, Any<(permission::Admin, permission::ReadUsers)>);

#[get("/identity")]
fn identity(_identity: Identity<Profile>) -> &'static str {
    "hello"
}

#[get("/rule")]
fn rule(_identity: Identity<Profile, permission::ReadOrders>) -> &'static str {
    "hello"
}

#[get("/rules")]
fn rules(_identity: Identity<Profile, Several>) -> &'static str {
    "hello"
}

fn main() {
    let settings = serde_json::json!({ "master_secret": "thirty-two bytes that everyone knows" });
    let figment = rocket::Config::figment()
        .merge(Serialized::default("jwtauth", settings).profile("default"))
        .merge(Serialized::default("log_level", "off").profile("default"))
        .select("release");
    let rocket = rocket::custom(figment)
        .attach(JwtAuth::fairing())
        .mount("/", routes![identity, rule, rules])
        // Both paths have the same length, because Rocket takes longer for a longer one.
        .mount("/plain", routes![identity])
        .mount("/mount", guarded::<Identity<Profile>>(routes![identity]));
    let client = Client::untracked(rocket).expect("a rocket that launches");
    let jwtauth: JwtAuth = client.rocket().state::<JwtAuth>().expect("the fairing is attached").clone();
    let profile = Profile {
        nickname: "Alice".into(),
        permissions: Granted::from([Permission::WriteOrders, Permission::ReadUsers]),
    };
    let tokens = rocket::execute(jwtauth.issue("alice", profile)).expect("a token");
    let bearer = format!("Bearer {}", tokens.access_token());
    let remembered = rocket::execute(jwtauth.verify::<Profile>(tokens.access_token())).expect("a good token");

    let get = |path: &'static str| {
        let status = client.get(path).header(Header::new("Authorization", bearer.clone())).dispatch().status();
        assert_eq!(status, Status::Ok);
        status
    };
    let contest = Contest::new("requests")
        .entrant("identity", || get("/identity"))
        .entrant("rule", || get("/rule"))
        .entrant("four rules", || get("/rules"))
        .entrant("plain mount", || get("/plain/identity"))
        .entrant("guarded mount", || get("/mount/identity"));
    if let Some(result) = contest.run() {
        result.print("identity");
        for (name, base) in [("rule", "identity"), ("four rules", "identity"), ("guarded mount", "plain mount")] {
            let added = result.median(name).zip(result.median(base)).map(|(it, base)| it - base);
            println!("  {name} adds {:.0} ns", added.unwrap_or(f64::NAN));
        }
    }
    let contest = Contest::new("checks")
        .entrant("clone", || remembered.clone())
        .entrant("rule", || remembered.require::<permission::ReadOrders>())
        .entrant("four rules", || remembered.require::<Several>());
    if let Some(result) = contest.run() {
        result.print("clone");
    }
}

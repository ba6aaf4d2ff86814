//! The guard through Rocket's dispatch, against the same route without it.
#![allow(missing_docs)]

use criterion::{Criterion, criterion_group, criterion_main};
use jwtauth::{Claims, Identity, JwtAuth};
use rocket::figment::providers::Serialized;
use rocket::http::Header;
use rocket::local::blocking::Client;
use rocket::{get, routes};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Profile {
    nickname: String,
    role: String,
}

impl Claims for Profile {}

#[get("/open")]
fn open() -> &'static str {
    "hello"
}

#[get("/guarded")]
fn guarded(_identity: Identity<Profile>) -> &'static str {
    "hello"
}

#[get("/guarded-twice")]
fn guarded_twice(_first: Identity<Profile>, _second: Identity<Profile>) -> &'static str {
    "hello"
}

#[get("/refused")]
fn refused(_identity: Identity<Profile>) -> &'static str {
    "hello"
}

fn guard(criterion: &mut Criterion) {
    let settings = serde_json::json!({ "master_secret": "thirty-two bytes that everyone knows", "issuer": "shop" });
    let figment = rocket::Config::figment()
        .merge(Serialized::default("jwtauth", settings).profile("default"))
        .merge(Serialized::default("log_level", "off").profile("default"));
    let rocket =
        rocket::custom(figment).attach(JwtAuth::fairing()).mount("/", routes![open, guarded, guarded_twice, refused]);
    let client = Client::untracked(rocket).expect("a rocket that launches");
    let jwtauth = client.rocket().state::<JwtAuth>().expect("the fairing is attached").clone();
    let profile = Profile { nickname: "Alice".into(), role: "reader".into() };
    let tokens = rocket::execute(jwtauth.issue("alice", profile)).expect("a token");
    let good = format!("Bearer {}", tokens.access_token());
    let bad = format!("{good}x");

    let mut group = criterion.benchmark_group("guard");
    for (path, authorization) in [("/open", &good), ("/guarded", &good), ("/guarded-twice", &good), ("/refused", &bad)]
    {
        group.bench_function(path, |bencher| {
            bencher.iter(|| client.get(path).header(Header::new("Authorization", authorization.clone())).dispatch());
        });
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(50)
        .warm_up_time(std::time::Duration::from_millis(300))
        .measurement_time(std::time::Duration::from_secs(2));
    targets = guard
}
criterion_main!(benches);

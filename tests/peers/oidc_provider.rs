//! A real provider: a service with three lines of settings accepts its tokens, through restarts and key rotations.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jwtauth::{Claims, Clock, Identity, JwtAuth};
use jwtauth_tests::{figment, payload};
use rocket::http::{Header, Status};
use rocket::local::blocking::Client;
use rocket::{get, routes};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::program::{OIDC_PROVIDER, Program};

const RESOURCE: &str = "https://orders.example.com";

const HOUR: u64 = 60 * 60;

#[derive(Serialize, Deserialize, Claims)]
struct Grant {
    client_id: String,
    scope: String,
}

#[get("/orders")]
fn orders(grant: Identity<Grant>) -> String {
    format!("{} may {} for {} by {}", grant.userid(), grant.scope, grant.client_id, grant.issuer().unwrap_or("nobody"))
}

struct Service {
    client: Client,
    clock: Clock,
}

impl Service {
    fn trusting(issuer: &str, more: Value) -> Self {
        let mut settings = json!({ "issuer": issuer, "audience": RESOURCE });
        for (name, value) in more.as_object().expect("an object") {
            settings[name] = value.clone();
        }
        // The provider issues tokens with the current time.
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time after the epoch").as_secs();
        let clock = Clock::manual(now);
        let rocket = rocket::custom(figment(json!({ "issuers": [settings] })))
            .attach(JwtAuth::fairing().clock(clock.clone()))
            .mount("/", routes![orders]);
        Service { client: Client::untracked(rocket).expect("a launch"), clock }
    }

    fn status(&self, token: &str) -> u16 {
        let header = Header::new("Authorization", format!("Bearer {token}"));
        let response = self.client.get("/orders").header(header).dispatch();
        if response.status() == Status::Ok {
            let issuer = payload(token)["iss"].as_str().expect("an issuer").to_owned();
            assert_eq!(response.into_string().expect("a body"), format!("shop may read for shop by {issuer}"));
            return 200;
        }
        response.status().code
    }

    fn forward(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }
}

fn start(provider: &mut Program, algorithm: &str, kid: &str, keep: u32) -> String {
    let answer = provider.ask(&json!({ "op": "start", "algorithm": algorithm, "kid": kid, "keep": keep }));
    answer["issuer"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

fn token(provider: &mut Program, resource: &str) -> String {
    let answer = provider.ask(&json!({ "op": "token", "resource": resource }));
    answer["token"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

#[test]
fn identity_accepts_oidc_provider_tokens_of_every_algorithm() {
    let Some(mut provider) = OIDC_PROVIDER.start() else { return };
    for algorithm in ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"] {
        let issuer = start(&mut provider, algorithm, algorithm, 0);
        let token = token(&mut provider, RESOURCE);
        assert_eq!(Service::trusting(&issuer, json!({})).status(&token), 200, "{algorithm}");
        assert_eq!(Service::trusting(&issuer, json!({ "typ": "at+jwt", "algorithms": algorithm })).status(&token), 200);
        assert_eq!(Service::trusting(&issuer, json!({ "typ": "JWT" })).status(&token), 401);
        assert_eq!(Service::trusting(&issuer, json!({ "audience": "https://other.example.com" })).status(&token), 401);
    }
}

#[test]
fn identity_refuses_oidc_provider_token_for_other_audience() {
    let Some(mut provider) = OIDC_PROVIDER.start() else { return };
    let issuer = start(&mut provider, "ES256", "one", 0);
    let service = Service::trusting(&issuer, json!({}));
    assert_eq!(service.status(&token(&mut provider, "https://other.example.com")), 401);
    assert_eq!(service.status(&token(&mut provider, RESOURCE)), 200);
}

#[test]
fn identity_follows_key_rolls_of_oidc_provider() {
    let Some(mut provider) = OIDC_PROVIDER.start() else { return };
    let issuer = start(&mut provider, "ES256", "one", 0);
    let service = Service::trusting(&issuer, json!({}));
    let first = token(&mut provider, RESOURCE);
    assert_eq!(service.status(&first), 200);
    // The new key signs immediately. The old key is still published.
    start(&mut provider, "ES256", "two", 1);
    let second = token(&mut provider, RESOURCE);
    service.forward(10);
    assert_eq!([service.status(&second), service.status(&first)], [200, 200]);
    // The oldest key is withdrawn, and its tokens become invalid.
    start(&mut provider, "ES256", "three", 1);
    let third = token(&mut provider, RESOURCE);
    service.forward(10);
    assert_eq!([service.status(&third), service.status(&second), service.status(&first)], [200, 200, 401]);
    // A change to another algorithm.
    start(&mut provider, "EdDSA", "four", 1);
    let fourth = token(&mut provider, RESOURCE);
    service.forward(10);
    assert_eq!([service.status(&fourth), service.status(&third), service.status(&second)], [200, 200, 401]);
}

#[test]
fn issuer_outage_ends_in_503_and_recovers() {
    let Some(mut provider) = OIDC_PROVIDER.start() else { return };
    let issuer = start(&mut provider, "RS256", "one", 0);
    let service = Service::trusting(&issuer, json!({}));
    let good = token(&mut provider, RESOURCE);
    assert_eq!(service.status(&good), 200);
    provider.ask(&json!({ "op": "stop" }));
    assert_eq!(service.status(&good), 200);
    // Its keys have expired, but stay in use for an hour.
    service.forward(HOUR);
    assert_eq!(service.status(&good), 200);
    service.forward(HOUR);
    assert_eq!(service.status(&good), 503);
    provider.ask(&json!({ "op": "start", "algorithm": "RS256" }));
    service.forward(5);
    assert_eq!(service.status(&good), 200);
}

#[test]
fn launch_succeeds_while_issuer_is_down() {
    let Some(mut provider) = OIDC_PROVIDER.start() else { return };
    let issuer = start(&mut provider, "ES256", "one", 0);
    let good = token(&mut provider, RESOURCE);
    provider.ask(&json!({ "op": "stop" }));
    let service = Service::trusting(&issuer, json!({}));
    assert_eq!([service.status(&good), service.status(&good)], [503, 503]);
    provider.ask(&json!({ "op": "start", "algorithm": "ES256" }));
    service.forward(5);
    assert_eq!(service.status(&good), 200);
}

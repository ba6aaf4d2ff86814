//! Real providers with opaque access tokens: a service accepts their ID tokens, which a user gets by the code flow,
//! through key rotations and an outage.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jwtauth::{Clock, Identity, JwtAuth};
use jwtauth_tests::{figment, payload};
use rocket::http::{Header, Status};
use rocket::local::blocking::Client;
use rocket::{get, routes};
use serde_json::{Value, json};

use crate::program::{CANAILLE, DJANGO_OAUTH_TOOLKIT, Peer, Program};

/// The lifetime of the keys: that without `Cache-Control`, and the setting of the other provider.
const KEYS: u64 = 10 * 60;

const PROVIDERS: [&Peer; 2] = [&CANAILLE, &DJANGO_OAUTH_TOOLKIT];

#[get("/me")]
fn me(identity: Identity) -> String {
    format!("{} of {}", identity.userid(), identity.issuer().unwrap_or("nobody"))
}

/// A provider, and the issuer and audience of its tokens.
struct Provider {
    program: Program,
    issuer: String,
    audience: String,
}

impl Provider {
    fn start(peer: &Peer) -> Option<Self> {
        let mut program = peer.start()?;
        let answer = program.ask(&json!({ "op": "start" }));
        let text = |name: &str| answer[name].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned();
        Some(Provider { issuer: text("issuer"), audience: text("audience"), program })
    }

    /// Makes a new signing key, and keeps this many old ones.
    fn roll(&mut self, keep: u32) {
        self.program.ask(&json!({ "op": "start", "keep": keep }));
    }

    fn token(&mut self) -> String {
        let answer = self.program.ask(&json!({ "op": "token" }));
        answer["token"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }
}

struct Service {
    client: Client,
    clock: Clock,
}

impl Service {
    fn trusting(provider: &Provider, more: Value) -> Self {
        let mut issuer = json!({ "issuer": provider.issuer, "audience": provider.audience });
        for (name, value) in more.as_object().expect("an object") {
            issuer[name] = value.clone();
        }
        // The provider issues tokens with the current time.
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time after the epoch").as_secs();
        let clock = Clock::manual(now);
        let rocket = rocket::custom(figment(json!({ "issuers": [issuer] })))
            .attach(JwtAuth::fairing().clock(clock.clone()))
            .mount("/", routes![me]);
        Service { client: Client::untracked(rocket).expect("a launch"), clock }
    }

    fn status(&self, token: &str) -> u16 {
        let header = Header::new("Authorization", format!("Bearer {token}"));
        let response = self.client.get("/me").header(header).dispatch();
        let status = response.status();
        if status == Status::Ok {
            let claims = payload(token);
            let text = |name: &str| claims[name].as_str().expect("a text");
            assert_eq!(response.into_string(), Some(format!("{} of {}", text("sub"), text("iss"))));
        }
        status.code
    }

    fn forward(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }
}

#[test]
fn identity_accepts_id_tokens_of_real_providers() {
    for peer in PROVIDERS {
        let Some(mut provider) = Provider::start(peer) else { continue };
        let token = provider.token();
        for (more, status) in [
            (json!({}), 200),
            (json!({ "algorithms": "RS256", "typ": "JWT" }), 200),
            (json!({ "audience": "other" }), 401),
            (json!({ "algorithms": "ES256" }), 401),
            (json!({ "typ": "at+jwt" }), 401),
        ] {
            assert_eq!(Service::trusting(&provider, more.clone()).status(&token), status, "{peer:?} {more}");
        }
    }
}

#[test]
fn identity_follows_key_rolls_of_real_providers() {
    for peer in PROVIDERS {
        let Some(mut provider) = Provider::start(peer) else { continue };
        let service = Service::trusting(&provider, json!({}));
        let first = provider.token();
        assert_eq!(service.status(&first), 200, "{peer:?}");
        // The new key signs immediately. The old key is still published.
        provider.roll(1);
        let second = provider.token();
        service.forward(10);
        assert_eq!([service.status(&second), service.status(&first)], [200, 200], "{peer:?}");
        // The oldest key is withdrawn, and its tokens become invalid.
        provider.roll(1);
        let third = provider.token();
        service.forward(10);
        let statuses = [&third, &second, &first].map(|token| service.status(token));
        assert_eq!(statuses, [200, 200, 401], "{peer:?}");
    }
}

#[test]
fn outage_of_real_providers_ends_in_503_and_recovers() {
    for peer in PROVIDERS {
        let Some(mut provider) = Provider::start(peer) else { continue };
        let service = Service::trusting(&provider, json!({ "retain_on_error": "5m" }));
        let token = provider.token();
        assert_eq!(service.status(&token), 200, "{peer:?}");
        provider.program.ask(&json!({ "op": "stop" }));
        // Its keys have expired, but stay in use for five minutes.
        service.forward(KEYS);
        assert_eq!(service.status(&token), 200, "{peer:?}");
        service.forward(5 * 60);
        assert_eq!(service.status(&token), 503, "{peer:?}");
        provider.program.ask(&json!({ "op": "start" }));
        service.forward(5);
        assert_eq!(service.status(&token), 200, "{peer:?}");
    }
}

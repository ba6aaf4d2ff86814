//! `JwtAuth::explain` agrees with `JwtAuth::verify` and with a refresh endpoint for any token, and names a rule that
//! can cause the error.

use jwtauth::{AuthError, Clock, Explanation, JwtAuth, RefreshError, Refreshing, RuleVerdict, TokenError};
use jwtauth_tests::{NOW, figment};
use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestRunner};
use rocket::http::Header;
use rocket::local::blocking::Client;
use rocket::tokio::runtime::{Builder, Runtime};
use rocket::{post, routes};
use serde_json::{Value, json};

use crate::signing_keys::{ES256, HS256, Keys};
use crate::token_app::launching;
use crate::token_strategy::draft;

struct App {
    client: Client,
    jwtauth: JwtAuth,
    runtime: Runtime,
}

/// Returns the refusal of a refresh endpoint, without refreshing.
#[post("/refusal")]
fn refusal(refreshing: Result<Refreshing<'_>, RefreshError>) -> String {
    format!("{:?}", refreshing.err())
}

impl App {
    fn new(keys: &Keys, more: &Value) -> Self {
        let mut settings = keys.settings.clone();
        settings["allow_refresh"] = true.into();
        for (name, value) in more.as_object().expect("an object") {
            settings[name] = value.clone();
        }
        let _alone = launching();
        let fairing = JwtAuth::fairing().clock(Clock::manual(NOW));
        let rocket = rocket::custom(figment(settings)).attach(fairing).mount("/", routes![refusal]);
        let client = Client::untracked(rocket).expect("a launch");
        let jwtauth = client.rocket().state::<JwtAuth>().expect("the fairing is attached").clone();
        App { client, jwtauth, runtime: Builder::new_current_thread().build().expect("a runtime") }
    }

    fn compare(&self, token: &str) -> Result<(), TestCaseError> {
        let (explained, verdict) = self
            .runtime
            .block_on(async { (self.jwtauth.explain(token).await, self.jwtauth.verify::<()>(token).await) });
        prop_assert_eq!(explained.error(), verdict.as_ref().err(), "{}", explained);
        if token.bytes().all(|byte| byte.is_ascii_graphic()) && !token.is_empty() {
            let header = Header::new("Authorization", format!("Bearer {token}"));
            let refusal = self.client.post("/refusal").header(header).dispatch().into_string();
            prop_assert_eq!(Some(format!("{:?}", explained.refresh_error())), refusal, "{}", explained);
        }
        check_rules(&explained)
    }
}

fn check_rules(explained: &Explanation) -> Result<(), TestCaseError> {
    for (rules, is_good) in
        [(explained.rules(), explained.is_accepted()), (explained.refresh_rules(), explained.is_refreshable())]
    {
        let verdicts: Vec<_> = rules.iter().map(|rule| rule.verdict()).collect();
        let failed = verdicts.iter().position(|verdict| *verdict == RuleVerdict::Failed);
        prop_assert_eq!(failed.is_none(), is_good, "{}", explained);
        let failed = failed.unwrap_or(verdicts.len());
        prop_assert!(!verdicts[..failed].contains(&RuleVerdict::NotReached), "{}", explained);
        let rest = verdicts.get(failed + 1..).unwrap_or_default();
        prop_assert!(rest.iter().all(|verdict| *verdict == RuleVerdict::NotReached), "{}", explained);
    }
    if let (Some(AuthError::InvalidToken { error, .. }), Some(rule)) = (explained.error(), explained.refused_by()) {
        let name = rule.name();
        let fits = match error {
            TokenError::Malformed => {
                name.starts_with("header-")
                    || matches!(name, "size" | "parts" | "typ" | "alg" | "payload-encoding" | "payload-text")
            }
            TokenError::TooLong => name == "size",
            TokenError::Encrypted => name == "parts",
            TokenError::Type => name == "typ",
            TokenError::Extension => name == "header-extensions",
            TokenError::Algorithm => name == "algorithm",
            TokenError::UnknownKey => name == "kid",
            TokenError::Signature => name == "signature",
            TokenError::Claims => name.ends_with("-form") || matches!(name, "payload-json" | "exp" | "user-id" | "sid"),
            TokenError::NotYetValid => matches!(name, "iat" | "nbf"),
            TokenError::Expired => matches!(name, "exp" | "max_lifetime"),
            TokenError::Issuer => name == "iss",
            TokenError::Audience => name == "aud",
            _ => false,
        };
        prop_assert!(fits, "{error:?}: {explained}");
    }
    Ok(())
}

#[test]
fn explain_agrees_with_verify_and_with_the_refresh_endpoint() {
    for (keys, settings, cases) in [
        (&*HS256, json!({}), 400),
        (&*HS256, json!({ "issuer": "us", "audience": ["them", "others"], "leeway": 30 }), 400),
        (&*HS256, json!({ "expiration_delta": "unlimited", "max_lifetime": 20, "refresh_delta": "unlimited" }), 400),
        (&*HS256, json!({ "verify_expiration_on_refresh": true, "max_lifetime": 10, "userid_claim": "nickname" }), 200),
        (&*HS256, json!({ "sessions": {}, "max_lifetime": 30 }), 200),
        (&*ES256, json!({}), 100),
    ] {
        let app = App::new(keys, &settings);
        let mut runner = TestRunner::new(ProptestConfig { cases, failure_persistence: None, ..Default::default() });
        let tested = runner.run(&draft(keys.name()), |draft| app.compare(&draft.token(keys, NOW)));
        assert!(tested.is_ok(), "{settings}: {}", tested.unwrap_err());
    }
}

#[test]
fn explain_agrees_with_verify_on_any_text() {
    let app = App::new(&HS256, &json!({}));
    let mut runner = TestRunner::new(ProptestConfig { cases: 500, failure_persistence: None, ..Default::default() });
    let text = prop_oneof!["\\PC{0,60}", "[A-Za-z0-9_.=-]{0,80}", "(eyJ[A-Za-z0-9_-]{0,20}\\.){0,3}[A-Za-z0-9_-]{0,9}"];
    let tested = runner.run(&text, |text| app.compare(&text));
    assert!(tested.is_ok(), "{}", tested.unwrap_err());
}

//! The rules for tokens of trusted issuers.

use jwtauth_tests::{NOW, token};
use rocket::async_test;
use serde_json::{Value, json};

use crate::app::App;
use crate::provider::{DISCOVERY, JWKS, Provider, Reply};
use crate::signer::Signer;

fn claims(provider: &Provider) -> Value {
    json!({ "iss": provider.issuer, "aud": "us", "sub": "alice", "iat": NOW, "exp": NOW + 1800 })
}

async fn trusting(provider: &Provider, more: Value) -> App {
    let mut issuer = json!({ "issuer": provider.issuer, "audience": "us" });
    for (name, value) in more.as_object().expect("an object") {
        issuer[name] = value.clone();
    }
    App::with(json!({ "allow_refresh": true, "issuers": [issuer] }), false).await
}

#[async_test]
async fn explain_names_the_rule_of_an_issuer_s_token() {
    let (signer, other) = (Signer::new(), Signer::ed25519());
    let provider = Provider::new(&[signer.jwk("a"), other.jwk("b")]);
    let claims = claims(&provider);
    let with = |name: &str, value: Value| {
        let mut claims = claims.clone();
        claims[name] = value;
        claims
    };
    let header = |alg: &str, typ: &str, kid: &str| json!({ "alg": alg, "typ": typ, "kid": kid });
    let cases = [
        ("nothing", json!({}), signer.token("a", &claims)),
        ("nothing", json!({}), other.token("b", &claims)),
        ("issuer-algorithm", json!({ "algorithms": "EdDSA" }), signer.token("a", &claims)),
        ("issuer-algorithm", json!({}), signer.sign(&header("HS256", "JWT", "a"), &claims)),
        ("issuer-typ", json!({ "typ": "at+jwt" }), signer.sign(&header("ES256", "JWT", "a"), &claims)),
        ("issuer-typ", json!({ "typ": "JWT" }), signer.token("a", &claims)),
        ("typ", json!({}), signer.sign(&header("ES256", "logout+jwt", "a"), &claims)),
        ("kid", json!({}), signer.token("c", &claims)),
        ("algorithm", json!({}), signer.token("b", &claims)),
        ("signature", json!({}), Signer::new().token("a", &claims)),
        ("iat", json!({}), signer.token("a", &with("iat", json!(NOW + 600)))),
        ("exp", json!({}), signer.token("a", &with("exp", json!(NOW - 600)))),
        ("exp-form", json!({}), signer.token("a", &with("exp", json!("x")))),
        ("aud", json!({}), signer.token("a", &with("aud", json!("them")))),
        ("user-id", json!({ "userid_claim": "email" }), signer.token("a", &claims)),
        ("keys", json!({}), token(&json!({ "sub": "alice", "exp": NOW + 1800 }))),
        ("keys", json!({}), "not a token".to_owned()),
    ];
    for (rule, settings, token) in cases {
        let explained = trusting(&provider, settings).await.explain(&token).await;
        assert_eq!(explained.refused_by().map(|rule| rule.name()).unwrap_or("nothing"), rule, "{explained}");
        assert_eq!(explained.issuer().is_some(), rule != "keys", "{explained}");
        assert!(!explained.is_refreshable());
    }
}

#[async_test]
async fn explain_says_that_an_issuer_is_away() {
    let signer = Signer::new();
    let provider = Provider::new(&[signer.jwk("a")]);
    for path in [DISCOVERY, JWKS] {
        provider.reply(path, Reply::Status(500, String::new()));
    }
    let app = trusting(&provider, json!({})).await;
    let explained = app.explain(&signer.token("a", &claims(&provider))).await;
    let rule = explained.refused_by().expect("a rule");
    assert_eq!(rule.name(), "issuer-keys");
    assert!(rule.setting().is_some_and(|setting| setting.contains("`issuers[0].jwks_uri`")), "{rule}");
}

#[async_test]
async fn explain_keeps_own_tokens_and_those_of_an_issuer_apart() {
    let signer = Signer::new();
    let provider = Provider::new(&[signer.jwk("a")]);
    let issuer = json!({ "issuer": provider.issuer, "audience": "us" });
    let app = App::new(json!({ "allow_refresh": true, "issuers": [issuer], "userids": "shared" })).await;
    let own = app.login().await;
    assert!(app.explain(own.access_token()).await.is_accepted());
    let explained = app.explain(&signer.token("a", &claims(&provider))).await;
    assert!(explained.is_accepted());
    let rule = explained.refresh_refused_by().expect("a rule");
    assert_eq!(rule.name(), "own-token");
    assert!(rule.detail().is_some_and(|detail| detail.contains("another issuer")), "{rule}");
    let foreign = token(&json!({ "iss": "somebody", "sub": "alice", "exp": NOW + 1800 }));
    let explained = app.explain(&foreign).await;
    assert_eq!(explained.refused_by().map(|rule| rule.name()), Some("iss"), "{explained}");
}

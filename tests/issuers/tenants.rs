//! Issuers with tenants.

use jwtauth::{JwtAuth, TokenError};
use jwtauth_tests::figment;
use rocket::async_test;
use serde_json::{Value, json};

use crate::issuer_app::{AUDIENCE, App, claims_with};
use crate::provider::{Provider, Reply};
use crate::signer::Signer;

/// Changes the settings of an issuer.
type Change<'c> = &'c dyn Fn(&mut Value);

const COMMON: &str = "/common/v2.0/.well-known/openid-configuration";

/// A provider whose discovery document has a template, and its settings.
fn provider() -> (Provider, Signer, Value) {
    let signer = Signer::new();
    let provider = Provider::new(&[signer.jwk("a")]);
    let issuer = format!("{}/{{tenantid}}/v2.0", provider.issuer);
    provider.reply(COMMON, Reply::json(&json!({ "issuer": issuer, "jwks_uri": provider.jwks_uri() })));
    let discovery = format!("{}/common/v2.0", provider.issuer);
    let settings = json!({ "issuer": issuer, "discovery": discovery, "audience": AUDIENCE, "tenants": ["t-1", "t-2"] });
    (provider, signer, settings)
}

fn claims(provider: &Provider, iss: &str, tid: Value) -> Value {
    let mut claims = claims_with(provider, "tid", tid);
    claims["iss"] = format!("{}/{iss}/v2.0", provider.issuer).into();
    claims
}

async fn app(settings: &Value, userids: &str) -> App {
    App::with(json!({ "issuers": [settings], "userids": userids })).await
}

#[async_test]
async fn identity_has_the_issuer_of_its_tenant() {
    let (provider, signer, mut settings) = provider();
    let token = |tenant: &str| signer.token("a", &claims(&provider, tenant, json!(tenant)));
    let whose = |tenant: &str| format!("alice of {}/{tenant}/v2.0", provider.issuer);
    let listed = app(&settings, "shared").await;
    for _ in 0..2 {
        assert_eq!(listed.get("/me", &token("t-1")).await.body, whose("t-1"));
        assert_eq!(listed.get("/me", &token("t-2")).await.body, whose("t-2"));
        assert_eq!(listed.status(&token("t-3")).await, 401);
    }
    settings["tenants"] = "any".into();
    let any = app(&settings, "shared").await;
    assert_eq!(any.get("/me", &token("t-3")).await.body, whose("t-3"));
    // The URL of the document itself is understood too.
    settings["discovery"] = format!("{}{COMMON}", provider.issuer).into();
    assert_eq!(app(&settings, "shared").await.status(&token("t-3")).await, 200);
}

#[async_test]
async fn issuer_of_a_tenant_is_that_of_tid() {
    let (provider, signer, mut settings) = provider();
    settings["tenants"] = "any".into();
    let app = app(&settings, "shared").await;
    let token = |iss: &str, tid: Value| signer.token("a", &claims(&provider, iss, tid));
    for (tid, fact) in [
        (json!("t-2"), "`tid` was \"t-2\", but the issuer is that of the tenant `t-1`"),
        (json!("T-1"), "`tid` was \"T-1\", but the issuer is that of the tenant `t-1`"),
        (json!(["t-1"]), "`tid` was [\"t-1\"], but the issuer is that of the tenant `t-1`"),
        (json!(""), "`tid` was \"\", but the issuer is that of the tenant `t-1`"),
    ] {
        let error = app.jwtauth().verify::<()>(&token("t-1", tid)).await.expect_err("another tenant");
        assert_eq!((error.token_error(), error.facts()), (Some(TokenError::Issuer), Some(fact)));
    }
    let mut claims = claims(&provider, "t-1", json!("t-1"));
    claims.as_object_mut().expect("an object").remove("tid");
    assert_eq!(app.status(&signer.token("a", &claims)).await, 401);
    for iss in ["", "t-1/x", "{tenantid}", "t 1", "t-1?"] {
        assert_eq!(app.status(&token(iss, json!(iss))).await, 401, "{iss}");
    }
    assert_eq!(app.status(&token("t-1", json!("t-1"))).await, 200);
}

#[async_test]
async fn key_of_one_tenant_verifies_no_token_of_another() {
    let (provider, signer, settings) = provider();
    let mut jwk = signer.jwk("a");
    jwk["issuer"] = format!("{}/t-1/v2.0", provider.issuer).into();
    provider.publish(&[jwk]);
    let app = app(&settings, "shared").await;
    let token = |tenant: &str| signer.token("a", &claims(&provider, tenant, json!(tenant)));
    assert_eq!([app.status(&token("t-1")).await, app.status(&token("t-2")).await], [200, 401]);
}

#[async_test]
async fn exact_issuer_takes_only_keys_that_are_for_it() {
    let (provider, signer, _) = provider();
    let issuer = format!("{}/t-1/v2.0", provider.issuer);
    let settings = json!({ "issuer": issuer, "jwks_uri": provider.jwks_uri(), "audience": AUDIENCE });
    let token = signer.token("a", &claims(&provider, "t-1", json!("t-1")));
    for (of_key, status) in [(json!("t-1"), 200), (json!("{tenantid}"), 200), (json!("t-2"), 401)] {
        let mut jwk = signer.jwk("a");
        jwk["issuer"] = format!("{}/{}/v2.0", provider.issuer, of_key.as_str().expect("text")).into();
        provider.publish(&[jwk]);
        assert_eq!(app(&settings, "shared").await.status(&token).await, status, "{of_key}");
    }
}

#[async_test]
async fn tenant_that_is_not_listed_is_told() {
    let (provider, signer, settings) = provider();
    let app = app(&settings, "shared").await;
    let token = signer.token("a", &claims(&provider, "t-3", json!("t-3")));
    let error = app.jwtauth().verify::<()>(&token).await.expect_err("another tenant");
    let fact = "the tenant was `t-3`, which is not in `tenants`";
    assert_eq!((error.token_error(), error.facts()), (Some(TokenError::Issuer), Some(fact)));
}

#[async_test]
async fn distinct_userids_contain_the_tenant() {
    let (provider, signer, mut settings) = provider();
    let token = |tenant: &str| signer.token("a", &claims(&provider, tenant, json!(tenant)));
    let derived = app(&settings, "distinct").await;
    let body = derived.get("/me", &token("t-1")).await.body;
    assert_eq!(body, format!("{0}/t-1/v2.0#alice of {0}/t-1/v2.0", provider.issuer));
    settings["userid_prefix"] = "entra:{tenantid}:".into();
    let given = app(&settings, "distinct").await;
    assert!(given.get("/me", &token("t-1")).await.body.starts_with("entra:t-1:alice of "));
    assert!(given.get("/me", &token("t-2")).await.body.starts_with("entra:t-2:alice of "));
}

#[async_test]
async fn settings_of_tenants_report_each_fault() {
    let (_, _, good) = provider();
    let faults = async |change: Change<'_>| {
        let mut issuer = good.clone();
        change(&mut issuer);
        let settings = json!({ "issuers": [issuer], "userids": "distinct" });
        match JwtAuth::from_figment(&figment(settings)).await {
            Ok(_) => String::new(),
            Err(error) => {
                let [fault] = error.faults() else { panic!("one fault: {error}") };
                format!("{}: {}", fault.setting(), fault.problem())
            }
        }
    };
    fn remove(issuer: &mut Value, name: &str) {
        issuer.as_object_mut().expect("an object").remove(name);
    }
    assert_eq!(faults(&|_| {}).await, "");
    let changes: [(Change<'_>, &str); 11] = [
        (&|issuer| remove(issuer, "tenants"), "tenants: is not set, and every tenant has its own users"),
        (
            &|issuer| remove(issuer, "discovery"),
            "discovery: is not set, and an `issuer` with `{tenantid}` is not a URL",
        ),
        (&|issuer| issuer["tenants"] = json!(["a/b"]), "tenants: has an entry that is not a tenant"),
        (&|issuer| issuer["tenants"] = json!([]), "tenants: is an empty list"),
        (
            &|issuer| issuer["discovery"] = json!("login.example.com"),
            "discovery: is not a URL: it does not begin with `https://`",
        ),
        (&|issuer| issuer["jwks_uri"] = json!("https://id.example.com/jwks"), "discovery: is set beside `jwks_uri`"),
        (
            &|issuer| issuer["issuer"] = json!("https://id.example.com/{tenant}/"),
            "issuer: has braces, which only stand for the tenant",
        ),
        (
            &|issuer| issuer["issuer"] = json!("https://id.example.com/{tenantid}/{tenantid}"),
            "issuer: has braces, which only stand for the tenant",
        ),
        (&|issuer| issuer["issuer"] = json!("https://{tenantid}x.example.com"), "issuer: has no end of the tenant"),
        (
            &|issuer| issuer["userid_prefix"] = json!("entra:"),
            "userid_prefix: has no tenant, and every tenant has its own users",
        ),
        (&|issuer| issuer["userid_prefix"] = json!("entra:{tenantid}"), "userid_prefix: has no end of the tenant"),
    ];
    for (change, fault) in changes {
        assert_eq!(faults(change).await, format!("issuers[0].{fault}"));
    }
    let any = |issuer: &mut Value| issuer["tenants"] = json!(["t-1", "any"]);
    assert_eq!(faults(&any).await, "issuers[0].tenants: has the entry `any`, which is not a tenant");
    let without = |issuer: &mut Value| {
        issuer["issuer"] = json!("https://id.example.com");
        remove(issuer, "discovery");
    };
    assert_eq!(faults(&without).await, "issuers[0].tenants: is set, and `issuer` has no tenant");
}

//! Faults in the settings of issuers, each reported with its index in the list.

use jwtauth::{Algorithm, AuthError, JwtAuth};
use jwtauth_tests::figment;
use jwtauth_tests::folder::Folder;
use rocket::async_test;
use rocket::futures::FutureExt;
use serde_json::{Value, json};

use crate::issuer_app::{AUDIENCE, provider};
use crate::provider::{DISCOVERY, Provider, Reply};

/// The setting and text of each fault of these issuers.
async fn faults(issuers: Value) -> Vec<(String, String)> {
    faults_of(json!({ "issuer": "https://us.example.com", "issuers": issuers, "userids": "shared" })).await
}

async fn faults_of(settings: Value) -> Vec<(String, String)> {
    match JwtAuth::from_figment(&figment(settings)).await {
        Ok(_) => Vec::new(),
        Err(error) => error
            .faults()
            .iter()
            .map(|fault| (fault.setting().to_owned(), format!("{}; {}", fault.problem(), fault.remedy())))
            .collect(),
    }
}

fn with(name: &str, value: Value) -> Value {
    let mut issuer = json!({ "issuer": "https://id.example.com", "audience": AUDIENCE });
    issuer[name] = value;
    issuer
}

#[async_test]
async fn issuer_settings_have_defaults() {
    let settings = json!({ "issuers": [with("audience", json!(AUDIENCE))] });
    let jwtauth = JwtAuth::from_figment(&figment(settings)).await.expect("they check out");
    let [issuer] = &jwtauth.config().issuers[..] else { panic!("one issuer") };
    assert_eq!((&*issuer.issuer, &issuer.audience[..]), ("https://id.example.com", &[AUDIENCE.to_owned()][..]));
    assert_eq!((&*issuer.userid_claim.to_string(), issuer.leeway, issuer.retain_on_error), ("sub", 30, 3600));
    assert_eq!((&issuer.typ, &issuer.jwks_uri, issuer.eager), (&None, &None, false));
    assert_eq!(issuer.algorithms, Algorithm::ALL[3..]);
    assert_eq!((issuer.timeout, &issuer.ca, issuer.bearer_token_file), (5, &None, false));
    assert_eq!((&issuer.proxy, &issuer.allow_http), (&None, &None));
    assert_eq!((&issuer.jwks_file, issuer.master_secret_file), (&None, false));
}

#[async_test]
async fn issuer_settings_report_each_fault_with_its_place() {
    for (issuer, setting, problem) in [
        (json!({ "audience": "a" }), "issuer", "is not set"),
        (
            json!({ "issuer": "https://id.example.com" }),
            "audience",
            "is not set, and tokens for other applications would be accepted",
        ),
        (
            with("issuer", json!("http://id.example.com")),
            "issuer",
            "is `http:`, which is only allowed for `localhost` and loopback addresses",
        ),
        (with("issuer", json!("id.example.com")), "issuer", "is not a URL: it does not begin with `https://`"),
        (
            with("issuer", json!("https://id.example.com?a=b")),
            "issuer",
            "has a query, so it can't have a discovery document",
        ),
        (with("issuer", json!("https://id.example.com#a")), "issuer", "has a fragment"),
        (with("issuer", json!("https://a:b@id.example.com")), "issuer", "has a user name"),
        (
            with("issuer", json!("https://id.example.com/.well-known/openid-configuration")),
            "issuer",
            "is the URL of its discovery document, and the issuer is the part before `/.well-known`",
        ),
        (with("issuer", json!("https://us.example.com")), "issuer", "is the application's own `issuer`"),
        (
            with("issuer", json!("https://us.example.com/")),
            "issuer",
            "is the application's own `issuer`, except for a slash at the end",
        ),
        (with("issuer", json!("https://other.example.com")), "issuer", "is in the list twice"),
        (with("issuer", json!(7)), "issuer", "is a number where text is wanted"),
        (with("audience", json!([])), "audience", "is an empty list"),
        (
            with("jwks_uri", json!("http://id.example.com/jwks")),
            "jwks_uri",
            "is `http:`, which is only allowed for `localhost` and loopback addresses",
        ),
        (
            with("discovery", json!("https://id.example.com/a?p=x")),
            "discovery",
            "has a query, which only the whole URL of the document can have",
        ),
        (
            with("discovery", json!("https://id.example.com/a?p=/.well-known/openid-configuration")),
            "discovery",
            "has a query, which only the whole URL of the document can have",
        ),
        (
            with("algorithms", json!(["HS256"])),
            "algorithms",
            "has HS256, which needs a shared secret, and an issuer publishes none",
        ),
        (with("algorithms", json!("ES999")), "algorithms", "has `ES999`, which is not the name of an algorithm"),
        (with("typ", json!("dpop+jwt")), "typ", "is `dpop+jwt`, which is not a type of access tokens"),
        (with("userid_claim", json!("exp")), "userid_claim", "is the name of a claim with another meaning"),
        (with("leeway", json!("long")), "leeway", "is not a duration in whole seconds"),
        (with("retain_on_error", json!(-1)), "retain_on_error", "is not a duration: it is negative"),
        (with("eager", json!("yes")), "eager", "is text where `true` or `false` is wanted"),
        (with("timeout", json!(0)), "timeout", "is not between 1 and 30 seconds"),
        (with("timeout", json!("31s")), "timeout", "is not between 1 and 30 seconds"),
        (with("ca", json!("no-such-file.pem")), "ca", "names a file that can't be read: it does not exist"),
        (with("ca", json!("Cargo.toml")), "ca", "names a file that is not a list of certificates in PEM"),
        (with("ca", json!("src")), "ca", "names a file that can't be read: it is a folder"),
        (
            with("bearer_token_file", json!("no-such-file")),
            "bearer_token_file",
            "names a file that can't be read: it does not exist",
        ),
        (
            with("bearer_token_file", json!("Cargo.toml")),
            "bearer_token_file",
            "names a file that does not contain one token (RFC 6750 §2.1)",
        ),
        (with("proxy", json!("https://proxy.internal")), "proxy", "is not `http:`"),
        (with("proxy", json!("http://proxy.internal/a")), "proxy", "has a path, which a proxy does not have"),
        (with("proxy", json!("http://a:b@proxy.internal")), "proxy", "has a user name"),
        (with("allow_http", json!("http://id.internal")), "allow_http", "is not a host"),
        (with("allow_http", json!("id.internal:80")), "allow_http", "is not a host"),
        (with("allow_http", json!("id.example.com")), "allow_http", "names a host that is not fetched from by `http:`"),
        (
            json!({ "issuer": "a", "audience": "a", "jwks_uri": "http://127.0.0.1/a", "proxy": "http://proxy.internal" }),
            "proxy",
            "is set, and the keys are fetched by `http:`, which must not leave this machine",
        ),
        (with("audiences", json!("a")), "audiences", "is not a setting; did you mean `audience`?"),
    ] {
        let first = json!({ "issuer": "https://other.example.com", "audience": "a" });
        let faults = faults(json!([first, issuer])).await;
        let [(name, text)] = &faults[..] else { panic!("one fault for {issuer}: {faults:?}") };
        assert_eq!(*name, format!("issuers[1].{setting}"));
        assert!(text.starts_with(problem), "{issuer}: {text}");
    }
}

#[async_test]
async fn issuer_bearer_token_is_not_for_plain_http() {
    let folder = Folder::new();
    std::fs::write(folder.path("token"), "a.b.c").expect("a file");
    let issuer = json!({
        "issuer": "http://id.internal", "audience": "a", "allow_http": "id.internal",
        "bearer_token_file": folder.path("token")
    });
    let faults = faults(json!([issuer])).await;
    let [(name, text)] = &faults[..] else { panic!("one fault: {faults:?}") };
    assert_eq!(name, "issuers[0].bearer_token_file");
    assert!(text.starts_with("is set, and the token would be sent by `http:`"), "{text}");
}

#[async_test]
async fn issuer_settings_report_all_faults_at_once() {
    let faults = faults(json!([{ "typ": "x" }, with("eager", json!(7)), { "audience": "a" }])).await;
    let names: Vec<&str> = faults.iter().map(|(name, _)| &**name).collect();
    assert_eq!(
        names,
        ["issuers[0].issuer", "issuers[0].audience", "issuers[0].typ", "issuers[1].eager", "issuers[2].issuer"]
    );
}

#[async_test]
async fn issuers_setting_must_be_a_list_of_tables() {
    for issuers in [json!({}), json!([]), json!("https://id.example.com"), json!([7])] {
        let faults = faults(issuers.clone()).await;
        assert_eq!(faults.len(), 1, "{issuers}: {faults:?}");
        assert_eq!(faults[0].0, "issuers");
    }
}

/// An application may have no keys, but not an incomplete key. Without a key, it can have no sessions and publish no
/// keys.
#[async_test]
async fn issuers_without_own_key_refuse_settings_that_need_one() {
    let issuers = json!([with("eager", json!(false))]);
    assert_eq!(faults_of(json!({ "issuers": issuers })).await, []);
    for (setting, value) in [("algorithm", json!("ES256")), ("jwks_path", json!("/jwks"))] {
        let faults = faults_of(json!({ "issuers": issuers, setting: value })).await;
        assert_eq!(faults.len(), 1, "{setting}: {faults:?}");
    }
    let faults = faults_of(json!({ "issuers": issuers, "sessions": {}, "allow_refresh": true })).await;
    let [(name, _)] = &faults[..] else { panic!("one fault: {faults:?}") };
    assert_eq!(name, "sessions.secret");
}

#[async_test]
async fn eager_issuer_without_usable_keys_stops_the_launch() {
    let (good, _, _) = provider();
    let (away, _, _) = provider();
    away.go_away(true);
    let (wrong, _, _) = provider();
    wrong.reply(DISCOVERY, Reply::json(&json!({ "issuer": good.issuer, "jwks_uri": good.jwks_uri() })));
    let empty = Provider::new(&[json!({ "kty": "oct", "k": "AAAA" })]);
    let issuers = [&good, &away, &wrong, &empty]
        .map(|provider| json!({ "issuer": provider.issuer, "audience": AUDIENCE, "eager": true }));
    let faults = faults(json!(issuers)).await;
    let [away, wrong, empty] = &faults[..] else { panic!("three faults: {faults:?}") };
    assert_eq!(away.0, "issuers[1].issuer");
    assert!(
        away.1.starts_with(
            "has keys that can't be fetched: its discovery document: the exchange with the server `127.0.0.1:"
        ),
        "{}",
        away.1
    );
    let text = "has keys that can't be fetched: its discovery document: it is of another issuer";
    assert!(wrong.0 == "issuers[2].issuer" && wrong.1.starts_with(text), "{wrong:?}");
    assert!(
        empty.0 == "issuers[3].issuer" && empty.1.starts_with("publishes no key for its algorithms (ES256, "),
        "{empty:?}"
    );
}

/// The fault tells which of the two documents failed.
#[async_test]
async fn eager_issuer_fault_names_document_and_remedy() {
    for (issuer, named, said, remedy) in [
        (
            "",
            "/",
            "its discovery document: its `issuer` is written with a slash at the end",
            "write it in the setting `issuer`",
        ),
        (
            "/",
            "",
            "its discovery document: its `issuer` is written without a slash at the end",
            "write it in the setting `issuer`",
        ),
        ("", "", "its JWK set: http://127.0.0.1:", "check `issuer`, or set `jwks_uri`"),
    ] {
        let (provider, _, _) = provider();
        let name = |end: &str| format!("{}{end}", provider.issuer);
        let jwks_uri = name("/elsewhere");
        provider.reply(DISCOVERY, Reply::json(&json!({ "issuer": name(named), "jwks_uri": jwks_uri })));
        let faults = faults(json!([{ "issuer": name(issuer), "audience": AUDIENCE, "eager": true }])).await;
        assert!(faults[0].1.starts_with(&format!("has keys that can't be fetched: {said}")), "{faults:?}");
        assert!(faults[0].1.contains(&format!("; {remedy}")), "{faults:?}");
        assert!(faults[0].1.ends_with("; or remove `eager`, to launch without its keys"), "{faults:?}");
    }
    let (provider, _, _) = provider();
    let document = json!({ "issuer": provider.issuer, "jwks_uri": "https://id.example.com/jwks" });
    provider.reply(DISCOVERY, Reply::json(&document));
    let faults = faults(json!([{ "issuer": provider.issuer, "audience": AUDIENCE, "eager": true }])).await;
    assert!(faults[0].1.contains("its JWK set: its URL is `https:`"), "{faults:?}");
    assert!(faults[0].1.contains("set `jwks_uri` of the issuer"), "{faults:?}");
}

/// A program without a runtime can't fetch keys.
#[test]
fn fetcher_needs_a_tokio_runtime() {
    let (provider, _, token) = provider();
    let launch = |eager: bool| {
        let issuer = json!({ "issuer": provider.issuer, "audience": AUDIENCE, "eager": eager });
        JwtAuth::from_figment(&figment(json!({ "issuers": [issuer] }))).now_or_never().expect("it waits for nothing")
    };
    let error = launch(true).expect_err("nothing can be fetched");
    assert!(error.to_string().contains("has keys that can't be fetched outside of a Tokio runtime"), "{error}");
    let jwtauth = launch(false).expect("nothing is to be fetched");
    let verified = jwtauth.verify::<()>(&token).now_or_never().expect("it waits for nothing");
    assert_eq!(verified.expect_err("no keys"), AuthError::Unavailable);
}

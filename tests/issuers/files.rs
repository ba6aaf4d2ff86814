//! Keys of an issuer that are not fetched: `jwks_file` and `master_secret_file`.

use std::fs;
use std::time::Duration;

use jwtauth::{ConfigError, JwtAuth, Reloaded};
use jwtauth_tests::folder::Folder;
use jwtauth_tests::{NOW, SECRET, encode, figment, forge_with, sign_parts};
use rocket::async_test;
use serde_json::{Value, json};

use crate::issuer_app::{AUDIENCE, App, claims, claims_with, provider};
use crate::process_log::lines_with;
use crate::provider::{DISCOVERY, JWKS};
use crate::signer::Signer;

const SHARED: &str = "CANARY, a secret that an issuer and this application share";

const HS256: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

fn put(folder: &Folder, file: &str, content: &str) {
    fs::write(folder.path(file), content).expect("a file");
}

fn publish(folder: &Folder, keys: &[Value]) {
    put(folder, "jwks.json", &json!({ "keys": keys }).to_string());
}

/// The claims of a token of the issuer `accounts`, which is not a URL.
fn named() -> Value {
    json!({ "iss": "accounts", "aud": AUDIENCE, "sub": "alice", "iat": NOW, "exp": NOW + 24 * 60 * 60, "scope": "read" })
}

async fn accounts(more: Value) -> App {
    let mut settings = json!({ "issuer": "accounts", "audience": AUDIENCE });
    for (name, value) in more.as_object().expect("an object") {
        settings[name] = value.clone();
    }
    App::with(json!({ "issuers": [settings] })).await
}

/// Reloads, and once more a second later if there is new content.
async fn reload(app: &App) -> Result<Reloaded, ConfigError> {
    match app.jwtauth().reload().await {
        Ok(Reloaded::Noted) => {
            app.clock.advance(Duration::from_secs(1));
            app.jwtauth().reload().await
        }
        other => other,
    }
}

#[async_test]
async fn jwks_file_is_reloaded_like_keys() {
    let (folder, one, two) = (Folder::new(), Signer::new(), Signer::ed25519());
    let encryption = {
        let mut jwk = Signer::new().jwk("for encryption");
        jwk["use"] = json!("enc");
        jwk
    };
    publish(&folder, &[one.jwk("a"), encryption]);
    let app = accounts(json!({ "jwks_file": folder.path("jwks.json") })).await;
    let (first, second) = (one.token("a", &named()), two.token("b", &named()));
    assert_eq!(app.get("/me", &first).await.body, "alice of accounts");
    assert_eq!([app.status(&first).await, app.status(&second).await], [200, 401]);
    let skipped = || lines_with("the issuer accounts: `keys[1]` (`kid` is `for encryption`) is skipped").len();
    assert_eq!(skipped(), 1);
    // The file does not expire, and is not read again without a reload.
    app.clock.advance(Duration::from_secs(12 * 60 * 60));
    publish(&folder, &[two.jwk("b")]);
    assert_eq!([app.status(&first).await, app.status(&second).await], [200, 401]);
    assert_eq!(reload(&app).await.expect("a good file"), Reloaded::Used);
    // The verified token is not remembered beyond its key.
    assert_eq!([app.status(&first).await, app.status(&second).await], [401, 200]);
    // A faulty file does not replace the keys.
    for (content, said) in [
        ("", "names an empty file"),
        ("{}", "names a file that is not a JWK set (RFC 7517 §5)"),
        (
            "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\"}]}",
            "names a file without a usable key for its algorithms (ES256",
        ),
    ] {
        put(&folder, "jwks.json", content);
        let error = reload(&app).await.expect_err("a faulty file");
        let [fault] = error.faults() else { panic!("one fault: {error}") };
        assert_eq!(fault.setting(), "issuers[0].jwks_file");
        assert!(fault.problem().starts_with(said), "{fault}");
        assert_eq!(app.status(&second).await, 200);
    }
    fs::remove_file(folder.path("jwks.json")).expect("a file");
    assert!(reload(&app).await.is_err());
    publish(&folder, &[one.jwk("a"), two.jwk("b")]);
    assert_eq!(reload(&app).await.expect("a good file"), Reloaded::Used);
    assert_eq!([app.status(&first).await, app.status(&second).await], [200, 200]);
    assert_eq!(skipped(), 1);
}

/// The own keys and those of each issuer are replaced separately.
#[async_test]
async fn faulty_file_keeps_only_the_keys_that_it_is_for() {
    let (folder, old, new) = (Folder::new(), Signer::new(), Signer::new());
    let jwks = |signer: &Signer| json!({ "keys": [signer.jwk("a")] }).to_string();
    put(&folder, "accounts", &jwks(&old));
    put(&folder, "billing", &jwks(&old));
    put(&folder, "own", SECRET);
    let mut issuers = ["accounts", "billing"]
        .map(|name| json!({ "issuer": name, "audience": AUDIENCE, "jwks_file": folder.path(name) }))
        .to_vec();
    issuers.push(json!({ "issuer": "https://id.example.com", "audience": AUDIENCE }));
    let app = App::with(json!({ "master_secret_file": folder.path("own"), "issuers": issuers })).await;
    let own = app.login("bob").await["access_token"].as_str().expect("a token").to_owned();
    let of = |signer: &Signer, issuer: &str| {
        let mut claims = named();
        claims["iss"] = json!(issuer);
        signer.token("a", &claims)
    };
    let old_tokens = [own, of(&old, "accounts"), of(&old, "billing")];
    let statuses = async || {
        let mut statuses = Vec::new();
        for token in &old_tokens {
            statuses.push(app.status(token).await);
        }
        statuses
    };
    let faults = async || {
        let error = reload(&app).await.expect_err("a fault");
        error.faults().iter().map(|fault| fault.setting().to_owned()).collect::<Vec<_>>()
    };
    put(&folder, "own", "");
    put(&folder, "accounts", "[]");
    put(&folder, "billing", &jwks(&new));
    assert_eq!(faults().await, ["master_secret_file", "issuers[0].jwks_file"]);
    assert_eq!(statuses().await, [200, 200, 401]);
    assert_eq!(app.status(&of(&new, "billing")).await, 200);
    let used = lines_with("have been read: billing");
    assert_eq!(used, ["jwtauth: the keys in files of issuers have been read: billing"]);
    put(&folder, "own", "another secret of the tests, 64 bytes long, so it is for all too");
    assert_eq!(faults().await, ["issuers[0].jwks_file"]);
    assert_eq!(statuses().await, [401, 200, 401]);
    // The fault is reported until it is repaired.
    assert_eq!(faults().await, ["issuers[0].jwks_file"]);
    put(&folder, "accounts", &jwks(&new));
    assert_eq!(reload(&app).await.expect("good files"), Reloaded::Used);
    assert_eq!(statuses().await, [401, 401, 401]);
    assert_eq!(app.status(&of(&new, "accounts")).await, 200);
}

/// As at Supabase, while it changes from a shared secret to published keys.
#[async_test]
async fn issuer_may_have_published_keys_and_a_shared_secret() {
    let (provider, signer, published) = provider();
    let folder = Folder::new();
    put(&folder, "secret", &format!("{SHARED}\n"));
    let app = App::trusting_with(&provider, json!({ "master_secret_file": folder.path("secret") })).await;
    let payload = claims(&provider).to_string();
    let shared = forge_with(HS256, &payload, SHARED.as_bytes());
    // The secret is not fetched.
    assert_eq!(app.get("/me", &shared).await.body, format!("alice of {}", provider.issuer));
    assert_eq!((provider.asked(DISCOVERY), provider.asked(JWKS)), (0, 0));
    assert_eq!(app.status(&published).await, 200);
    assert_eq!(app.status(&forge_with(r#"{"alg":"HS256","kid":"any"}"#, &payload, SHARED.as_bytes())).await, 200);
    // No published key is a secret, and the secret is for one algorithm.
    let jwk = signer.jwk("a");
    let point = ["x", "y"]
        .map(|name| base64_simd::URL_SAFE_NO_PAD.decode_to_vec(jwk[name].as_str().expect("text")).expect("base64url"));
    for secret in [point.concat(), [&[4][..], &point.concat()].concat(), jwk.to_string().into_bytes(), b"a".to_vec()] {
        for header in [HS256, r#"{"alg":"HS256","kid":"a"}"#] {
            assert_eq!(app.status(&forge_with(header, &payload, &secret)).await, 401);
        }
    }
    for header in [r#"{"alg":"HS384"}"#, r#"{"alg":"ES256"}"#, r#"{"alg":"ES256","kid":"a"}"#, r#"{"alg":"none"}"#] {
        assert_eq!(app.status(&forge_with(header, &payload, SHARED.as_bytes())).await, 401, "{header}");
    }
    // The claims have the same rules.
    let other = claims_with(&provider, "aud", json!("other")).to_string();
    assert_eq!(app.status(&forge_with(HS256, other, SHARED.as_bytes())).await, 401);
    // An outage concerns only the published keys.
    provider.go_away(true);
    app.clock.advance(Duration::from_secs(12 * 60 * 60));
    assert_eq!([app.status(&shared).await, app.status(&published).await], [200, 503]);
    assert_eq!(lines_with("CANARY"), [] as [String; 0]);
}

#[async_test]
async fn issuer_with_only_a_shared_secret_needs_no_url() {
    let folder = Folder::new();
    put(&folder, "secret", SHARED);
    for (algorithms, accepted) in [(json!("HS256"), true), (json!(["HS512"]), false)] {
        let more = json!({ "algorithms": algorithms, "master_secret_file": folder.path("secret") });
        if !accepted {
            // The secret has fewer than 64 bytes.
            let issuer = json!({ "issuer": "accounts", "audience": AUDIENCE });
            assert_eq!(faults(issuer, more).await, ["master_secret_file"]);
            continue;
        }
        let app = accounts(more).await;
        let token = forge_with(HS256, named().to_string(), SHARED.as_bytes());
        assert_eq!(app.get("/me", &token).await.body, "alice of accounts");
        assert_eq!(app.status(&Signer::new().token("a", &named())).await, 401);
        // The secret rotates.
        let next = "CANARY, the next secret that both of them have";
        put(&folder, "secret", next);
        assert_eq!(reload(&app).await.expect("a good file"), Reloaded::Used);
        assert_eq!(app.status(&token).await, 401);
        assert_eq!(app.status(&forge_with(HS256, named().to_string(), next.as_bytes())).await, 200);
    }
}

/// Each secret verifies only the tokens of its issuer.
#[async_test]
async fn shared_secret_and_own_secret_are_kept_apart() {
    let folder = Folder::new();
    put(&folder, "secret", SHARED);
    let issuer = json!({
        "issuer": "accounts", "audience": AUDIENCE, "algorithms": "HS256", "master_secret_file": folder.path("secret")
    });
    let app = App::with(json!({ "master_secret": SECRET, "issuers": [issuer] })).await;
    let own = app.login("bob").await["access_token"].as_str().expect("a token").to_owned();
    assert_eq!(app.status(&own).await, 200);
    let named = named().to_string();
    assert_eq!(app.status(&sign_parts(&encode(HS256), &encode(&named))).await, 401);
    let unnamed = json!({ "sub": "alice", "iat": NOW, "exp": NOW + 60 }).to_string();
    assert_eq!(app.status(&forge_with(HS256, unnamed, SHARED.as_bytes())).await, 401);
    assert_eq!(app.status(&forge_with(HS256, &named, SHARED.as_bytes())).await, 200);
    // Its token is not refreshed.
    let answer = app.send(rocket::http::Method::Post, "/refresh", &forge_with(HS256, named, SHARED.as_bytes())).await;
    assert_eq!(answer.status, 403);
}

/// The settings with a fault.
async fn faults(mut issuer: Value, more: Value) -> Vec<String> {
    for (name, value) in more.as_object().expect("an object") {
        issuer[name] = value.clone();
    }
    match JwtAuth::from_figment(&figment(json!({ "issuers": [issuer] }))).await {
        Ok(_) => Vec::new(),
        Err(error) => {
            assert!(!error.to_string().contains("CANARY"), "{error}");
            let names = error.faults().iter().map(|fault| fault.setting().to_owned());
            names.map(|name| name.trim_start_matches("issuers[0].").to_owned()).collect()
        }
    }
}

#[async_test]
async fn files_of_issuer_are_checked_at_launch() {
    let folder = Folder::new();
    publish(&folder, &[Signer::new().jwk("a")]);
    put(&folder, "secret", SHARED);
    put(&folder, "short", "CANARY");
    put(&folder, "repeated", &"CANARY, ".repeat(8));
    put(&folder, "large.json", &format!("{{\"keys\":[]}}{}", " ".repeat(256 * 1024)));
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", "A".repeat(64));
    put(&folder, "key.pem", &pem);
    let (jwks, secret) = (folder.path("jwks.json"), folder.path("secret"));
    let issuer = json!({ "issuer": "https://id.example.com", "audience": AUDIENCE });
    for (more, settings) in [
        (json!({ "jwks_file": jwks }), &[][..]),
        (json!({ "jwks_file": jwks, "master_secret_file": secret }), &[]),
        (json!({ "master_secret_file": secret }), &[]),
        (json!({ "master_secret_file": secret, "algorithms": ["ES256", "HS256"] }), &[]),
        (json!({ "master_secret_file": secret, "algorithms": ["ES256", "HS384"] }), &[]),
        (json!({ "jwks_file": jwks, "algorithms": "EdDSA" }), &["jwks_file"]),
        (json!({ "jwks_file": folder.path("missing") }), &["jwks_file"]),
        (json!({ "jwks_file": folder.path("large.json") }), &["jwks_file"]),
        (json!({ "jwks_file": secret }), &["jwks_file"]),
        (json!({ "master_secret_file": folder.path("missing") }), &["master_secret_file"]),
        (json!({ "master_secret_file": folder.path("short") }), &["master_secret_file"]),
        (json!({ "master_secret_file": folder.path("repeated") }), &["master_secret_file"]),
        (json!({ "master_secret_file": folder.path("key.pem") }), &["master_secret_file"]),
        (json!({ "master_secret": SHARED }), &["master_secret"]),
        (json!({ "algorithms": ["ES256", "HS256"] }), &["algorithms"]),
        (json!({ "master_secret_file": secret, "algorithms": "ES256" }), &["algorithms"]),
        (json!({ "master_secret_file": secret, "algorithms": ["HS256", "HS384"] }), &["algorithms"]),
        (json!({ "jwks_file": jwks, "master_secret_file": secret, "algorithms": "HS256" }), &["jwks_file"]),
        (json!({ "master_secret_file": secret, "algorithms": "HS256", "jwks_uri": "https://a/b" }), &["jwks_uri"]),
        (json!({ "jwks_file": jwks, "jwks_uri": "https://a/b" }), &["jwks_uri"]),
        (
            json!({ "jwks_file": jwks, "timeout": 1, "ca": "a", "bearer_token_file": "a", "proxy": "a", "allow_http": "a" }),
            &["timeout", "ca", "bearer_token_file", "proxy", "allow_http"],
        ),
        (json!({ "jwks_file": jwks, "eager": true, "retain_on_error": 1 }), &["eager", "retain_on_error"]),
    ] {
        assert_eq!(faults(issuer.clone(), more.clone()).await, settings, "{more}");
    }
    let settings = json!({ "issuer": "a", "audience": "a", "jwks_file": jwks, "master_secret_file": secret });
    let jwtauth = JwtAuth::from_figment(&figment(json!({ "issuers": [settings] }))).await.expect("good settings");
    let [issuer] = &jwtauth.config().issuers[..] else { panic!("one issuer") };
    assert_eq!((issuer.jwks_file.as_ref(), issuer.master_secret_file), (Some(&jwks), true));
    assert!(!format!("{:?}", jwtauth.config()).contains("secret\""), "{:?}", jwtauth.config());
}

/// A fault in `algorithms` causes no others: whether keys are fetched is not known then.
#[async_test]
async fn fault_in_algorithms_of_issuer_is_the_only_fault() {
    let folder = Folder::new();
    publish(&folder, &[Signer::new().jwk("a")]);
    put(&folder, "secret", SHARED);
    let (jwks, secret) = (folder.path("jwks.json"), folder.path("secret"));
    for more in [
        json!({ "master_secret_file": secret, "jwks_uri": "https://a/b" }),
        json!({ "master_secret_file": secret, "discovery": "https://a/b", "timeout": 1 }),
        json!({ "master_secret_file": secret }),
        json!({ "jwks_file": jwks }),
        json!({ "jwks_file": jwks, "master_secret_file": secret }),
    ] {
        let mut issuer = json!({ "issuer": "accounts", "audience": AUDIENCE });
        issuer["algorithms"] = json!("HS265");
        assert_eq!(faults(issuer, more.clone()).await, ["algorithms"], "{more}");
    }
    // The files are checked nevertheless.
    put(&folder, "jwks.json", "{}");
    let issuer = json!({ "issuer": "accounts", "audience": AUDIENCE, "algorithms": "HS265" });
    let more = json!({ "jwks_file": jwks, "jwks_uri": "https://a/b" });
    assert_eq!(faults(issuer, more).await, ["algorithms", "jwks_uri", "jwks_file"]);
}

#[async_test]
async fn fault_of_fetching_names_the_setting_that_has_the_keys() {
    let folder = Folder::new();
    publish(&folder, &[Signer::new().jwk("a")]);
    put(&folder, "secret", SHARED);
    for (more, remedy) in [
        (json!({ "jwks_file": folder.path("jwks.json") }), "remove it, or remove `jwks_file`"),
        (
            json!({ "master_secret_file": folder.path("secret"), "algorithms": "HS256" }),
            "remove it, or add an algorithm of the published keys to `algorithms`",
        ),
    ] {
        let mut issuer = json!({ "issuer": "accounts", "audience": AUDIENCE, "jwks_uri": "https://a/b" });
        for (name, value) in more.as_object().expect("an object") {
            issuer[name] = value.clone();
        }
        let error = JwtAuth::from_figment(&figment(json!({ "issuers": [issuer] }))).await.expect_err("a fault");
        let [fault] = error.faults() else { panic!("one fault: {error}") };
        assert_eq!((fault.setting(), fault.remedy()), ("issuers[0].jwks_uri", remedy));
    }
}

//! `jwtauth check`: its output for wrong settings, valid settings, secrets, stores and issuers.

use jwtauth::cli::{BAD, GOOD};
use jwtauth_tests::SECRET;
use serde_json::json;

use crate::command::{Ran, in_folder, run};
use crate::provider::{DISCOVERY, Provider, Reply};
use crate::signer::Signer;

fn check(settings: &str) -> Ran {
    let mut ran = None;
    in_folder(settings, |_| ran = Some(run("check --profile release", "")));
    let ran = ran.expect("a run");
    assert!(ran.errors.is_empty(), "{ran:?}");
    assert!(!ran.output.contains(SECRET), "{}", ran.output);
    ran
}

fn with_secret(settings: &str) -> String {
    format!("[default.jwtauth]\nmaster_secret = \"{SECRET}\"\n{settings}")
}

#[test]
fn check_names_each_wrong_setting_with_its_source() {
    let long = "x".repeat(300);
    let key = "-----BEGIN PRIVATE KEY-----";
    for (settings, setting) in [
        ("leeway = -1", "leeway"),
        ("leeway = \"soon\"", "leeway"),
        ("leeway = 1.5", "leeway"),
        ("expiration_delta = 0", "expiration_delta"),
        ("expiration_delta = \"1M\"", "expiration_delta"),
        ("expiration_delta = \"2000y\"", "expiration_delta"),
        ("refresh_delta = true", "refresh_delta"),
        ("max_lifetime = []", "max_lifetime"),
        ("allow_refresh = \"yes\"", "allow_refresh"),
        ("verify_expiration_on_refresh = 1", "verify_expiration_on_refresh"),
        ("issuer = \"\"", "issuer"),
        ("issuer = [\"a\"]", "issuer"),
        ("audience = []", "audience"),
        ("audience = [7]", "audience"),
        ("auth_header_prefix = \"a b\"", "auth_header_prefix"),
        ("userid_claim = \"exp\"", "userid_claim"),
        ("realm = \"größer\"", "realm"),
        ("jwks_path = \"/jwks.json\"", "jwks_path"),
        ("jwks_path = \"jwks\"", "jwks_path"),
        ("verified_cache = -1", "verified_cache"),
        ("reload = 0", "reload"),
        ("algorithm = \"none\"", "algorithm"),
        ("algorithm = \"ES256\"", "master_secret"),
        ("kid = \"\"", "kid"),
        (&*format!("kid = \"{long}\""), "kid"),
        ("colour = \"red\"", "colour"),
        ("leway = 5", "leway"),
        ("master_secret_file = \"secret\"", "master_secret_file"),
        ("sessions = 7", "sessions"),
        ("allow_refresh = true\nsessions.url = \"mysql://x\"", "sessions.url"),
        ("allow_refresh = true\nsessions.url = \"memory:x\"", "sessions.url"),
        ("allow_refresh = true\nsessions.reuse_grace = \"x\"", "sessions.reuse_grace"),
        ("allow_refresh = true\nsessions.staleness = -5", "sessions.staleness"),
        ("allow_refresh = true\nsessions.max_per_user = 0", "sessions.max_per_user"),
        ("allow_refresh = true\nsessions.secret = \"short\"", "sessions.secret"),
        ("allow_refresh = true\nsessions.colour = 5", "sessions.colour"),
        ("allow_refresh = true\nsessions.url = \"file:nowhere/x.db\"", "sessions.url"),
        ("issuers = []", "issuers"),
        ("issuers = 5", "issuers"),
        ("[[default.jwtauth.issuers]]\nissuer = \"https://a\"", "issuers[0].audience"),
        ("[[default.jwtauth.issuers]]\naudience = \"a\"", "issuers[0].issuer"),
        ("[[default.jwtauth.issuers]]\nissuer = \"http://a\"\naudience = \"a\"", "issuers[0].issuer"),
        (
            "[[default.jwtauth.issuers]]\nissuer = \"https://a\"\naudience = \"a\"\nalgorithms = \"HS256\"",
            "issuers[0].algorithms",
        ),
        ("[[default.jwtauth.issuers]]\nissuer = \"https://a\"\naudience = \"a\"\ntyp = \"x\"", "issuers[0].typ"),
    ] {
        let ran = check(&with_secret(settings));
        assert_eq!(ran.code, BAD, "{settings}: {}", ran.output);
        let faults = ran.output.split_once("fault").expect("a count").1;
        let line = faults.lines().find(|line| line.starts_with(&format!("  - `{setting}`: ")));
        let line = line.unwrap_or_else(|| panic!("{settings}: {}", ran.output));
        let remedy = line.split_once("; ").map(|(_, remedy)| remedy);
        assert!(remedy.is_some_and(|remedy| remedy.len() > 10), "{line}");
        // A missing setting has no source.
        if !line.contains("is not set") {
            assert!(line.contains("Rocket.toml]"), "{line}");
        }
    }
    for (settings, setting) in [
        ("", "master_secret"),
        ("[default.jwtauth]\nmaster_secret = \"short\"", "master_secret"),
        ("[default.jwtauth]\nmaster_secret_file = \"nowhere\"", "master_secret_file"),
        ("[default.jwtauth]\nprivate_key_file = \"nowhere\"\nalgorithm = \"ES256\"", "private_key_file"),
        (&format!("[default.jwtauth]\nalgorithm = \"ES256\"\nprivate_key = \"{key}\""), "private_key"),
        ("[default.jwtauth]\nalgorithm = \"ES256\"", "private_key_file"),
        ("[default.jwtauth]\nkeys = []", "keys"),
        ("[[default.jwtauth.keys]]\nalgorithm = \"HS256\"", "keys[0].master_secret"),
        ("[[default.jwtauth.keys]]\nmaster_secret = \"x\"\nretire_at = 5", "keys[0].retire_at"),
        ("[jwtauth]\nleeway = 5", "jwtauth"),
        ("[default]\njwtauht = { leeway = 5 }", "jwtauht"),
        ("[default]\njwtauth = 5", "jwtauth"),
        ("[default.jwtauth\n", "jwtauth"),
    ] {
        let ran = check(settings);
        assert_eq!(ran.code, BAD, "{settings}: {}", ran.output);
        assert!(ran.output.contains(&format!("  - `{setting}`: ")), "{settings}: {}", ran.output);
    }
}

#[test]
fn check_says_where_the_syntax_is_wrong() {
    let ran = check(&format!("[default.jwtauth]\nmaster_secret = \"{SECRET}\" x\n"));
    assert_eq!(ran.code, BAD);
    assert!(ran.output.contains("  syntax error at line 2, column "), "{}", ran.output);
}

#[test]
fn check_counts_all_faults_at_once() {
    let ran = check("[default.jwtauth]\nmaster_secret = \"short\"\nleeway = -1\nallow_refresh = 5\n");
    assert_eq!(ran.code, BAD);
    assert!(ran.output.contains("\n3 faults\n") && ran.output.contains("\nno warnings\n"), "{}", ran.output);
}

#[test]
fn check_of_good_settings_says_what_is_in_force() {
    let ran = check(&with_secret(
        "allow_refresh = true\nmax_lifetime = \"30d\"\nissuer = \"us\"\naudience = [\"a\", \"b\"]\nsessions.url = \"memory:\"\n",
    ));
    assert_eq!(ran.code, GOOD, "{}", ran.output);
    for line in [
        "profile: release",
        "HS256, signs and verifies",
        "access tokens: good for 30m, leeway 0s",
        "refreshing: within 7days of the last refresh",
        "a login ends after: 30days",
        "sessions: on; staleness 5s, reuse grace 30s, any number per user",
        "issuer: us; audience: a, b",
        "trusted issuers: none",
        "`master_secret` has 65 bytes",
        "memory: not checked",
        "no warnings",
        "no faults",
    ] {
        assert!(ran.output.contains(line), "{line}: {}", ran.output);
    }
}

#[test]
fn check_shows_the_protected_resource() {
    let ran = check(&with_secret("resource = \"https://api.example.com/mcp\"\n"));
    assert_eq!(ran.code, GOOD, "{}", ran.output);
    let line = "protected resource: https://api.example.com/mcp; metadata at \
                https://api.example.com/.well-known/oauth-protected-resource/mcp; authorization servers: none";
    assert!(ran.output.contains(line), "{}", ran.output);
    assert!(
        ran.output.contains("\n1 warning\n") && ran.output.contains("[`default.jwtauth.resource` in "),
        "{}",
        ran.output
    );
    let servers = "authorization_servers = [\"https://id.example.com\", \"https://two.example.com\"]";
    let ran = check(&with_secret(&format!("resource = \"https://api.example.com/mcp\"\n{servers}\n")));
    assert!(ran.output.contains("; authorization servers: https://id.example.com, https://two.example.com\n"));
}

#[test]
fn check_tells_warnings_with_their_source() {
    let ran = check(&with_secret("expiration_delta = \"unlimited\"\nleeway = \"1h\"\n"));
    assert_eq!(ran.code, GOOD);
    assert!(ran.output.contains("\n2 warnings\n"), "{}", ran.output);
    for name in ["expiration_delta", "leeway"] {
        let source = format!("[`default.jwtauth.{name}` in ");
        assert!(ran.output.contains(&source), "{}", ran.output);
    }
}

#[test]
fn check_reads_profile_and_environment() {
    in_folder(&with_secret("[other.jwtauth]\nleeway = -1\n"), |jail| {
        assert_eq!(run("check --profile release", "").code, GOOD);
        let ran = run("check --profile=other", "");
        assert_eq!(ran.code, BAD);
        assert!(
            ran.output.contains("profile: other") && ran.output.contains("`other.jwtauth.leeway`"),
            "{}",
            ran.output
        );
        jail.set_env("ROCKET_PROFILE", "other");
        assert_eq!(run("check", "").code, BAD);
        jail.set_env("ROCKET_PROFILE", "release");
        jail.set_env("ROCKET_JWTAUTH", "{realm=5}");
        let ran = run("check", "");
        assert!(ran.output.contains("`realm`: ") && ran.output.contains("ROCKET_JWTAUTH"), "{}", ran.output);
        jail.set_env("ROCKET_JWTAUTH", "{}");
        jail.set_env("ROCKET_CONFIG", "elsewhere.toml");
        let ran = run("check", "");
        assert_eq!(ran.code, BAD);
        assert!(ran.output.contains("file: none"), "{}", ran.output);
    });
}

#[test]
fn check_says_how_long_a_secret_really_is() {
    let hex = "9f27c41d06b3e85a7c10d2f4936be80857ad21c6f08e43b95d1276ea0fc8b394".to_owned();
    for (secret, said, warned) in [
        (hex.clone(), "has 64 bytes, the text of 32 bytes in hexadecimal", false),
        (hex[..32].to_owned(), "has 32 bytes, the text of 16 bytes in hexadecimal", true),
        (
            "q83vEjRWeJCrze8SNFZ4kLx05Zt1Hd3m0aWQY2vUfJA=".to_owned(),
            "has 44 bytes, the text of 32 bytes in base64",
            false,
        ),
        ("a sentence of which nobody would think by chance".to_owned(), "has 48 bytes [", false),
    ] {
        in_folder("[default.jwtauth]\nmaster_secret_file = \"secret\"\n", |jail| {
            jail.create_file("secret", &format!("{secret}\n")).expect("a file");
            let ran = run("check --profile release", "");
            assert_eq!(ran.code, GOOD, "{}", ran.output);
            assert!(ran.output.contains(&format!("`master_secret_file` {said}")), "{}", ran.output);
            assert_eq!(ran.output.contains("has less randomness"), warned, "{}", ran.output);
            assert!(!ran.output.contains(&secret), "{}", ran.output);
        });
    }
}

#[test]
fn check_leaves_a_store_in_a_file_as_it_is() {
    let settings = with_secret("allow_refresh = true\nmax_lifetime = \"30d\"\nsessions.url = \"file:sessions.db\"\n");
    in_folder(&settings, |jail| {
        let ran = run("check --profile release", "");
        assert_eq!(ran.code, GOOD, "{}", ran.output);
        assert!(ran.output.contains("does not exist yet"), "{}", ran.output);
        let path = jail.directory().join("sessions.db");
        assert!(!path.exists());
        jail.create_file("sessions.db", "something else").expect("a file");
        let ran = run("check --profile release", "");
        assert_eq!(ran.code, BAD, "{}", ran.output);
        assert!(ran.output.contains("is not a file of sessions"), "{}", ran.output);
        std::fs::remove_file(&path).expect("a file");

        let runtime = rocket::tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
        let store = runtime.block_on(jwtauth::FileStore::open(&path)).expect("a store");
        let ran = run("check --profile release", "");
        assert_eq!(ran.code, GOOD, "{}", ran.output);
        assert!(ran.output.contains("is open in another process"), "{}", ran.output);
        drop(store);
        drop(runtime);
        let ran = run("check --profile release", "");
        assert!(ran.output.contains("a file: it can be used"), "{}", ran.output);
    });
}

#[test]
fn check_says_that_a_store_can_t_be_reached() {
    let store = "sessions.url = \"redis://:hunter2@127.0.0.1:1/\"";
    let ran = check(&with_secret(&format!("allow_refresh = true\nmax_lifetime = \"30d\"\n{store}\n")));
    assert_eq!(ran.code, BAD, "{}", ran.output);
    assert!(ran.output.contains("`sessions.url`: the session store cannot be used: cannot connect"), "{}", ran.output);
    assert!(!ran.output.contains("hunter2"), "{}", ran.output);
}

#[test]
fn check_tells_what_an_issuer_publishes() {
    let signer = Signer::new();
    let encryption = {
        let mut jwk = Signer::ed25519().jwk("for encryption");
        jwk["use"] = json!("enc");
        jwk
    };
    let secret = json!({ "kty": "oct", "k": "AAAA", "kid": "shared \u{1b}[31m" });
    let of_list = {
        let mut jwk = Signer::ed25519().jwk("of a list");
        jwk["issuer"] = json!([]);
        jwk
    };
    let provider = Provider::new(&[signer.jwk("a"), encryption, secret, of_list]);
    let issuer = format!("[[default.jwtauth.issuers]]\nissuer = \"{}\"\naudience = \"us\"\n", provider.issuer);
    let ran = check(&issuer);
    assert_eq!(ran.code, GOOD, "{}", ran.output);
    for line in [
        "keys: none; only tokens of trusted issuers are accepted",
        "reachable, 1 of 4 keys usable, good for 3600 seconds",
        "key `a`: ES256",
        "key `for encryption`: skipped, because its `use` is not `sig`",
        "skipped, because it is a shared secret",
        "key `of a list`: skipped, because its `issuer` is not text",
    ] {
        assert!(ran.output.contains(line), "{line}: {}", ran.output);
    }
    assert!(!ran.output.contains('\u{1b}'), "{:?}", ran.output);

    let ran = check(&format!("{issuer}algorithms = \"EdDSA\"\n"));
    assert!(ran.output.contains("it is for ES256, which `algorithms` does not accept"), "{}", ran.output);
    assert!(ran.output.contains("all its tokens are refused") && ran.code == GOOD, "{}", ran.output);

    provider.reply(DISCOVERY, Reply::Status(500, String::new()));
    let ran = check(&issuer);
    assert_eq!(ran.code, GOOD, "{}", ran.output);
    assert!(ran.output.contains("1 warning\n") && ran.output.contains("the status 500"), "{}", ran.output);
    let ran = check(&format!("{issuer}eager = true\n"));
    assert_eq!(ran.code, BAD, "{}", ran.output);
    assert!(ran.output.contains("1 fault\n  - `issuers[0].issuer`: "), "{}", ran.output);
}

#[test]
fn check_tells_the_keys_of_an_issuer_in_files() {
    let mut encryption = Signer::ed25519().jwk("for encryption");
    encryption["use"] = json!("enc");
    let set = json!({ "keys": [Signer::new().jwk("a"), encryption] }).to_string();
    let settings = "[[default.jwtauth.issuers]]\nissuer = \"accounts\"\naudience = \"us\"\njwks_file = \"jwks.json\"\n\
                    master_secret_file = \"secret\"\n";
    in_folder(settings, |jail| {
        jail.create_file("jwks.json", &set).expect("a file");
        jail.create_file("secret", SECRET).expect("a file");
        let ran = run("check --profile release", "");
        assert_eq!(ran.code, GOOD, "{}", ran.output);
        for line in [
            "`issuers[0]` accounts: `jwks_file` has 1 usable key",
            "`issuers[0]` accounts: `jwks_file`: `keys[1]` (`kid` is `for encryption`) is skipped: its `use` is not `sig`",
            "`issuers[0]` accounts: `master_secret_file` has the secret for HMAC",
            &format!("`issuers[0].master_secret_file` has {} bytes", SECRET.len()),
            "no warnings",
        ] {
            assert!(ran.output.contains(line), "{line}: {}", ran.output);
        }
        assert!(!ran.output.contains(SECRET), "{}", ran.output);
    });
}

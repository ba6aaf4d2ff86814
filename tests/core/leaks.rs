//! No log line and no `Debug` output contains any part of a token, key or secret.

use std::collections::HashSet;
use std::process::{Command, Stdio};

use jwtauth::{
    Algorithm, AuthError, Claims, Clock, Identity, JwtAuth, Key, KeyError, KeyRing, RefreshError, Refreshing, Secret,
    Tokens, Visitor,
};
use jwtauth_tests::{NOW, SECRET, encode, figment, forge, forge_with, with_secret};
use rocket::http::{Header, Status};
use rocket::local::blocking::Client;
use rocket::{get, post, routes};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::hostile::HEADER;
use crate::signing_keys as keys;
use crate::token_app::{App, Profile, launching, routes, sign_parts};

/// A text in every token that is sent, readable after decoding.
const CANARY: &str = "canary-7261-of-the-tokens";

/// Set for the process whose log is checked.
const LOGGING: &str = "JWTAUTH_TESTS_LOGGING";

/// Tokens that are refused for various reasons, and valid ones.
fn tokens() -> Vec<String> {
    let times = |exp: u64, more: &str| {
        format!(r#"{{"sub":"{CANARY}","exp":{exp},"refresh_until":{exp},"nickname":"{CANARY}"{more}}}"#)
    };
    let good = times(NOW + 60, "");
    let header = |more: &str| format!(r#"{{"alg":"HS256",{more}}}"#);
    let mut tokens = vec![
        forge(HEADER, &good),
        forge(HEADER, times(NOW, "")),
        forge(HEADER, times(NOW + 60, &format!(r#","iat":{}"#, NOW + 60))),
        forge(HEADER, times(NOW + 60, &format!(r#","aud":"{CANARY}""#))),
        forge(HEADER, times(NOW + 60, &format!(r#","iss":"{CANARY}""#))),
        forge(HEADER, times(NOW + 60, &format!(r#","iat":"{CANARY}""#))),
        forge(HEADER, times(NOW + 60, &format!(r#","nickname":"{CANARY}""#))),
        forge(HEADER, times(NOW + 60, "").replace(r#""nickname":"#, r#""nickname":7,"old":"#)),
        forge(HEADER, times(NOW + 60, "").replace(r#""sub":"#, r#""sub":7,"old":"#)),
        forge(HEADER, format!(r#"["{CANARY}"]"#)),
        forge(HEADER, format!(r#"{{"{CANARY}"#)),
        forge(HEADER, CANARY),
        forge(&header(&format!(r#""kid":"{CANARY}""#)), &good),
        forge(&header(&format!(r#""kid":"../{CANARY}' OR '1'='1""#)), &good),
        forge(&header(&format!(r#""typ":"{CANARY}""#)), &good),
        forge(&header(&format!(r#""crit":["{CANARY}"]"#)), &good),
        forge(&header(&format!(r#""jku":"http://{CANARY}/""#)), &good),
        forge(&format!(r#"{{"alg":"{CANARY}"}}"#), &good),
        forge(&format!(r#"{{"{CANARY}":"#), &good),
        forge_with(HEADER, &good, CANARY.as_bytes()),
        format!("{}.{}.", encode(r#"{"alg":"none"}"#), encode(&good)),
        format!("{}.{}.{}", encode(HEADER), encode(&good), encode(CANARY)),
        sign_parts(&encode(HEADER), &format!("{}==", encode(&good))),
        encode(CANARY),
        format!("{}.{}", encode(CANARY), encode(CANARY)),
        encode(CANARY).repeat(1000),
        keys::ES256.sign(r#"{"alg":"ES256"}"#, &good),
    ];
    let nested = "[".repeat(5000);
    tokens.push(forge(HEADER, times(NOW + 60, &format!(r#","{CANARY}":{nested}"#))));
    tokens
}

/// A claims type whose `Serialize` is incorrect.
#[derive(Debug, Serialize, Deserialize)]
struct Greedy {
    exp: String,
}

impl Claims for Greedy {}

#[get("/visitor")]
fn visitor(visitor: Visitor<Profile>) -> String {
    format!("{}", visitor.identity().is_some())
}

#[get("/either")]
fn either(identity: Result<Identity<Profile>, AuthError>) -> Status {
    identity.map_or_else(Status::from, |_| Status::Ok)
}

#[post("/refresh")]
async fn refresh(refreshing: Result<Refreshing<'_>, RefreshError>) -> Result<Tokens, RefreshError> {
    refreshing?.renew(Profile { nickname: CANARY.into() }).await
}

#[post("/refresh/badly")]
async fn refresh_badly(refreshing: Refreshing<'_>) -> Result<Tokens, RefreshError> {
    refreshing.renew(Greedy { exp: CANARY.into() }).await
}

/// Sends all tokens to all routes. The test below runs this in a separate process, where Rocket logs at the highest
/// level.
#[test]
fn routes_answer_every_kind_of_token_at_debug_log_level() {
    let level = if std::env::var_os(LOGGING).is_some() { "debug" } else { "off" };
    let figment = figment(with_secret(json!({ "allow_refresh": true }))).merge(("log_level", level));
    let clock = Clock::manual(NOW);
    let alone = launching();
    let rocket = rocket::custom(figment)
        .attach(JwtAuth::fairing().clock(clock))
        .register("/", jwtauth::catchers())
        .mount("/", routes())
        .mount("/", routes![visitor, either, refresh, refresh_badly]);
    let client = Client::untracked(rocket).expect("the application launches");
    drop(alone);
    let mut statuses = HashSet::new();
    for token in tokens() {
        let header = Header::new("Authorization", format!("Bearer {token}"));
        for path in ["/open", "/me", "/profile", "/anything", "/visitor", "/either"] {
            statuses.insert(client.get(path).header(header.clone()).dispatch().status().code);
        }
        for path in ["/refresh", "/refresh/badly"] {
            statuses.insert(client.post(path).header(header.clone()).dispatch().status().code);
        }
        let two = client.get("/me").header(header.clone()).header(header);
        statuses.insert(two.dispatch().status().code);
    }
    assert_eq!(statuses, HashSet::from([200, 400, 401, 403, 500]));
}

#[test]
fn log_contains_no_part_of_token_or_secret() {
    let test = format!("{}::routes_answer_every_kind_of_token_at_debug_log_level", module_path!());
    let (_, test) = test.split_once("::").expect("a crate");
    let child = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(LOGGING, "1")
        .stdin(Stdio::null())
        .output()
        .expect("this program again");
    let log = [child.stdout, child.stderr].concat();
    let text = String::from_utf8_lossy(&log);
    assert!(child.status.success(), "{text}");

    // Confirms that this is the log: Rocket names the guards that fail, and jwtauth the tokens that were not issued.
    for expected in ["1 passed", "error: Signature", "error: Malformed", "no token issued"] {
        assert!(text.contains(expected), "{expected} is not in the log:\n{text}");
    }

    // If the signature is valid, the log names the user, and the audience for which a token is refused. It contains
    // nothing else of any token.
    let mut rest = text.replace(&format!("; user `{CANARY}`"), "");
    for fact in [format!("audience was \"{CANARY}\""), format!("audience was \\\"{CANARY}\\\"")] {
        assert!(rest.contains(&fact), "{fact} is not in the log");
        rest = rest.replace(&fact, "");
    }
    assert!(!rest.contains(CANARY), "a claim or a parameter is in the log");
    const WINDOW: usize = 12;
    let mut secrets: Vec<String> = tokens();
    secrets.push(SECRET.into());
    secrets.push(encode(SECRET));
    let parts: HashSet<&[u8]> = secrets.iter().flat_map(|secret| secret.as_bytes().windows(WINDOW)).collect();
    let found = log.windows(WINDOW).find(|window| parts.contains(window));
    assert_eq!(found.map(String::from_utf8_lossy), None, "a part of a token or of the secret is in the log");
}

/// Asserts that neither form of a value's `Debug` output contains any of the texts.
#[track_caller]
fn assert_hidden(value: &dyn std::fmt::Debug, hidden: &[&str]) {
    for shown in [format!("{value:?}"), format!("{value:#?}")] {
        for text in hidden {
            assert!(!shown.contains(text), "{text} is in {shown}");
            // Bytes shown as numbers would be readable too.
            assert!(!shown.contains(&format!("{:?}", text.as_bytes())), "{text} is in {shown}");
        }
        assert!(!shown.contains("PRIVATE KEY"), "a key is in {shown}");
    }
}

#[get("/debug")]
async fn debug(
    identity: Identity<Profile>,
    visitor: Visitor<Profile>,
    refreshing: Refreshing<'_>,
    auth: jwtauth::Auth<'_>,
    jwtauth: &JwtAuth,
) -> Result<Tokens, AuthError> {
    let tokens = auth.remember("alice", Profile { nickname: CANARY.into() }).await?;
    let hidden = [SECRET, CANARY, tokens.access_token(), &tokens.access_token()[..20]];
    assert_eq!(identity.nickname, CANARY);
    assert_hidden(&identity, &hidden);
    assert_hidden(&visitor, &hidden);
    assert_hidden(&refreshing, &hidden);
    assert_hidden(&auth, &hidden);
    assert_hidden(&tokens, &hidden);
    assert_hidden(jwtauth, &hidden);
    assert_hidden(jwtauth.config(), &hidden);
    Ok(tokens)
}

#[test]
fn debug_output_shows_no_token_and_no_secret() {
    let clock = Clock::manual(NOW);
    let alone = launching();
    let rocket = rocket::custom(figment(with_secret(json!({ "allow_refresh": true }))))
        .attach(JwtAuth::fairing().clock(clock))
        .mount("/", routes![debug]);
    let client = Client::untracked(rocket).expect("the application launches");
    drop(alone);
    let claims = format!(
        r#"{{"sub":"alice","exp":{},"refresh_until":{},"nonce":"{CANARY}","nickname":"{CANARY}"}}"#,
        NOW + 60,
        NOW + 60
    );
    let header = Header::new("Authorization", format!("Bearer {}", forge(HEADER, claims)));
    assert_eq!(client.get("/debug").header(header).dispatch().status(), Status::Ok);
}

#[test]
fn debug_output_shows_no_key() {
    let secret = Secret::from(SECRET);
    assert_hidden(&secret, &[SECRET, &SECRET[..8], "64"]);
    let key = Key::from_secret(Algorithm::HS256, &secret).expect("a good secret").with_kid("main");
    assert_hidden(&key, &[SECRET, &SECRET[..8]]);
    assert_hidden(&KeyRing::from(key), &[SECRET, &SECRET[..8]]);
    for keys in keys::all() {
        let key = keys.settings["private_key"].as_str().or(keys.settings["master_secret"].as_str()).expect("a key");
        let line = key.lines().nth(1).unwrap_or(key);
        let hidden = [key, line, &line[..16], &line[line.len() - 16..]];
        let app = App::from_figment(figment(keys.settings.clone()));
        assert_hidden(keys.ring(), &hidden);
        assert_hidden(&app.jwtauth, &hidden);
        assert_hidden(app.jwtauth.config(), &hidden);
    }
}

#[test]
fn errors_show_no_part_of_token_or_secret() {
    let app = App::new(json!({}));
    for token in tokens() {
        let Err(error) = app.verify::<Profile>(&token) else { continue };
        let errors: [&dyn std::error::Error; 3] = [&error, &AuthError::from(error), &RefreshError::InvalidToken(error)];
        for error in errors {
            assert_hidden(&error, &[CANARY, &token]);
            assert!(!error.to_string().contains(CANARY), "{error}");
        }
    }
    let secret = Secret::from(&CANARY[..20]);
    let short = Key::from_secret(Algorithm::HS256, &secret).expect_err("a short secret");
    let unreadable = Key::from_private_key(Algorithm::ES256, CANARY.as_bytes(), None).expect_err("no key");
    assert_eq!(unreadable, KeyError::Unreadable);
    for error in [short, unreadable] {
        assert_hidden(&error, &[CANARY, &CANARY[..20]]);
        assert!(!error.to_string().contains(&CANARY[..20]), "{error}");
    }
}

//! Cached tokens: only the check of the signature and the parsing are skipped.

use std::cell::Cell;
use std::path::PathBuf;
use std::time::Duration;

use allocation_counter::measure;
use jwtauth::{Claims, Clock, Identity, JwtAuth, Reloaded, TokenError};
use jwtauth_tests::{NOW, figment, forge, forge_with, payload};
use rocket::http::{Header, Status};
use rocket::local::asynchronous::Client;
use rocket::request::{FromRequest, Outcome, Request};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::json;

use crate::hostile::{HEADER, claims};
use crate::token_app::{Anything, App, Profile, launching};

const HOUR: Duration = Duration::from_secs(3600);

/// Whether verifying this token costs no more than a lookup.
fn is_remembered<C: Claims>(app: &App, token: &str) -> bool {
    let mut verdict = None;
    let info = measure(|| verdict = Some(app.verify::<C>(token)));
    assert!(verdict.is_some_and(|verdict| verdict.is_ok()), "{token}");
    info.count_total == 0
}

#[test]
fn verified_cache_keeps_token_per_claims_type() {
    let app = App::new(json!({}));
    let token = forge(HEADER, claims(""));
    assert!(!is_remembered::<()>(&app, &token));
    assert!(is_remembered::<()>(&app, &token));
    assert!(!is_remembered::<Profile>(&app, &token));
    for _ in 0..3 {
        assert!(is_remembered::<()>(&app, &token));
        assert!(is_remembered::<Profile>(&app, &token));
        assert_eq!(app.verify::<Profile>(&token).expect("a good token").nickname, "Alice");
        assert_eq!(app.verify::<Anything>(&token).expect("a good token")["nickname"], "Alice");
    }
}

#[test]
fn verified_cache_returns_same_identity_as_first_check() {
    let app = App::new(json!({ "issuer": "shop" }));
    let token = app.issue(Profile { nickname: "Alice".into() }).expect("a key that signs");
    let all = |identity: Identity<Profile>| {
        let times = (identity.expires_at(), identity.issued_at(), identity.auth_time());
        (identity.userid().to_owned(), identity.nickname.clone(), times)
    };
    let first = all(app.verify(&token).expect("a good token"));
    assert!(is_remembered::<Profile>(&app, &token));
    assert_eq!(all(app.verify(&token).expect("a good token")), first);
    assert_eq!(first.0, "alice");
    assert_eq!(first.2, (Some(NOW + 1800), Some(NOW), Some(NOW)));
}

#[test]
fn cached_token_expires() {
    for leeway in [0, 60] {
        let app = App::new(json!({ "leeway": leeway }));
        let token = app.issue(()).expect("a key that signs");
        assert!(app.userid(&token).is_ok());
        app.clock.set(NOW + 1800 + leeway - 1);
        assert!(is_remembered::<()>(&app, &token));
        app.clock.set(NOW + 1800 + leeway);
        assert_eq!(app.userid(&token), Err(TokenError::Expired));
        // The clock was set back, and the token is still in the cache.
        app.clock.set(NOW);
        assert!(app.userid(&token).is_ok());
    }
}

#[test]
fn cached_token_is_refused_before_nbf() {
    let app = App::new(json!({}));
    let token = forge(HEADER, format!(r#"{{"sub":"alice","nbf":{NOW},"exp":{}}}"#, NOW + 60));
    assert!(app.userid(&token).is_ok());
    assert!(is_remembered::<()>(&app, &token));
    app.clock.set(NOW - 1);
    assert_eq!(app.userid(&token), Err(TokenError::NotYetValid));
}

#[test]
fn cached_token_expires_at_max_lifetime() {
    let app = App::new(json!({ "max_lifetime": "1h", "expiration_delta": "unlimited" }));
    let token = app.issue(()).expect("a key that signs");
    assert!(app.userid(&token).is_ok());
    assert!(is_remembered::<()>(&app, &token));
    app.clock.advance(HOUR);
    assert_eq!(app.userid(&token), Err(TokenError::Expired));
}

#[test]
fn cached_token_is_refused_once_its_key_retires() {
    let retire_at = "2025-06-15T15:30:00Z";
    let keys = json!([{ "master_secret": jwtauth_tests::SECRET, "retire_at": retire_at }]);
    let app = App::from_figment(figment(json!({ "keys": keys, "expiration_delta": "1d" })));
    let token = app.issue(()).expect("a key that signs");
    assert!(app.userid(&token).is_ok());
    assert!(is_remembered::<()>(&app, &token));
    app.clock.set(1_750_001_400 - 1);
    assert!(is_remembered::<()>(&app, &token));
    app.clock.set(1_750_001_400);
    assert_eq!(app.userid(&token), Err(TokenError::UnknownKey));
}

/// Reloads the secret, which is used a second later.
fn reload(jwtauth: &JwtAuth, clock: &Clock) {
    assert_eq!(rocket::execute(jwtauth.reload()), Ok(Reloaded::Noted));
    clock.advance(Duration::from_secs(1));
    assert_eq!(rocket::execute(jwtauth.reload()), Ok(Reloaded::Used));
}

#[test]
fn verified_cache_forgets_tokens_when_keys_change() {
    let file = std::env::temp_dir().join(format!("jwtauth-remembered-{}", std::process::id()));
    std::fs::write(&file, jwtauth_tests::SECRET).expect("a file");
    let app = App::from_figment(figment(json!({ "master_secret_file": file })));
    let token = app.issue(()).expect("a key that signs");
    assert!(app.userid(&token).is_ok());
    assert!(is_remembered::<()>(&app, &token));

    std::fs::write(&file, "another secret, and not any shorter than the first").expect("a file");
    reload(&app.jwtauth, &app.clock);
    assert_eq!(app.userid(&token), Err(TokenError::UnknownKey));

    std::fs::write(&file, jwtauth_tests::SECRET).expect("a file");
    reload(&app.jwtauth, &app.clock);
    assert!(!is_remembered::<()>(&app, &token), "verified anew");
    std::fs::remove_file(&file).expect("it is there");
}

/// Changes the secret between two guards of a request.
struct Roll;

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Roll {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        let state = request.rocket().state::<(PathBuf, Clock)>().zip(request.rocket().state::<JwtAuth>());
        let ((file, clock), jwtauth) = state.expect("managed");
        std::fs::write(file, "another secret, and not any shorter than the first").expect("a file");
        jwtauth.reload().await.expect("noted");
        clock.advance(Duration::from_secs(1));
        jwtauth.reload().await.expect("a good secret");
        Outcome::Success(Roll)
    }
}

#[rocket::get("/roll")]
fn roll(_one: Identity, _roll: Roll, other: Identity<Profile>) -> String {
    other.nickname.clone()
}

#[test]
fn verified_cache_keeps_no_token_whose_key_changed_mid_request() {
    let file = std::env::temp_dir().join(format!("jwtauth-remembered-roll-{}", std::process::id()));
    std::fs::write(&file, jwtauth_tests::SECRET).expect("a file");
    let client = {
        let _alone = launching();
        let clock = Clock::manual(NOW);
        let rocket =
            rocket::custom(figment(json!({ "master_secret_file": file }))).manage((file.clone(), clock.clone()));
        let rocket = rocket.attach(JwtAuth::fairing().clock(clock));
        rocket::local::blocking::Client::untracked(rocket.mount("/", rocket::routes![roll])).expect("a launch")
    };
    let header = Header::new("Authorization", format!("Bearer {}", forge(HEADER, claims(""))));
    let get = || client.get("/roll").header(header.clone()).dispatch().status();
    assert_eq!(get(), Status::Ok, "the request goes on with the keys that it began with");
    assert_eq!(get(), Status::Unauthorized);
    let jwtauth: &JwtAuth = client.rocket().state().expect("attached");
    let token = forge(HEADER, claims(""));
    assert!(rocket::execute(jwtauth.verify::<Profile>(&token)).is_err());
    std::fs::remove_file(&file).expect("it is there");
}

#[test]
fn verified_cache_compares_every_byte_of_token() {
    let app = App::new(json!({}));
    let token = forge(HEADER, claims(""));
    assert!(app.userid(&token).is_ok());
    assert!(is_remembered::<()>(&app, &token));
    for place in 0..token.len() {
        let mut other = token.clone().into_bytes();
        other[place] = if other[place] == b'A' { b'B' } else { b'A' };
        let other = String::from_utf8(other).expect("ASCII");
        assert!(app.userid(&other).is_err(), "byte {place}");
    }
    for other in [format!("{token}A"), token[..token.len() - 1].to_owned(), format!(" {token}"), token.to_uppercase()] {
        assert!(app.userid(&other).is_err());
    }
}

#[test]
fn verified_cache_keeps_no_refused_token() {
    let app = App::new(json!({ "audience": "shop" }));
    let good = format!(r#"{{"sub":"alice","aud":"shop","exp":{}}}"#, NOW + 60);
    let others = [
        forge_with(HEADER, &good, b"the secret of somebody else, who is not us"),
        forge(HEADER, good.replace("shop", "other")),
        forge(HEADER, good.replace("alice", "al\\qice")),
        forge(HEADER, good.replace(&(NOW + 60).to_string(), &NOW.to_string())),
    ];
    for token in &others {
        let first = app.userid(token).expect_err("a bad token");
        let mut again = None;
        let info = measure(|| again = Some(app.userid(token)));
        assert_eq!(again, Some(Err(first)));
        assert_eq!(info.count_current, 0, "{info:?}");
    }
    let good = forge(HEADER, good);
    assert!(app.verify::<Profile>(&good).is_err(), "no nickname");
    assert!(!is_remembered::<()>(&app, &good));
}

#[test]
fn verified_cache_stays_within_its_bound() {
    let bytes_kept = |entries: usize, tokens: usize, length: usize| {
        let app = App::new(json!({ "verified_cache": entries }));
        let filler = "x".repeat(length);
        let tokens = (0..tokens).map(|n| forge(HEADER, claims(&format!(r#""n":{n},"filler":"{filler}""#))));
        let tokens: Vec<String> = tokens.collect();
        let info = measure(|| {
            for token in &tokens {
                assert!(app.userid(token).is_ok());
            }
        });
        usize::try_from(info.bytes_current).expect("more is kept than was given back")
    };
    assert_eq!(bytes_kept(0, 100, 10), 0);
    for length in [10, 1000, 8000] {
        let few = bytes_kept(100, 1_000, length);
        let many = bytes_kept(100, 5_000, length);
        println!("{few} and {many} bytes for tokens with {length} more bytes");
        // A token and its claims are kept, or no memory would be in use.
        assert!(few >= length + 500, "{few}");
        assert!(many <= 200 * 1024, "{many}");
        assert!(many <= few + few / 4, "{few} {many}");
    }
}

#[test]
fn verified_cache_bound_covers_parsed_claims() {
    let many = |value: &str, count: usize| format!(r#""f":[{}0]"#, format!("{value},").repeat(count));
    let members: String = (0..1000).map(|n| format!(r#""{n:x}":0,"#)).collect();
    let text = "x".repeat(10_000);
    for (what, user, claims, times) in [
        ("a long user id", &*text, r#""f":0"#.to_owned(), 1),
        ("a long text", "alice", format!(r#""f":"{text}""#), 1),
        ("many numbers", "alice", many("0", 5000), 1),
        ("some numbers", "alice", many("0", 200), 1),
        ("many lists", "alice", many("[0]", 2500), 2),
        ("some lists", "alice", many("[0]", 100), 2),
        // No other content takes so much memory for so little text.
        ("many objects", "alice", many(r#"{"":0}"#, 1400), 4),
        ("some objects", "alice", many(r#"{"":0}"#, 30), 4),
        ("many members", "alice", format!(r#"{members}"end":0"#), 1),
    ] {
        let app = App::new(json!({ "verified_cache": 100 }));
        let token = |n| forge(HEADER, format!(r#"{{"sub":"{user}","exp":{},"n":{n},{claims}}}"#, NOW + 60));
        let tokens: Vec<String> = (0..110).map(token).collect();
        let info =
            measure(|| tokens.iter().for_each(|token| drop(app.verify::<Anything>(token).expect("a good token"))));
        println!("{what}: {} bytes for tokens of {}", info.bytes_current, tokens[0].len());
        let kept = tokens.iter().rev().filter(|token| is_remembered::<Anything>(&app, token)).count();
        // What takes more room than the whole cache is not remembered. Of the rest, the newest are.
        assert_eq!(kept > 0, !what.starts_with("many"), "{what}: {kept} are remembered");
        assert!(info.bytes_current <= times * 128 * 1024, "{what}: {}", info.bytes_current);
    }
}

#[test]
fn verified_cache_entry_adds_at_most_500_bytes_to_token() {
    let app = App::new(json!({ "verified_cache": 100_000 }));
    let tokens: Vec<String> = (0..20_000).map(|n| forge(HEADER, claims(&format!(r#""n":{n}"#)))).collect();
    let info = measure(|| tokens.iter().for_each(|token| drop(app.userid(token))));
    let each = info.bytes_current as usize / tokens.len();
    println!("{each} bytes for a token of {}", tokens[0].len());
    assert!(each >= tokens[0].len() && each <= tokens[0].len() + 500, "{each}");
    let kept = tokens.iter().filter(|token| is_remembered::<()>(&app, token)).count();
    assert!(kept >= tokens.len() * 9 / 10, "{kept} of {} are remembered", tokens.len());
}

/// Counts the calls of its `Deserialize`.
#[derive(Serialize)]
struct Counted {
    nickname: String,
}

thread_local! {
    static READ: Cell<usize> = const { Cell::new(0) };
}

impl<'de> Deserialize<'de> for Counted {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        READ.set(READ.get() + 1);
        Profile::deserialize(deserializer).map(|Profile { nickname }| Counted { nickname })
    }
}

impl Claims for Counted {}

#[test]
fn cached_token_is_refused_once_its_session_ends() {
    let settings = json!({ "allow_refresh": true, "sessions": { "staleness": 0 } });
    let client = {
        let _alone = launching();
        let rocket = rocket::custom(figment(jwtauth_tests::with_secret(settings)));
        let rocket = rocket.attach(JwtAuth::fairing().clock(Clock::manual(NOW)));
        rocket::execute(Client::untracked(rocket)).expect("a launch")
    };
    let jwtauth: &JwtAuth = client.rocket().state().expect("attached");
    rocket::execute(async {
        let claims = Counted { nickname: "Alice".into() };
        let tokens = jwtauth.issue("alice", claims).await.expect("a key that signs");
        let token = tokens.access_token();
        for _ in 0..2 {
            assert_eq!(jwtauth.verify::<Counted>(token).await.expect("a good token").nickname, "Alice");
        }
        assert_eq!(READ.get(), 1, "the second time, the claims are remembered");
        let sid = payload(token)["sid"].as_str().map(str::to_owned).expect("a session");
        assert!(jwtauth.end_session(sid.parse().expect("an id"), "alice").await.expect("a store"));
        let verdict = jwtauth.verify::<Counted>(token).await.map(drop);
        assert_eq!(verdict, Err(TokenError::SessionEnded.into()));
        assert_eq!(READ.get(), 1);
    });
}

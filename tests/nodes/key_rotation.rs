//! The keys of a node rotate while clients send requests.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jwtauth::Algorithm;
use jwtauth::cli::keygen;
use serde_json::Value;

use crate::client::{Client, Tokens};
use crate::cluster::Cluster;
use crate::node::{Node, eventually};

const CLIENTS: usize = 8;

/// How many seconds before `sign_from` or `retire_at` the file changes. The node reads it every second.
const AHEAD: u64 = 8;

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("after the epoch").as_secs()
}

/// The lines of Rocket.toml for a key in the list.
fn key(file: &str, algorithm: Algorithm, times: &str) -> String {
    format!("[[default.jwtauth.keys]]\nprivate_key_file = \"{file}\"\nalgorithm = \"{algorithm}\"\n{times}\n")
}

fn at(setting: &str, time: u64) -> String {
    format!("{setting} = {}", humantime::format_rfc3339_seconds(UNIX_EPOCH + Duration::from_secs(time)))
}

/// The `kid` of an access token.
fn kid(token: &str) -> String {
    let header = base64_simd::URL_SAFE_NO_PAD.decode_to_vec(token.split('.').next().expect("a header"));
    let header: Value = serde_json::from_slice(&header.expect("base64url")).expect("JSON");
    header["kid"].as_str().expect("a kid").to_owned()
}

/// The `kid`s of the published keys.
fn published(client: &mut Client) -> Vec<String> {
    let set = client.get("/jwks.json", "").json();
    let keys = set["keys"].as_array().expect("keys");
    keys.iter().map(|key| key["kid"].as_str().expect("a kid").to_owned()).collect()
}

/// Sends requests without a pause, with one fixed token and with one that is refreshed repeatedly.
fn ask_on(node: &Node, goes_on: &AtomicBool, held: &Tokens, retired: &dyn Fn(u64) -> bool) -> (usize, usize) {
    let mut client = node.client();
    let mut current = client.login();
    let (mut passed, mut refused) = (0, 0);
    while goes_on.load(Ordering::SeqCst) {
        for _ in 0..20 {
            let before = now();
            let status = client.me(&held.access);
            let after = now();
            match status {
                200 => assert!(!retired(before), "it passes after its key is retired"),
                401 => assert!(retired(after), "it is refused while its key is good"),
                other => panic!("{other}"),
            }
            passed += usize::from(status == 200);
            refused += usize::from(status == 401);
            assert_eq!(client.me(&current.access), 200);
        }
        current = client.refresh(&current.refresh).tokens();
        assert_eq!(client.me(&current.access), 200);
    }
    assert_eq!(client.me(&held.access), 401);
    (passed, refused + 1)
}

/// There is one key, then two, then the new one signs, then the old one is retired, with a broken file and a broken
/// list in between. No valid token is refused, and no token of the retired key is accepted.
#[test]
fn key_roll_refuses_only_tokens_of_the_retired_key() {
    let site = Cluster::memory();
    let make = || keygen::generate(Algorithm::EdDSA).expect("a key");
    let (new, ed) = (make(), Algorithm::EdDSA);
    site.put("old.pem", &make());
    site.put("Rocket.toml", &key("old.pem", ed, ""));
    let node = site.node_with_keys("reload=1,jwks_path=\"/jwks.json\"");
    let mut client = node.client();
    let held = client.login();
    let old = kid(&held.access);
    assert_eq!(published(&mut client), [old.as_str()]);

    // The `retire_at` of the old key, after it is set.
    let end = AtomicU64::new(u64::MAX);
    let retired = |time| time >= end.load(Ordering::SeqCst);
    let goes_on = AtomicBool::new(true);
    let counts: Vec<_> = thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(|| ask_on(&node, &goes_on, &held, &retired))).collect();
        // The guard also stops the clients if this panics, because the scope waits for them.
        let stop = Stop(&goes_on);

        // The list names a missing file, then a broken key file, then the list itself is broken.
        site.put("Rocket.toml", &[key("new.pem", ed, ""), key("old.pem", ed, "")].concat());
        eventually("the missing file is told", || node.log().contains("`keys[0].private_key_file`: names a file"));
        site.put("new.pem", &new[..60]);
        eventually("the broken file is told", || {
            node.log().contains("`keys[0].private_key_file`: this is a PEM") || node.log().contains("cut off")
        });
        site.put("Rocket.toml", "[[default.jwtauth.keys]");
        eventually("the broken list is told", || node.log().contains("`jwtauth`: can't be read"));
        assert_eq!((published(&mut client), kid(&client.login().access)), (vec![old.clone()], old.clone()));

        // There are two keys, and the new one signs after a while.
        let begin = now() + AHEAD;
        site.put("new.pem", &new);
        site.put("Rocket.toml", &[key("new.pem", ed, &at("sign_from", begin)), key("old.pem", ed, "")].concat());
        eventually("both are published", || published(&mut client).len() == 2);
        assert!(now() < begin, "the machine is too slow for this test");
        let new = published(&mut client).remove(0);
        eventually("the new one signs", || {
            let before = now();
            let signer = kid(&client.login().access);
            let after = now();
            assert!(
                signer == if before >= begin { &*new } else { &*old } || before < begin && after >= begin,
                "{signer}"
            );
            signer == new
        });

        // The old key gets a `retire_at`.
        let retire = now() + AHEAD;
        let list = [key("new.pem", ed, ""), key("old.pem", ed, &at("retire_at", retire))].concat();
        site.put("Rocket.toml", &list);
        // The key set must not be cached longer than the key is valid.
        let is_told = |client: &mut Client| client.get("/jwks.json", "").header("Cache-Control") != Some("max-age=300");
        eventually("its end is known", || is_told(&mut client));
        end.store(retire, Ordering::SeqCst);
        assert!(now() < retire, "the machine is too slow for this test");
        eventually("the old one is retired", || published(&mut client) == [new.as_str()]);
        eventually("its tokens are refused", || client.me(&held.access) == 401);
        // The old key is removed.
        site.put("Rocket.toml", &key("new.pem", ed, ""));
        site.put("old.pem", "");
        assert_eq!(client.me(&held.access), 401);
        drop(stop);
        clients.into_iter().map(|client| client.join().expect("a client")).collect()
    });
    assert!(counts.iter().all(|(passed, refused)| *passed > 0 && *refused > 0), "{counts:?}");
    println!("{counts:?} requests passed and were refused");
}

/// Stops the clients when it is dropped.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::SeqCst);
    }
}

#[test]
fn reload_runs_on_hang_up_signal() {
    let site = Cluster::memory();
    let make = || keygen::generate(Algorithm::HS256).expect("a key");
    site.put("secret", &make());
    site.put("Rocket.toml", "[default.jwtauth]\nmaster_secret_file = \"secret\"\n");
    let node = site.node_with_keys("leeway=0");
    let mut client = node.client();
    let mut session = client.login();
    for round in 0..3 {
        site.put("secret", &make());
        assert_eq!(client.me(&session.access), 200, "{round}: nobody has told it");
        node.hang_up();
        eventually("the new secret is used", || client.me(&session.access) == 401);
        session = client.refresh(&session.refresh).tokens();
        assert_eq!(client.me(&session.access), 200, "{round}");

        site.put("secret", "");
        node.hang_up();
        let told = "the keys stay as they are: `master_secret_file`: names an empty file";
        eventually("the empty file is told", || node.log().matches(told).count() > round);
        assert_eq!(client.me(&session.access), 200, "{round}");
    }
}

/// The closing terminal sends SIGHUP. The node must end, because it could not be stopped from the terminal any more.
#[test]
fn node_ends_when_its_terminal_vanishes() {
    let site = Cluster::memory();
    site.put("secret", &keygen::generate(Algorithm::HS256).expect("a key"));
    site.put("Rocket.toml", "[default.jwtauth]\nmaster_secret_file = \"secret\"\n");
    let mut node = site.node_with_keys("leeway=0");
    node.kill();
    let Some(mut terminal) = node.start_in_terminal() else { return };
    let token = node.client().login().access;
    // A SIGHUP while the terminal exists reloads the keys, and the node continues.
    site.put("secret", &keygen::generate(Algorithm::HS256).expect("a key"));
    node.hang_up();
    eventually("the new secret is used", || node.client().me(&token) == 401);
    terminal.vanish();
    eventually("the node ends", || node.client().connect().is_err());
}

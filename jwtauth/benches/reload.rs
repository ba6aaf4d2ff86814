//! Measures whether rereading keys delays requests. Compares the slowest of many guarded requests without reloads,
//! during reloads of another application, which cause the same load, and during reloads of the same application. The
//! three cases run in turns in one process. This is a separate program because the maximum counts, not the mean.
//!
//! ```console
//! $ cargo bench -p jwtauth --bench reload
//! ```
#![allow(missing_docs)]

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use std::{env, fs, process, thread};

use jwtauth::{Clock, Identity, JwtAuth, SessionId};
use rocket::figment::Figment;
use rocket::figment::providers::Serialized;
use rocket::http::Header;
use rocket::local::blocking::Client;
use rocket::{get, routes};

const TURNS: usize = 10;
const REQUESTS: usize = 20_000;
/// Much more often than in practice.
const PAUSE: Duration = Duration::from_millis(5);

#[get("/me")]
fn me(identity: Identity) -> String {
    identity.userid().to_owned()
}

fn put(path: &Path, content: &str) {
    let new = path.with_extension("new");
    fs::write(&new, content).expect("a file");
    fs::rename(new, path).expect("a file");
}

/// One key that stays and signs, and 99 that are replaced.
fn figment(folder: &Path) -> Figment {
    let mut keys = vec![serde_json::json!({ "master_secret": "a secret of a bench, which everyone knows" })];
    for number in 0..99 {
        let file = folder.join(number.to_string());
        put(&file, &format!("the secret number {number:03}, of a bench"));
        keys.push(serde_json::json!({ "master_secret_file": file, "kid": number.to_string() }));
    }
    // Cached tokens would hide the keys.
    let settings = serde_json::json!({ "keys": keys, "verified_cache": 0, "expiration_delta": "unlimited" });
    rocket::Config::figment()
        .merge(Serialized::default("jwtauth", settings).profile("default"))
        .merge(Serialized::default("log_level", "off").profile("default"))
}

/// The sorted durations of requests.
fn times(client: &Client, authorization: &str) -> Vec<Duration> {
    let ask = |_| {
        let begun = Instant::now();
        let answer = client.get("/me").header(Header::new("Authorization", authorization.to_owned())).dispatch();
        let time = begun.elapsed();
        assert_eq!(answer.status().code, 200);
        time
    };
    (0..REQUESTS).map(ask).collect()
}

fn report(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |part: f64| times[((times.len() - 1) as f64 * part) as usize];
    let (median, p99, p999, max) = (at(0.5), at(0.99), at(0.999), at(1.0));
    println!("{what:<16} median {median:>10.1?}  99 % {p99:>10.1?}  99.9 % {p999:>10.1?}  largest {max:>10.1?}");
}

fn main() {
    let folder = env::temp_dir().join(format!("jwtauth-bench-{}", process::id()));
    fs::create_dir(&folder).expect("a folder");
    let figment = figment(&folder);
    // New keys are used a second after they are noted, so the clock is manual.
    let clock = Clock::manual(1_800_000_000);
    let launch = || {
        let fairing = JwtAuth::fairing().clock(clock.clone());
        let rocket = rocket::custom(&figment).attach(fairing).mount("/", routes![me]);
        Client::untracked(rocket).expect("a launch")
    };
    let (client, another) = (launch(), launch());
    let handle = |client: &Client| client.rocket().state::<JwtAuth>().expect("attached").clone();
    let (own, other) = (handle(&client), handle(&another));
    let tokens = rocket::execute(own.issue("alice", ())).expect("a token");
    let authorization = format!("Bearer {}", tokens.access_token());
    drop(times(&client, &authorization));

    let mut variants =
        [("none", None, Vec::new()), ("another's", Some(other), Vec::new()), ("its own", Some(own), Vec::new())];
    let mut reloads = 0;
    for _ in 0..TURNS {
        for (_, jwtauth, all) in &mut variants {
            let stop = AtomicBool::new(false);
            thread::scope(|scope| {
                let reloading =
                    jwtauth.as_ref().map(|jwtauth| scope.spawn(|| reload_on(jwtauth, &clock, &folder, &stop)));
                all.extend(times(&client, &authorization));
                stop.store(true, Ordering::Relaxed);
                reloads += reloading.map_or(0, |reloading| reloading.join().expect("no panic"));
            });
        }
    }
    println!("{} requests each; {reloads} reloads of 100 keys, half of them another's", TURNS * REQUESTS);
    for (name, _, times) in variants {
        report(name, times);
    }
    let _ = fs::remove_dir_all(&folder);
}

/// Replaces one file after another and reloads the keys. Returns the number of reloads.
fn reload_on(jwtauth: &JwtAuth, clock: &Clock, folder: &Path, stop: &AtomicBool) -> usize {
    let mut count = 0;
    while !stop.load(Ordering::Relaxed) {
        let id = SessionId::random().expect("randomness");
        put(&folder.join((count % 99).to_string()), &format!("a secret of a bench that is new: {id}"));
        rocket::execute(jwtauth.reload()).expect("noted");
        clock.advance(Duration::from_secs(1));
        rocket::execute(jwtauth.reload()).expect("good keys");
        count += 1;
        thread::sleep(PAUSE);
    }
    count
}

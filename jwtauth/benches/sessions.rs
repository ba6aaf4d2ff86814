//! Measures sessions in memory: a refresh step, the overhead of a request, and the memory use.
//!
//! `memory` does not measure time: it fills a store with ten million sessions and prints the growth of the process.
//! `cargo bench -p jwtauth --bench sessions -- memory` runs it alone.
#![allow(missing_docs)]

use std::future::Future;
use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use criterion::{Criterion, Throughput, criterion_group};
use jwtauth::{
    Claims, Identity, JwtAuth, MemoryStore, RefreshOutcome, RefreshStep, SessionId, SessionRecord, SessionStore,
};
use rocket::figment::providers::Serialized;
use rocket::http::Header;
use rocket::local::blocking::Client;
use rocket::{get, routes};
use serde::{Deserialize, Serialize};

const NOW: u64 = 1_750_000_000;

/// The application's claims.
#[derive(Serialize, Deserialize)]
struct Profile {
    nickname: String,
    role: String,
}

impl Claims for Profile {}

#[get("/guarded")]
fn guarded(_identity: Identity<Profile>) -> &'static str {
    "hello"
}

/// The result of a future that is ready, as the futures of the store in memory are.
fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits for something"),
    }
}

/// A store with this many sessions, each of a different user and with a typical user agent.
fn filled(count: usize) -> (MemoryStore, Vec<SessionId>) {
    let store = MemoryStore::new();
    let ids = (0..count).map(|index| {
        let id = SessionId::random().expect("randomness");
        let mut session = SessionRecord::new(id, format!("user-{index}"), NOW, NOW + 604_800);
        session.nonce_digest = Some([index as u8; 32]);
        session.label = format!(
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 Safari/537.36",
            index % 1000
        );
        now(store.create(&session, None)).expect("memory");
        id
    });
    let ids = ids.collect();
    (store, ids)
}

fn advance(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("advance");
    group.throughput(Throughput::Elements(1));
    for count in [1, 1_000_000] {
        let (store, ids) = filled(count);
        let (mut turn, mut generation) = (0, 0);
        group.bench_function(format!("one of {count} sessions"), |bencher| {
            bencher.iter(|| {
                // A stride that visits all sessions, so that each access misses the CPU cache.
                let id = ids[turn * 611_953 % count];
                let step = RefreshStep { generation, now: NOW, grace: 30, ends_at: NOW + 604_800, key_id: [1; 16] };
                let next = RefreshOutcome::Next { generation: generation + 1 };
                assert_eq!(now(store.advance(black_box(id), step)).expect("memory"), next);
                turn += 1;
                if turn == count {
                    (turn, generation) = (0, generation + 1);
                }
            });
        });
    }
    group.finish();
}

fn client(sessions: bool) -> (Client, String) {
    let mut settings = serde_json::json!({
        "master_secret": "thirty-two bytes that everyone knows",
        "issuer": "shop",
        "allow_refresh": true,
    });
    if sessions {
        // Longer than the benchmark runs, so that all requests are within it.
        settings["sessions"] = serde_json::json!({ "staleness": "1h" });
    }
    let figment = rocket::Config::figment()
        .merge(Serialized::default("jwtauth", settings).profile("default"))
        .merge(Serialized::default("log_level", "off").profile("default"));
    let rocket = rocket::custom(figment).attach(JwtAuth::fairing()).mount("/", routes![guarded]);
    let client = Client::untracked(rocket).expect("a rocket that launches");
    let jwtauth: &JwtAuth = client.rocket().state().expect("the fairing is attached");
    let profile = Profile { nickname: "Alice".into(), role: "reader".into() };
    let tokens = now(jwtauth.issue("alice", profile)).expect("a token");
    let authorization = format!("Bearer {}", tokens.access_token());
    (client, authorization)
}

fn request(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("request");
    for (name, sessions) in [("without sessions", false), ("within staleness", true)] {
        let (client, authorization) = client(sessions);
        group.bench_function(name, |bencher| {
            bencher
                .iter(|| client.get("/guarded").header(Header::new("Authorization", authorization.clone())).dispatch());
        });
        let jwtauth: &JwtAuth = client.rocket().state().expect("the fairing is attached");
        let token = authorization.trim_start_matches("Bearer ");
        group.bench_function(format!("verify {name}"), |bencher| {
            bencher.iter(|| now(jwtauth.verify::<Profile>(black_box(token))).expect("a good token"));
        });
    }
    group.finish();
}

/// The resident memory of the process in bytes. 0 without /proc.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) * 1024
}

fn memory() {
    const COUNT: usize = 10_000_000;
    let before = resident();
    let (store, ids) = filled(COUNT);
    drop(ids);
    let bytes = resident().saturating_sub(before);
    println!("memory/{COUNT} sessions: {} MB, {} bytes a session", bytes / 1_000_000, bytes / COUNT as u64);
    drop(store);
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(50)
        .warm_up_time(std::time::Duration::from_millis(300))
        .measurement_time(std::time::Duration::from_secs(2));
    targets = advance, request
}

fn main() {
    let only_memory = std::env::args().any(|argument| argument == "memory");
    // `cargo test` also runs benches to see that they work, but this takes gigabytes.
    if only_memory || std::env::args().any(|argument| argument == "--bench") {
        memory();
    }
    if !only_memory {
        benches();
        Criterion::default().configure_from_args().final_summary();
    }
}

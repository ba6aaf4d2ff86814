//! Measures cached tokens: the time of a lookup for several numbers of tokens and cache sizes, and the effect of a
//! flood of other tokens.
//!
//! ```console
//! $ cargo bench -p jwtauth --features asymmetric --bench remembered
//! ```
#![allow(missing_docs)]

use std::future::Future;
use std::hint::black_box;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Instant;

use jwtauth::{Claims, JwtAuth};
use rocket::figment::providers::Serialized;
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize)]
struct Profile {
    nickname: String,
    role: String,
}

impl Claims for Profile {}

fn jwtauth(entries: usize) -> JwtAuth {
    let settings = serde_json::json!({
        "master_secret": "thirty-two bytes that everyone knows",
        "issuer": "https://shop.example.com",
        "allow_refresh": true,
        "expiration_delta": "1d",
        "verified_cache": entries,
    });
    let figment =
        rocket::Config::figment().merge(Serialized::default("jwtauth", settings).profile("default")).select("release");
    rocket::execute(JwtAuth::from_figment(&figment)).expect("good settings")
}

/// The result of a future that is ready.
fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits for something"),
    }
}

fn mint(jwtauth: &JwtAuth, count: usize) -> Vec<String> {
    let token = |user: usize| {
        let profile = Profile { nickname: "Alice".into(), role: "reader".into() };
        now(jwtauth.issue(format_args!("user-{user}"), profile)).expect("a token").access_token().to_owned()
    };
    (0..count).map(token).collect()
}

/// Pseudorandom numbers (SplitMix64).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn fraction(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// The order of tokens: uniform, or by Zipf's law (the n-th token is 1/n times as frequent as the first).
fn order(zipf: bool, tokens: usize, length: usize) -> Vec<usize> {
    let mut numbers = Numbers(7);
    if !zipf {
        return (0..length).map(|_| numbers.next() as usize % tokens).collect();
    }
    let mut sum = 0.0;
    let sums: Vec<f64> = (1..=tokens)
        .map(|n| {
            sum += 1.0 / n as f64;
            sum
        })
        .collect();
    (0..length).map(|_| sums.partition_point(|up_to| *up_to < numbers.fraction() * sum).min(tokens - 1)).collect()
}

fn nanoseconds(jwtauth: &JwtAuth, tokens: &[String], order: &[usize]) -> f64 {
    let start = Instant::now();
    for place in order {
        black_box(now(jwtauth.verify::<Profile>(&tokens[*place])).expect("a good token"));
    }
    start.elapsed().as_nanos() as f64 / order.len() as f64
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn growth(tokens: &[String]) {
    println!("\nverify, HS256, by tokens in use: ratios to checking the signature (10 rounds in turn, medians)");
    println!("{:>9} {:>8}  {:>8}  {:>16}  {:>16}", "tokens", "order", "cold, ns", "10,000 kept", "all kept");
    for count in [1_000, 10_000, 100_000, 1_000_000] {
        let tokens = &tokens[..count];
        for (name, zipf) in [("uniform", false), ("zipf", true)] {
            let order = order(zipf, count, 100_000);
            let servers = [jwtauth(0), jwtauth(10_000), jwtauth(2 * count)];
            let mut times = [Vec::new(), Vec::new(), Vec::new()];
            // Uses each token once, so that the cache has seen all of them.
            let everyone: Vec<usize> = (0..count).collect();
            for server in &servers {
                nanoseconds(server, tokens, &everyone);
            }
            for _ in 0..10 {
                for (server, times) in servers.iter().zip(&mut times) {
                    times.push(nanoseconds(server, tokens, &order));
                }
            }
            let [cold, some, all] = times.map(median);
            let ratio = |time: f64| format!("{:.2} ({time:.0} ns)", time / cold);
            println!("{count:>9} {name:>8}  {cold:>8.0}  {:>16}  {:>16}", ratio(some), ratio(all));
        }
    }
}

/// The resident memory of the process in bytes, if the system reports it.
fn resident() -> Option<u64> {
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    Some(statm.split(' ').nth(1)?.parse::<u64>().ok()? * 4096)
}

/// A hundred tokens in use, with a million other valid tokens in between.
fn flood(tokens: &[String]) {
    let (hot, others) = tokens.split_at(100);
    let (server, cold) = (jwtauth(10_000), jwtauth(0));
    let order = order(false, hot.len(), 20_000);
    let quiet = median((0..20).map(|_| nanoseconds(&server, hot, &order)).collect());
    let cold = median((0..20).map(|_| nanoseconds(&cold, hot, &order)).collect());
    let before = resident();
    let (is_over, mut during) = (AtomicBool::new(false), Vec::new());
    thread::scope(|scope| {
        scope.spawn(|| {
            for token in others {
                now(server.verify::<Profile>(token)).expect("a good token");
            }
            is_over.store(true, Ordering::Release);
        });
        while !is_over.load(Ordering::Acquire) {
            during.push(nanoseconds(&server, hot, &order));
        }
    });
    println!("\na flood of {} distinct good tokens, 10,000 remembered, 100 others in use", others.len());
    let during = median(during);
    println!("  one in use: {quiet:.0} ns before, {during:.0} ns during the flood, {cold:.0} ns if none is remembered");
    if let (Some(before), Some(after)) = (before, resident()) {
        println!("  memory: {} KiB more after the flood than before", after.saturating_sub(before) / 1024);
    }
}

fn main() {
    let tokens = mint(&jwtauth(0), 1_000_000);
    growth(&tokens);
    flood(&tokens);
}

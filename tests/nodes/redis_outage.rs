//! Redis stops under load, and restarts.

use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use crate::client::{Client, Tokens};
use crate::cluster::Cluster;
use crate::node::eventually;
use crate::redis;

const SESSIONS: usize = 12;

/// How many requests of a client succeeded or got 503.
#[derive(Default)]
struct Answered {
    fresh: AtomicUsize,
    away: AtomicUsize,
}

#[test]
fn redis_store_outage_loses_no_session() {
    // The server writes every change to disk before it responds.
    let Some(mut server) = redis::Server::start(&["--appendonly", "yes", "--appendfsync", "always"]) else { return };
    let site = Cluster::redis(&server);
    let nodes = site.nodes("staleness=0");
    let clients = || -> Vec<_> { nodes.iter().map(|node| node.client()).collect() };
    let sessions: Vec<_> = (0..SESSIONS).map(|_| clients()[0].login()).collect();
    let answered: Vec<_> = sessions.iter().map(|_| Answered::default()).collect();
    let over = AtomicBool::new(false);

    let sessions: Vec<_> = thread::scope(|scope| {
        let over = Over(&over);
        let load: Vec<_> = sessions
            .into_iter()
            .zip(&answered)
            .map(|(tokens, answered)| {
                let (clients, over) = (clients(), over.0);
                scope.spawn(move || use_session(clients, tokens, answered, over))
            })
            .collect();
        let all = |count: fn(&Answered) -> &AtomicUsize, what: &str| {
            let before: Vec<_> = answered.iter().map(|answered| count(answered).load(Ordering::Relaxed)).collect();
            eventually(what, || {
                let now = answered.iter().map(|answered| count(answered).load(Ordering::Relaxed));
                now.zip(&before).all(|(now, before)| now > *before) || load.iter().any(|client| client.is_finished())
            });
        };
        let served = || all(|answered| &answered.fresh, "every client is served");
        let turned_away = || all(|answered| &answered.away, "every client is turned away");

        for _ in 0..3 {
            served();
            server.stop();
            turned_away();
            server.start_again();
        }
        served();
        let process = server.ask("INFO server");
        let process = process.lines().find_map(|line| line.trim().strip_prefix("process_id:")).expect("an id");
        signal("-STOP", process);
        turned_away();
        signal("-CONT", process);
        served();
        drop(over);
        load.into_iter().map(|client| client.join().expect("only 200 and 503")).collect()
    });

    for (at, tokens) in sessions.into_iter().enumerate() {
        let mut clients = clients();
        assert_eq!(clients[at % 2].me(&tokens.access), 200);
        let tokens = clients[at % 2].refresh(&tokens.refresh).tokens();
        assert_eq!(clients[(at + 1) % 2].me(&tokens.access), 200);
    }
}

/// Refreshes and uses a session on both nodes in turn. Returns the last tokens.
fn use_session(mut clients: Vec<Client>, mut tokens: Tokens, answered: &Answered, over: &AtomicBool) -> Tokens {
    while !over.load(Ordering::Relaxed) {
        for client in &mut clients {
            let answer = client.refresh(&tokens.refresh);
            if answer.status == 503 {
                assert!(answer.header("Retry-After").is_some(), "{answer:?}");
                answered.away.fetch_add(1, Ordering::Relaxed);
                thread::sleep(Duration::from_millis(20));
            } else {
                tokens = answer.tokens();
                answered.fresh.fetch_add(1, Ordering::Relaxed);
            }
            let me = client.get("/me", &tokens.access);
            assert!(me.status == 200 || me.status == 503 && me.header("Retry-After").is_some(), "{me:?}");
        }
    }
    tokens
}

/// Ends the load when it is dropped, also if an assertion fails.
struct Over<'f>(&'f AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn signal(signal: &str, process: &str) {
    assert!(Command::new("kill").args([signal, process]).status().expect("kill").success());
}

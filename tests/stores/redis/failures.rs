//! Servers that are unavailable, do not respond, or are not suitable.

use std::error::Error;
use std::future::Future;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jwtauth::{RedisStore, RefreshOutcome, RefreshStep, SessionStore, StoreError};
use rocket::tokio;

use super::server::{Server, free_port};
use super::{ENDS, advance, begin, open, step};

/// Fails if the future takes more than 10 seconds.
async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(10), what).await.expect("an answer within seconds")
}

/// All texts of an error and its causes.
fn told(error: &StoreError) -> String {
    let mut text = format!("{error:?} {error}");
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(&format!(" {cause:?} {cause}"));
        next = cause.source();
    }
    text
}

#[rocket::async_test]
async fn redis_store_reconnects_when_server_returns() {
    let Some(mut server) = Server::start(&[]) else { return };
    let store = open(&server.url()).await;
    for _ in 0..3 {
        let session = begin(&store, "alice").await;
        assert_eq!(advance(&store, session.id, step(0)).await, RefreshOutcome::Next { generation: 1 });
        server.stop();
        for _ in 0..3 {
            let error = soon(store.advance(session.id, step(1))).await.expect_err("there is no server");
            assert!(told(&error).contains("refused") || told(&error).contains("roken"), "{}", told(&error));
            assert!(soon(store.get(session.id)).await.is_err());
            assert!(soon(store.list("alice", 0)).await.is_err());
            assert!(soon(store.create(&session, None)).await.is_err());
            assert!(soon(store.end(session.id)).await.is_err());
            assert!(soon(store.end_all("alice", None)).await.is_err());
        }
        server.start_again();
        // The new server is empty. The first call succeeds.
        assert_eq!(advance(&store, session.id, step(1)).await, RefreshOutcome::Unknown);
    }
}

#[rocket::async_test]
async fn redis_store_works_after_unnoticed_restart_of_server() {
    let Some(mut server) = Server::start(&[]) else { return };
    let store = open(&server.url()).await;
    for _ in 0..5 {
        server.stop();
        server.start_again();
        let session = begin(&store, "alice").await;
        assert_eq!(advance(&store, session.id, step(0)).await, RefreshOutcome::Next { generation: 1 });
    }
}

#[rocket::async_test]
async fn redis_store_gives_no_wrong_answer_during_restarts() {
    let Some(mut server) = Server::start(&[]) else { return };
    let store = Arc::new(open(&server.url()).await);
    let stopped = Arc::new(AtomicBool::new(false));
    let clients: Vec<_> = (0..16)
        .map(|client| {
            let (store, stopped) = (store.clone(), stopped.clone());
            tokio::spawn(async move {
                let mut answers = (0, 0);
                while !stopped.load(Ordering::Relaxed) {
                    // A restarted server is empty, so the client logs in again.
                    let session = jwtauth::SessionRecord::new(
                        jwtauth::SessionId::random().expect("randomness"),
                        format!("user {client}"),
                        super::NOW,
                        ENDS,
                    );
                    if soon(store.create(&session, None)).await.is_err() {
                        answers.1 += 1;
                        tokio::time::sleep(Duration::from_millis(1)).await;
                        continue;
                    }
                    for generation in 0..50 {
                        match soon(store.advance(session.id, step(generation))).await {
                            Ok(RefreshOutcome::Next { .. }) => answers.0 += 1,
                            Ok(RefreshOutcome::Unknown) => break,
                            Ok(answer) => panic!("{answer:?}"),
                            Err(_) => {
                                answers.1 += 1;
                                break;
                            }
                        }
                    }
                }
                answers
            })
        })
        .collect();
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_millis(200)).await;
        server.stop();
        tokio::time::sleep(Duration::from_millis(200)).await;
        server.start_again();
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    stopped.store(true, Ordering::Relaxed);
    for client in clients {
        let (good, bad) = client.await.expect("no other answer");
        assert!(good > 0 && bad > 0, "{good} answers, {bad} errors");
    }
    let session = begin(&store, "alice").await;
    assert_eq!(advance(&store, session.id, step(0)).await, RefreshOutcome::Next { generation: 1 });
}

#[rocket::async_test]
async fn redis_store_times_out_on_silent_server() {
    let Some(server) = Server::start(&[]) else { return };
    let store = open(&server.url()).await;
    let session = begin(&store, "alice").await;
    server.ask("CLIENT PAUSE 3000 ALL");
    let error = soon(store.advance(session.id, step(0))).await.expect_err("there is no answer");
    assert!(told(&error).contains("timed out"), "{}", told(&error));
    // The server may still execute the timed-out call.
    let mut answer = soon(store.advance(session.id, step(0))).await;
    for _ in 0..10 {
        if answer.is_err() {
            answer = soon(store.advance(session.id, step(0))).await;
        }
    }
    let answer = answer.expect("the server has woken up");
    let [next, repeated] =
        [RefreshOutcome::Next { generation: 1 }, RefreshOutcome::Repeated { generation: 1, ends_at: ENDS }];
    assert!([next, repeated].contains(&answer), "{answer:?}");

    // A server that accepts connections without responding also causes a timeout.
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("redis://127.0.0.1:{}", listener.local_addr().expect("a port").port());
    assert!(soon(RedisStore::open(&url)).await.is_err());
}

#[rocket::async_test]
async fn redis_store_makes_no_second_step_after_lost_answer() {
    let Some(server) = Server::start(&[]) else { return };
    let proxy = Proxy::start(server.port);
    let store = open(&format!("redis://127.0.0.1:{}/", proxy.port)).await;
    let session = begin(&store, "alice").await;
    assert_eq!(advance(&store, session.id, step(0)).await, RefreshOutcome::Next { generation: 1 });
    for generation in 1..6 {
        proxy.lose_next.store(true, Ordering::SeqCst);
        // Without a grace, a second execution would end the session.
        let strict = RefreshStep { grace: 0, ..step(generation) };
        assert_eq!(advance(&store, session.id, strict).await, RefreshOutcome::Next { generation: generation + 1 });
        assert!(!proxy.lose_next.load(Ordering::SeqCst), "an answer was lost");
        let row = store.get(session.id).await.expect("get").expect("the session");
        assert_eq!(row.generation, generation + 1);
    }
    proxy.lose_next.store(true, Ordering::SeqCst);
    let other = begin(&store, "alice").await;
    assert_eq!(store.list("alice", 0).await.expect("list").len(), 2);
    assert_eq!(advance(&store, other.id, step(0)).await, RefreshOutcome::Next { generation: 1 });
}

#[rocket::async_test]
async fn redis_store_names_fault_and_remedy_at_launch() {
    let Some(server) = Server::start(&["--requirepass", "hunter2"]) else { return };
    let Some(replica) = Server::start(&["--replicaof", "127.0.0.1", "1"]) else { return };
    let page = TcpListener::bind("127.0.0.1:0").expect("a port");
    let page_port = page.local_addr().expect("a port").port();
    std::thread::spawn(move || {
        for stream in page.incoming().flatten() {
            let _ = (&stream).write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        }
    });
    let port = server.port;
    for (url, expected) in [
        (format!("redis://127.0.0.1:{}/", free_port()), "start the server"),
        (format!("redis://127.0.0.1:{port}/"), "requires a login"),
        (format!("redis://:swordfish@127.0.0.1:{port}/"), "refuses this user name and password"),
        (format!("redis://bob:swordfish@127.0.0.1:{port}/"), "refuses this user name and password"),
        (format!("redis://:hunter2@127.0.0.1:{port}/99"), "raise `databases`"),
        (format!("redis://:swordfish@127.0.0.1:{page_port}/"), "not Redis"),
        (replica.url(), "write the address of the primary"),
        (
            format!("{},127.0.0.1:{}/", format_args!("redis://:hunter2@127.0.0.1:{port}"), replica.port),
            "not a node of a cluster",
        ),
        ("redis://host.invalid/".into(), "check the host's name"),
        ("redis://:hunter2@/".into(), "host"),
        ("postgres://:hunter2@host".into(), "begin"),
    ] {
        let error = soon(RedisStore::open(&url)).await.expect_err("no store");
        let told = told(&error);
        assert!(told.contains(expected), "{url}: {told}");
        assert!(!told.contains("hunter2") && !told.contains("swordfish"), "{told}");
        assert!(url.contains("@/") || !url.starts_with("redis") || told.contains("redis://"), "{told}");
    }
    let store = open(&format!("redis://:hunter2@127.0.0.1:{port}/")).await;
    assert_eq!(format!("{store:?}"), format!("RedisStore(redis://127.0.0.1:{port}/0, \"jwtauth:\")"));
    let session = begin(&store, "alice").await;
    assert_eq!(advance(&store, session.id, step(0)).await, RefreshOutcome::Next { generation: 1 });
}

/// A proxy that can drop a response and its connection.
struct Proxy {
    port: u16,
    lose_next: Arc<AtomicBool>,
}

impl Proxy {
    fn start(server: u16) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let proxy = Proxy { port: listener.local_addr().expect("a port").port(), lose_next: Arc::default() };
        let lose_next = proxy.lose_next.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let server = TcpStream::connect(("127.0.0.1", server)).expect("the server");
                let (client, server) = (Arc::new(client), Arc::new(server));
                let (from_client, to_server) = (client.clone(), server.clone());
                std::thread::spawn(move || pass(&from_client, &to_server, || false));
                let lose_next = lose_next.clone();
                std::thread::spawn(move || pass(&server, &client, || lose_next.swap(false, Ordering::SeqCst)));
            }
        });
        proxy
    }
}

fn pass(mut from: &TcpStream, mut to: &TcpStream, lose: impl Fn() -> bool) {
    let mut buffer = [0; 4096];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        if lose() || to.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
    let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
}

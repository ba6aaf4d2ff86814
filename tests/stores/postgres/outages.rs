//! A server that is unavailable, does not respond, or rolls back.

use std::future::Future;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use jwtauth::{RefreshOutcome, SessionStore};
use rocket::tokio::time::{sleep, timeout};
use rocket::tokio::{self, spawn};

use super::proxy::Proxy;
use super::server::{Server, free_port, url_of};
use super::steps::until_waiting;
use super::{by_hand, causes, connect, refusal, server, session, step, table};

#[test]
fn postgres_store_reconnects_when_server_returns() {
    let Some(mut server) = Server::start("") else { return };
    rocket::execute(async {
        let store = connect(&server.url("")).await;
        let session = session("alice");
        store.create(&session, None).await.expect("create");
        assert_eq!(store.advance(session.id, step(0)).await.expect("advance"), RefreshOutcome::Next { generation: 1 });
        for round in 0..2 {
            server.stop();
            for _ in 0..20 {
                ends(store.advance(session.id, step(1))).await.expect_err("there is no server");
                ends(store.get(session.id)).await.expect_err("there is no server");
                ends(store.create(&session, NonZeroU32::new(2))).await.expect_err("there is no server");
            }
            server.resume();
            // The first call succeeds: closed connections are replaced.
            let answer = store.advance(session.id, step(1 + round)).await.expect("advance");
            assert_eq!(answer, RefreshOutcome::Next { generation: 2 + round });
        }
        assert_eq!(store.get(session.id).await.expect("get").map(|row| row.generation), Some(3));
    });
}

#[test]
fn postgres_store_replaces_closed_connections() {
    let Some(server) = server() else { return };
    rocket::execute(async {
        let store = connect(&server.url(&format!("table={}&application_name=doomed", table()))).await;
        let session = session("alice");
        store.create(&session, None).await.expect("create");
        let client = by_hand(server).await;
        for generation in 0..5 {
            let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'doomed'";
            assert_eq!(client.query(sql, &[]).await.expect("an end").len(), 1);
            sleep(Duration::from_millis(100)).await;
            assert_eq!(
                store.advance(session.id, step(generation)).await.expect("advance"),
                RefreshOutcome::Next { generation: generation + 1 }
            );
        }
    });
}

#[test]
fn postgres_store_times_out_on_silent_server() {
    let Some(server) = server() else { return };
    rocket::execute(async {
        let proxy = Proxy::start(server.port());
        let limits = "connect_timeout=1&statement_timeout=1";
        let url = url_of(proxy.port(), &format!("table={}&max_connections=2&{limits}", table()));
        let store = Arc::new(connect(&url).await);
        let session = session("alice");
        store.create(&session, None).await.expect("create");
        proxy.silent(true);
        // There are more calls than connections: some wait for the server, and some for a connection.
        let steps: Vec<_> = (0..6)
            .map(|_| {
                let (store, id) = (store.clone(), session.id);
                spawn(async move { store.advance(id, step(0)).await })
            })
            .collect();
        for step in steps {
            ends(step).await.expect("a step").expect_err("the server is silent");
        }
        ends(refusal(&url)).await;
        proxy.silent(false);
        // The server may still execute the earlier call. This call is then a repetition.
        let answer = store.advance(session.id, step(0)).await.expect("advance");
        assert!(matches!(answer, RefreshOutcome::Next { .. } | RefreshOutcome::Repeated { .. }), "{answer:?}");
    });
}

#[test]
fn postgres_store_times_out_on_locked_row() {
    let Some(server) = server() else { return };
    rocket::execute(async {
        let table = table();
        let store = connect(&server.url(&format!("table={table}&max_connections=1&statement_timeout=1"))).await;
        let session = session("alice");
        store.create(&session, None).await.expect("create");
        let mut other = by_hand(server).await;
        let transaction = other.transaction().await.expect("a transaction");
        transaction.execute(&format!("SELECT FROM {table} FOR UPDATE"), &[]).await.expect("a lock");
        let error = ends(store.advance(session.id, step(0))).await.expect_err("the row is held");
        assert!(causes(&error).contains("statement timeout"), "{}", causes(&error));
        transaction.rollback().await.expect("a rollback");
        assert_eq!(store.advance(session.id, step(0)).await.expect("advance"), RefreshOutcome::Next { generation: 1 });
    });
}

#[test]
fn postgres_store_repeats_end_all_after_deadlock() {
    let Some(server) = server() else { return };
    rocket::execute(async {
        let table = table();
        let url = server.url(&format!("table={table}&options=-c%20deadlock_timeout=500ms"));
        let store = Arc::new(connect(&url).await);
        let mut sessions = [session("alice"), session("alice")];
        sessions.sort_by_key(|session| session.id);
        for session in &sessions {
            store.create(session, None).await.expect("create");
        }
        let ids = sessions.each_ref().map(|session| session.id.as_bytes().as_slice());
        let mut other = by_hand(server).await;
        // The timeout of this client is long, so the server detects the deadlock in the store's transaction.
        other.batch_execute("SET deadlock_timeout = '1min'").await.expect("a setting");
        let before = server.log().len();
        let transaction = other.transaction().await.expect("a transaction");
        let hold = format!("SELECT FROM {table} WHERE id = $1 FOR UPDATE");
        transaction.execute(&hold, &[&ids[1]]).await.expect("a lock");
        let ending = {
            let store = store.clone();
            spawn(async move { store.end_all("alice", None).await.expect("end_all") })
        };
        until_waiting(transaction.client(), &table).await;
        transaction.execute(&hold, &[&ids[0]]).await.expect("a lock");
        transaction.commit().await.expect("a commit");
        assert_eq!(ending.await.expect("an end").len(), 2);
        assert!(server.log()[before..].contains("deadlock detected"));
    });
}

/// The only connection works after a call is dropped at any point.
#[test]
fn postgres_store_connection_survives_dropped_calls() {
    let Some(server) = server() else { return };
    rocket::execute(async {
        let table = table();
        let store = connect(&server.url(&format!("table={table}&max_connections=1"))).await;
        for patience in 0..150 {
            let patience = Duration::from_micros(patience * 20);
            let (first, second) = (session("alice"), session("alice"));
            store.create(&first, None).await.expect("create");
            drop_after(patience, store.create(&second, NonZeroU32::new(1))).await;
            // The dropped call was either done completely or not at all.
            let alive: Vec<_> = store.list("alice", super::NOW).await.expect("list");
            assert!(matches!(&alive[..], [one] if *one == first || *one == second), "{alive:?}");
            drop_after(patience, store.advance(alive[0].id, step(0))).await;
            let answer = store.advance(alive[0].id, step(0)).await.expect("advance");
            assert!(matches!(answer, RefreshOutcome::Next { .. } | RefreshOutcome::Repeated { .. }), "{answer:?}");
            drop_after(patience, store.end_all("alice", None)).await;
            store.end_all("alice", None).await.expect("end_all");
            assert_eq!(store.list("alice", super::NOW).await.expect("list"), []);
        }
        let client = by_hand(server).await;
        let sql = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'
                   AND pid IN (SELECT pid FROM pg_stat_activity WHERE strpos(query, $1) > 0 AND state <> 'active')";
        let held: i64 = client.query_one(sql, &[&format!("\"{table}\"")]).await.expect("locks").get(0);
        assert_eq!(held, 0);
    });
}

#[test]
fn postgres_store_reports_a_refused_connection() {
    rocket::execute(async {
        let why = ends(refusal(&url_of(free_port(), ""))).await;
        assert!(why.contains("refused"), "{why}");
    });
}

/// Fails if a call does not end. The limit is generous, because the machine may be busy.
async fn ends<F: Future>(call: F) -> F::Output {
    timeout(Duration::from_secs(60), call).await.expect("an end within a minute")
}

async fn drop_after<F: Future>(patience: Duration, future: F) {
    tokio::select! {
        biased;
        _ = future => {}
        () = sleep(patience) => {}
    }
}

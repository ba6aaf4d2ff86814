//! A step is one statement, and correct under concurrent changes of the row.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use jwtauth::{PostgresStore, RefreshOutcome, SessionRecord, SessionStore};
use rocket::tokio::{spawn, time::sleep};
use tokio_postgres::Client;

use super::proxy::Proxy;
use super::server::url_of;
use super::{ENDS, NOW, by_hand, connect, server, session, step, table};

fn repeated(generation: u64) -> RefreshOutcome {
    RefreshOutcome::Repeated { generation, ends_at: ENDS }
}

fn next(generation: u64) -> RefreshOutcome {
    RefreshOutcome::Next { generation }
}

#[test]
fn postgres_store_advances_once_for_two_hundred_calls() {
    let Some(server) = server() else { return };
    rocket::execute(async {
        let url = server.url(&format!("table={}", table()));
        let stores = [Arc::new(connect(&url).await), Arc::new(connect(&url).await)];
        let session = session("alice");
        stores[0].create(&session, None).await.expect("create");
        for generation in 0..10 {
            let tasks: Vec<_> = (0..200)
                .map(|task| {
                    let (store, id) = (stores[task % 2].clone(), session.id);
                    spawn(async move { store.advance(id, step(generation)).await.expect("advance") })
                })
                .collect();
            let mut steps = 0;
            for task in tasks {
                match task.await.expect("a step") {
                    RefreshOutcome::Next { .. } => steps += 1,
                    answer => assert_eq!(answer, repeated(generation + 1)),
                }
            }
            assert_eq!(steps, 1);
            let row = stores[1].get(session.id).await.expect("get");
            assert_eq!(row.map(|row| row.generation), Some(generation + 1));
        }
    });
}

#[test]
fn postgres_store_advances_in_one_statement_and_round_trip() {
    let Some(server) = server() else { return };
    rocket::execute(async {
        let proxy = Proxy::start(server.port());
        let table = table();
        let store = connect(&url_of(proxy.port(), &format!("table={table}&max_connections=1"))).await;
        let session = session("alice");
        store.create(&session, None).await.expect("create");
        let others = session_of_another(&store).await;
        proxy.asked();
        let before = server.log().len();
        for generation in 0..10 {
            let answer = store.advance(session.id, step(generation)).await.expect("advance");
            assert_eq!(answer, next(generation + 1));
        }
        assert_eq!(store.advance(session.id, step(9)).await.expect("advance"), repeated(10));
        assert_eq!(store.advance(session.id, step(3)).await.expect("advance"), RefreshOutcome::Reused);
        assert_eq!(store.advance(session.id, step(3)).await.expect("advance"), RefreshOutcome::Unknown);
        assert_eq!(proxy.asked(), 13);
        let log = server.log();
        // `log_statement` logs one line per statement of any protocol, and only this test uses the table.
        let lines: Vec<_> = log[before..].lines().filter(|line| line.contains(" LOG:  ")).collect();
        let statements = log[before..].matches(&format!("AS previous FROM \"{table}\"")).count();
        assert_eq!(statements, 13, "{lines:?}");
        // No statement is prepared separately, not even for the first step on a new connection.
        drop(store);
        let store = connect(&url_of(proxy.port(), &format!("table={table}&max_connections=1"))).await;
        store.get(others.id).await.expect("get");
        proxy.asked();
        assert_eq!(store.advance(others.id, step(0)).await.expect("advance"), RefreshOutcome::Next { generation: 1 });
        assert_eq!(proxy.asked(), 1);
    });
}

/// A statement that waited for a lock uses the current row, not the row at the start of the statement.
#[test]
fn postgres_store_advance_judges_row_after_waiting_for_lock() {
    let Some(server) = server() else { return };
    rocket::execute(async {
        let table = table();
        let store = Arc::new(connect(&server.url(&format!("table={table}"))).await);
        let mut other = by_hand(server).await;
        // Each case has a concurrent change of a row with generation 5, proven at NOW after generation 4, the
        // generation that is presented, the outcome, and the remaining row.
        let set = |what: &str| format!("UPDATE {table} SET {what} WHERE id = $1");
        for (change, commit, presented, expected, generation) in [
            (set("generation = 6"), true, 5, repeated(6), Some(6)),
            (set("generation = 6"), false, 5, next(6), Some(6)),
            (set("generation = 6"), true, 6, next(7), Some(7)),
            (set("generation = 6"), true, 4, RefreshOutcome::Refused, Some(6)),
            (set("generation = 6, proven = 6, previous = 5"), true, 4, RefreshOutcome::Reused, None),
            (set("generation = 6, proven = 6, previous = 5"), true, 5, repeated(6), Some(6)),
            (set("generation = 7, proven = 6, previous = 5"), true, 5, RefreshOutcome::Refused, Some(7)),
            (set("generation = 8, proven = 6, previous = 5"), true, 7, RefreshOutcome::Reused, None),
            (set("generation = 4, proven = 3, previous = 2"), true, 4, next(5), Some(5)),
            (set(&format!("generation = 6, refreshed = {}", NOW - 31)), true, 5, next(7), Some(7)),
            (set(&format!("proven_at = {}", NOW - 31)), true, 4, RefreshOutcome::Reused, None),
            (set(&format!("ends_at = {NOW}")), true, 5, RefreshOutcome::Expired, Some(5)),
            (set(&format!("ends_at = {NOW}")), true, 3, RefreshOutcome::Expired, Some(5)),
            (set("label = 'x'"), true, 5, next(6), Some(6)),
            (format!("DELETE FROM {table} WHERE id = $1"), true, 5, RefreshOutcome::Unknown, None),
            (format!("DELETE FROM {table} WHERE id = $1"), true, 3, RefreshOutcome::Unknown, None),
            (format!("DELETE FROM {table} WHERE id = $1"), false, 3, RefreshOutcome::Reused, None),
        ] {
            let mut session = session("alice");
            (session.generation, session.proven, session.previous) = (5, 5, Some(4));
            store.create(&session, None).await.expect("create");
            let transaction = other.transaction().await.expect("a transaction");
            transaction.execute(&change, &[&session.id.as_bytes().as_slice()]).await.expect("a change");
            let (id, waiting) = (session.id, store.clone());
            let answer = spawn(async move { waiting.advance(id, step(presented)).await.expect("advance") });
            until_waiting(transaction.client(), &table).await;
            match commit {
                true => transaction.commit().await.expect("a commit"),
                false => transaction.rollback().await.expect("a rollback"),
            }
            let what = format!("{change}, committed: {commit}, presented: {presented}");
            assert_eq!(answer.await.expect("a step"), expected, "{what}");
            let row = store.get(session.id).await.expect("get");
            assert_eq!(row.map(|row| row.generation), generation, "{what}");
        }
    });
}

/// Steps, logins with a limit, ends and purges of one user run concurrently, without a deadlock and without leftover
/// rows.
#[test]
fn postgres_store_has_no_deadlock_under_mixed_load() {
    let Some(server) = server() else { return };
    rocket::execute(async {
        let store = Arc::new(connect(&server.url(&format!("table={}&max_connections=20", table()))).await);
        let before = server.log().len();
        let tasks: Vec<_> = (0..16)
            .map(|task| {
                let store = store.clone();
                spawn(async move {
                    for round in 0..40 {
                        let mut session = session("alice");
                        let old = SessionRecord::new(session.id, "alice", 1000, 2000);
                        if round % 4 == 0 {
                            session = old;
                        }
                        store.create(&session, NonZeroU32::new(5)).await.expect("create");
                        for generation in 0..3 {
                            store.advance(session.id, step(generation)).await.expect("advance");
                        }
                        match (task + round) % 5 {
                            0 => drop(store.end_all("alice", Some(session.id)).await.expect("end_all")),
                            1 => drop(store.purge(NOW).await.expect("purge")),
                            2 => drop(store.end(session.id).await.expect("end")),
                            3 => drop(store.list("alice", NOW).await.expect("list")),
                            _ => {}
                        }
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.expect("a task");
        }
        assert!(!server.log()[before..].contains("deadlock"));
        store.create(&session("alice"), NonZeroU32::new(5)).await.expect("create");
        assert!(store.list("alice", NOW).await.expect("list").len() <= 5);
    });
}

/// A refresh only writes to the table, not to an index.
#[test]
fn postgres_store_advance_updates_no_index() {
    let Some(server) = server() else { return };
    rocket::execute(async {
        let table = table();
        let store = connect(&server.url(&format!("table={table}&max_connections=1"))).await;
        let session = session("alice");
        store.create(&session, None).await.expect("create");
        for generation in 0..500 {
            store.advance(session.id, step(generation)).await.expect("advance");
        }
        drop(store);
        let client = by_hand(server).await;
        for attempt in 0.. {
            let sql = "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = $1";
            let row = client.query_one(sql, &[&table]).await.expect("statistics");
            let (all, within): (i64, i64) = (row.get(0), row.get(1));
            if all == 500 {
                assert!(within > 490, "{within} of {all}");
                break;
            }
            assert!(attempt < 100, "the server counts {all} steps");
            sleep(Duration::from_millis(100)).await;
        }
    });
}

async fn session_of_another(store: &PostgresStore) -> SessionRecord {
    let session = session("bob");
    store.create(&session, None).await.expect("create");
    session
}

/// Waits until a statement on this table waits for a lock.
pub(super) async fn until_waiting(client: &Client, table: &str) {
    let sql = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND strpos(query, $1) > 0";
    for _ in 0..500 {
        let count: i64 = client.query_one(sql, &[&format!("\"{table}\"")]).await.expect("activity").get(0);
        if count > 0 {
            return;
        }
        sleep(Duration::from_millis(10)).await;
    }
    panic!("nobody waits");
}

//! Rows of earlier and later versions.

use jwtauth::{RefreshOutcome, RefreshStep, SessionId, SessionRecord, SessionStore};

use super::server::Server;
use super::{ENDS, NOW, advance, begin, eventually, open, step};

const DAY: u64 = SessionRecord::KEPT;

/// Rows of the first version are strings with a fixed format.
#[rocket::async_test]
async fn redis_store_reads_first_version_row_and_writes_it_as_hash() {
    let Some(server) = Server::start(&[]) else { return };
    let store = open(&server.url()).await;
    let indexed = NOW + 100 * DAY;
    let old = async |digest: &str, label: &str| {
        // The index has the current format.
        let session = begin(&store, "alice").await;
        let key = format!("jwtauth:session:{}", session.id);
        server.ask(&format!("DEL {key}"));
        let numbers = [3, NOW - 5, ENDS, indexed].map(|number| format!("{number:020}")).concat();
        let text = format!("1{numbers}{}{:020}{digest} {} {label}alice", " ".repeat(16), NOW - 9, label.len());
        assert_eq!(server.ask(&format!("SET {key} \"{text}\" EX 1000000")), "OK");
        let mut expected = SessionRecord::new(session.id, "alice", NOW - 9, ENDS);
        (expected.generation, expected.refreshed, expected.label) = (3, NOW - 5, label.to_owned());
        // Each generation before the current one was presented in turn.
        (expected.proven, expected.proven_at, expected.previous) = (2, NOW - 5, Some(1));
        expected.nonce_digest = (!digest.is_empty()).then_some([0x0a; 32]);
        (key, expected)
    };
    for (digest, label) in [("", ""), (&*"0a".repeat(32), "a 1 b")] {
        let (key, expected) = old(digest, label).await;
        assert_eq!(store.get(expected.id).await.expect("get").as_ref(), Some(&expected));
        assert_eq!(store.list("alice", NOW).await.expect("list"), std::slice::from_ref(&expected));
        assert_eq!(server.ask(&format!("TYPE {key}")), "string", "to read it changes nothing");
        assert_eq!(
            advance(&store, expected.id, step(2)).await,
            RefreshOutcome::Repeated { generation: 3, ends_at: ENDS }
        );
        assert_eq!(advance(&store, expected.id, step(3)).await, RefreshOutcome::Next { generation: 4 });
        assert_eq!(server.ask(&format!("TYPE {key}")), "hash");
        let mut row = expected.clone();
        (row.generation, row.refreshed, row.key_id) = (4, NOW, Some([1; 16]));
        (row.proven, row.proven_at, row.previous) = (3, NOW, Some(2));
        assert_eq!(store.get(expected.id).await.expect("get"), Some(row.clone()));
        assert_eq!(store.end(row.id).await.expect("end"), Some(row));

        // An old row can also be confirmed, which keeps the time at which it expires.
        let (key, mut expected) = old(digest, label).await;
        expected.auth_time = NOW;
        assert_eq!(store.confirm(expected.id, "bob", NOW).await.expect("confirm"), None);
        assert_eq!(store.confirm(expected.id, "alice", NOW).await.expect("confirm").as_ref(), Some(&expected));
        assert_eq!(server.ask(&format!("TYPE {key}")), "hash");
        assert!(server.ask(&format!("TTL {key}")).parse::<u64>().is_ok_and(|ttl| ttl > 999_000));
        assert_eq!(store.end(expected.id).await.expect("end"), Some(expected));

        // An old row can also be ended or reused without conversion.
        let (_, expected) = old(digest, label).await;
        assert_eq!(store.end_all("alice", None).await.expect("end_all"), [expected]);
        let (_, expected) = old(digest, label).await;
        assert_eq!(advance(&store, expected.id, step(0)).await, RefreshOutcome::Reused);
        let mut trace = expected.clone();
        (trace.ends_at, trace.reused) = (NOW, true);
        assert_eq!(store.find_reuse(expected.id).await.expect("find_reuse"), Some(trace));
        eventually("the index has lost it", || server.ask("KEYS jwtauth:user:*").is_empty()).await;
        let (_, expected) = old(digest, label).await;
        let new = SessionRecord::new(SessionId::random().expect("randomness"), "alice", NOW, ENDS);
        assert_eq!(store.create(&new, std::num::NonZeroU32::new(1)).await.expect("create"), [expected.id]);
        store.end_all("alice", None).await.expect("end_all");
    }
}

/// In a row of an earlier version, the client has generation 3, or 2 if the last response was lost.
#[rocket::async_test]
async fn redis_store_continues_row_without_proof() {
    let Some(server) = Server::start(&[]) else { return };
    let store = open(&server.url()).await;
    let old = async || {
        let session = begin(&store, "alice").await;
        let key = format!("jwtauth:session:{}", session.id);
        let (generation, refreshed) = (format!("{:020}", 3), format!("{:020}", NOW - 5));
        server.ask(&format!("HSET {key} generation {generation} refreshed {refreshed}"));
        assert_eq!(server.ask(&format!("HDEL {key} proven proven_at auth_time")), "3");
        session.id
    };
    let repeated = RefreshOutcome::Repeated { generation: 3, ends_at: ENDS };
    let (next, unchanged) = (RefreshOutcome::Next { generation: 4 }, (2, NOW - 5, Some(1)));
    for (presented, now, expected, generation, proof) in [
        (3, NOW, next, 4, (3, NOW, Some(2))),
        (2, NOW, repeated, 3, unchanged),
        (2, NOW + 100, next, 4, unchanged),
        (1, NOW, RefreshOutcome::Refused, 3, unchanged),
    ] {
        let id = old().await;
        let answer = advance(&store, id, RefreshStep { now, ..step(presented) }).await;
        assert_eq!(answer, expected, "{presented} at {now}");
        let row = store.get(id).await.expect("get").expect("a row");
        assert_eq!((row.generation, (row.proven, row.proven_at, row.previous)), (generation, proof), "{presented}");
    }
    assert_eq!(advance(&store, old().await, step(0)).await, RefreshOutcome::Reused);
    let id = old().await;
    store.prove(id, 3, NOW).await.expect("prove");
    let row = store.get(id).await.expect("get").expect("a row");
    assert_eq!((row.proven, row.proven_at, row.previous), (3, NOW, Some(2)));
}

#[rocket::async_test]
async fn row_keeps_fields_that_this_version_does_not_know() {
    let Some(server) = Server::start(&[]) else { return };
    let store = open(&server.url()).await;
    let session = begin(&store, "alice").await;
    let key = format!("jwtauth:session:{}", session.id);
    assert_eq!(server.ask(&format!("HSET {key} data x seen_by 7")), "2");
    let long = RefreshStep { ends_at: NOW + 300 * DAY, ..step(0) };
    assert_eq!(advance(&store, session.id, long).await, RefreshOutcome::Next { generation: 1 });
    eventually("the index lasts longer", || {
        server.ask(&format!("TTL {key}")).parse::<u64>().is_ok_and(|ttl| ttl > 200 * DAY)
    })
    .await;
    assert!(store.get(session.id).await.expect("get").is_some());
    assert_eq!(server.ask(&format!("HMGET {key} data seen_by")).replace('\n', " "), "x 7");
}

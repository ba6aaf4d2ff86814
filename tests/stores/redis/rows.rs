//! The rows in Redis, their expiration, and the number of commands.

use jwtauth::{RefreshOutcome, RefreshStep, SessionId, SessionRecord, SessionStore};

use super::server::Server;
use super::{ENDS, NOW, advance, begin, eventually, open, step};

const DAY: u64 = SessionRecord::KEPT;

#[rocket::async_test]
async fn redis_store_advances_and_reads_in_one_round_trip() {
    let Some(server) = Server::start(&[]) else { return };
    let store = open(&server.url()).await;
    let session = begin(&store, "alice").await;
    // The first use loads the script into the server.
    assert_eq!(advance(&store, session.id, step(0)).await, RefreshOutcome::Next { generation: 1 });
    server.ask("CONFIG RESETSTAT");
    for generation in 1..11 {
        assert_eq!(
            advance(&store, session.id, step(generation)).await,
            RefreshOutcome::Next { generation: generation + 1 }
        );
        assert_eq!(
            advance(&store, session.id, step(generation)).await,
            RefreshOutcome::Repeated { generation: generation + 1, ends_at: ENDS }
        );
        assert!(store.get(session.id).await.expect("get").is_some());
    }
    // The other commands run inside the scripts.
    let calls = |command: &str| calls(&server, command);
    assert_eq!((calls("evalsha"), calls("hgetall"), calls("hset"), calls("expire")), (30, 30, 10, 10));
    // Each round trip also checks whether the server is still a primary.
    assert_eq!(calls("hello"), 30);
    let stats = server.ask("INFO commandstats");
    let others = stats.lines().filter(|line| line.starts_with("cmdstat_")).filter(|line| {
        !["hello:", "evalsha:", "eval:", "hgetall:", "hset:", "expire:", "config", "info:"]
            .iter()
            .any(|known| line["cmdstat_".len()..].starts_with(known))
    });
    assert_eq!(others.count(), 0, "{stats}");
}

#[rocket::async_test]
async fn redis_store_reloads_scripts_that_server_has_lost() {
    let Some(server) = Server::start(&[]) else { return };
    let store = open(&server.url()).await;
    let session = begin(&store, "alice").await;
    for generation in 0..5 {
        server.ask("SCRIPT FLUSH");
        assert_eq!(
            advance(&store, session.id, step(generation)).await,
            RefreshOutcome::Next { generation: generation + 1 }
        );
        assert_eq!(
            advance(&store, session.id, step(generation)).await,
            RefreshOutcome::Repeated { generation: generation + 1, ends_at: ENDS }
        );
    }
    server.ask("SCRIPT FLUSH");
    let ended = store.end_all("alice", None).await.expect("end_all");
    assert_eq!(ended.iter().map(|session| session.id).collect::<Vec<_>>(), [session.id]);
}

#[rocket::async_test]
async fn redis_store_knows_no_session_after_flush() {
    let Some(server) = Server::start(&[]) else { return };
    let store = open(&server.url()).await;
    let session = begin(&store, "alice").await;
    server.ask("FLUSHALL");
    assert_eq!(advance(&store, session.id, step(0)).await, RefreshOutcome::Unknown);
    assert_eq!(store.get(session.id).await.expect("get"), None);
    assert_eq!(store.list("alice", NOW).await.expect("list"), []);
    assert_eq!(server.ask("DBSIZE"), "0");
}

#[rocket::async_test]
async fn redis_store_keeps_row_a_day_after_end_and_index_longer() {
    let Some(server) = Server::start(&[]) else { return };
    let store = open(&server.url()).await;
    let session = begin(&store, "alice").await;
    let row = format!("jwtauth:session:{}", session.id);
    let index = server.ask("KEYS jwtauth:user:*");
    let ttl = |key: &str| server.ask(&format!("TTL {key}")).parse::<u64>().expect("a TTL");
    let about = |key: &str, expected: u64| ttl(key) <= expected && ttl(key) + 60 > expected;
    assert!(about(&row, 10_000 + DAY), "{}", ttl(&row));
    // The index lasts longer by twice the idle time of a session, and by at least two days.
    assert!(about(&index, 10_000 + DAY + 2 * DAY), "{}", ttl(&index));

    // The application's clock may differ: only the remaining time matters.
    let next = RefreshStep { now: NOW + 5_000, ..step(0) };
    assert_eq!(advance(&store, session.id, next).await, RefreshOutcome::Next { generation: 1 });
    assert!(about(&row, 5_000 + DAY), "{}", ttl(&row));

    // The session is extended beyond its index, and the index can't be extended.
    let long = |generation| RefreshStep { ends_at: NOW + 30 * DAY, ..step(generation) };
    assert_eq!(server.ask(&format!("RENAME {index} aside")), "OK");
    server.ask(&format!("SET {index} garbage"));
    assert_eq!(advance(&store, session.id, long(1)).await, RefreshOutcome::Next { generation: 2 });
    assert!(about(&row, 10_000 + 3 * DAY), "{}", ttl(&row));
    assert_eq!(server.ask(&format!("RENAME aside {index}")), "OK");

    // Now the index can be extended.
    assert_eq!(advance(&store, session.id, long(2)).await, RefreshOutcome::Next { generation: 3 });
    eventually("the index lasts longer", || about(&index, 31 * DAY + 60 * DAY)).await;
    eventually("so does the session", || about(&row, 31 * DAY)).await;
    let listed = store.list("alice", NOW).await.expect("list");
    assert_eq!(listed.iter().map(|row| (row.generation, row.ends_at)).collect::<Vec<_>>(), [(3, NOW + 30 * DAY)]);

    // The index is not extended at every step, but after half of the additional time.
    server.ask("CONFIG RESETSTAT");
    for (generation, day) in [(3, 1), (4, 10), (5, 29)] {
        let now = NOW + day * DAY;
        let later = RefreshStep { generation, now, grace: 30, ends_at: now + 30 * DAY, key_id: [1; 16] };
        assert_eq!(advance(&store, session.id, later).await, RefreshOutcome::Next { generation: generation + 1 });
    }
    assert_eq!(calls(&server, "zscore"), 0);
    let later = RefreshStep { generation: 6, now: NOW + 31 * DAY, grace: 30, ends_at: NOW + 61 * DAY, key_id: [1; 16] };
    assert_eq!(advance(&store, session.id, later).await, RefreshOutcome::Next { generation: 7 });
    eventually("the index is seen to", || calls(&server, "zscore") == 1).await;
}

#[rocket::async_test]
async fn redis_store_leaves_no_key_of_ended_session() {
    let Some(server) = Server::start(&[]) else { return };
    let store = open(&server.url()).await;
    let (a, b, _) = (begin(&store, "alice").await, begin(&store, "bob").await, begin(&store, "carol").await);
    assert_eq!(store.end(a.id).await.expect("end"), Some(a));
    assert_eq!(advance(&store, b.id, step(7)).await, RefreshOutcome::Reused);
    store.forget_reuse(b.id).await.expect("forget_reuse");
    store.end_all("carol", None).await.expect("end_all");
    eventually("nothing is left", || server.ask("DBSIZE") == "0").await;

    // The next list of the user's sessions removes an id without a row, unless the id is so new that its session may
    // still be in creation.
    let (expired, alive) = (begin(&store, "alice").await, begin(&store, "alice").await);
    server.ask(&format!("DEL jwtauth:session:{}", expired.id));
    let index = server.ask("KEYS jwtauth:user:*");
    assert_eq!(store.list("alice", NOW).await.expect("list"), std::slice::from_ref(&alive));
    assert_eq!(store.end_all("alice", Some(alive.id)).await.expect("end_all"), []);
    assert_eq!(server.ask(&format!("ZCARD {index}")), "2");
    let long_ago: u64 =
        server.ask(&format!("ZSCORE {index} {}", expired.id)).parse::<u64>().expect("a score") - 601_000_000;
    server.ask(&format!("ZADD {index} {long_ago} {}", expired.id));
    assert_eq!(store.list("alice", NOW).await.expect("list"), [alive]);
    eventually("the id has gone", || server.ask(&format!("ZCARD {index}")) == "1").await;
}

#[rocket::async_test]
async fn redis_store_reports_invalid_row_as_error() {
    let Some(server) = Server::start(&[]) else { return };
    let store = open(&server.url()).await;
    for garbage in [
        "SET {} garbage",
        "SET {} \"\"",
        "RPUSH {} garbage",
        "HDEL {} userid",
        "HDEL {} ends_at",
        "HSET {} generation 1",
        "HSET {} created xxxxxxxxxxxxxxxxxxxx",
    ] {
        let session = begin(&store, "alice").await;
        let key = format!("jwtauth:session:{}", session.id);
        if !garbage.starts_with('H') {
            server.ask(&format!("DEL {key}"));
        }
        server.ask(&garbage.replace("{}", &key));
        assert!(store.get(session.id).await.is_err(), "{garbage}");
        assert!(store.list("alice", NOW).await.is_err(), "{garbage}");
        if !garbage.starts_with("HSET {} created") {
            assert!(store.advance(session.id, step(0)).await.is_err(), "{garbage}");
        }
        assert!(store.end_all("alice", None).await.is_err(), "{garbage}");
        server.ask("FLUSHALL");
    }
}

#[rocket::async_test]
async fn trace_of_a_reuse_expires_after_a_day() {
    let Some(server) = Server::start(&[]) else { return };
    let store = open(&server.url()).await;
    let session = begin(&store, "alice").await;
    assert_eq!(advance(&store, session.id, step(7)).await, RefreshOutcome::Reused);
    let ttl = server.ask(&format!("TTL jwtauth:session:{}", session.id)).parse::<u64>().expect("a TTL");
    assert!((DAY - 60..=DAY).contains(&ttl), "{ttl}");
}

#[rocket::async_test]
async fn redis_store_prefix_separates_two_applications() {
    let Some(server) = Server::start(&[]) else { return };
    let shop = open(&format!("{}3?prefix=shop:", server.url())).await;
    let blog = open(&format!("{}3?prefix=blog:%7Bx%7D*", server.url())).await;
    let session = begin(&shop, "alice").await;
    assert_eq!(blog.get(session.id).await.expect("get"), None);
    assert_eq!(blog.end_all("alice", None).await.expect("end_all"), []);
    let other = begin(&blog, "alice").await;
    assert_eq!(shop.list("alice", NOW).await.expect("list"), [session]);
    assert_eq!(blog.list("alice", NOW).await.expect("list"), [other]);
    assert_eq!(server.ask("DBSIZE"), "0", "they are in database 3");
}

#[rocket::async_test]
async fn redis_store_advances_once_for_two_hundred_calls() {
    let Some(server) = Server::start(&[]) else { return };
    let stores = [open(&server.url()).await, open(&server.url()).await].map(std::sync::Arc::new);
    let session = begin(&stores[0], "alice").await;
    let steps: Vec<_> = (0..200)
        .map(|index| {
            let (store, id) = (stores[index % 2].clone(), session.id);
            rocket::tokio::spawn(async move { advance(&store, id, step(0)).await })
        })
        .collect();
    let mut first = 0;
    for made in steps {
        match made.await.expect("a step") {
            RefreshOutcome::Next { generation: 1 } => first += 1,
            answer => assert_eq!(answer, RefreshOutcome::Repeated { generation: 1, ends_at: ENDS }),
        }
    }
    assert_eq!(first, 1);
}

#[rocket::async_test]
async fn redis_store_keeps_limit_for_concurrent_logins() {
    let Some(server) = Server::start(&[]) else { return };
    let stores = [open(&server.url()).await, open(&server.url()).await].map(std::sync::Arc::new);
    let max = std::num::NonZeroU32::new(3);
    for round in 0..30 {
        let userid = format!("user {round}");
        let logins = (0..16).map(|index| {
            let (store, userid) = (stores[index % 2].clone(), userid.clone());
            rocket::tokio::spawn(async move {
                let session = SessionRecord::new(SessionId::random().expect("randomness"), userid, NOW, ENDS);
                let ended = store.create(&session, max).await.expect("create");
                for generation in 0..5 {
                    // A later login may have ended the session.
                    let next = RefreshStep { now: NOW + generation, ..step(generation) };
                    let answer = advance(&store, session.id, next).await;
                    let made = RefreshOutcome::Next { generation: generation + 1 };
                    assert!([made, RefreshOutcome::Unknown].contains(&answer), "{answer:?}");
                }
                (session.id, ended)
            })
        });
        let (mut begun, mut all) = (Vec::new(), Vec::new());
        for login in logins.collect::<Vec<_>>() {
            let (id, ended) = login.await.expect("a login");
            begun.push(id);
            all.extend(ended);
        }
        let alive = stores[0].list(&userid, NOW).await.expect("list");
        assert_eq!(alive.len(), 3);
        all.extend(alive.iter().map(|session| session.id));
        all.sort_unstable();
        begun.sort_unstable();
        assert_eq!(all, begun, "each is alive, or was said once to have ended");
    }
}

#[rocket::async_test]
async fn redis_store_keeps_newest_session_if_server_clock_goes_back() {
    let Some(server) = Server::start(&[]) else { return };
    let store = open(&server.url()).await;
    let old = begin(&store, "alice").await;
    let index = server.ask("KEYS jwtauth:user:*");
    let later = server.ask(&format!("ZSCORE {index} {}", old.id)).parse::<u64>().expect("a score") + 1_000_000_000;
    server.ask(&format!("ZADD {index} {later} {}", old.id));
    let new = SessionRecord::new(SessionId::random().expect("randomness"), "alice", NOW - 5, ENDS);
    assert_eq!(store.create(&new, std::num::NonZeroU32::new(1)).await.expect("create"), [old.id]);
    assert_eq!(store.list("alice", NOW).await.expect("list"), [new]);
}

#[rocket::async_test]
async fn redis_store_works_with_documented_rights() {
    let Some(server) = Server::start(&[]) else { return };
    let commands = "+get +hgetall +hset +del +ttl +expire +time +zadd +zrange +zrevrange +zrem +zscore +eval +evalsha +hello +select";
    let made = server.ask(&format!("ACL SETUSER app on >hunter2 ~jwtauth:* -@all {commands}"));
    assert_eq!(made, "OK");
    let store = open(&format!("redis://app:hunter2@127.0.0.1:{}/1", server.port)).await;
    let one = std::num::NonZeroU32::new(1);
    let (a, b) = (begin(&store, "alice").await, SessionRecord::new(SessionId::random().unwrap(), "alice", NOW, ENDS));
    assert_eq!(store.create(&b, one).await.expect("create"), [a.id]);
    assert_eq!(
        advance(&store, b.id, RefreshStep { ends_at: NOW + 30 * DAY, ..step(0) }).await,
        RefreshOutcome::Next { generation: 1 }
    );
    assert_eq!(store.list("alice", NOW).await.expect("list").len(), 1);
    assert_eq!(store.end_all("alice", None).await.expect("end_all").len(), 1);
    assert_eq!(store.end(b.id).await.expect("end"), None);
    // Only the check of the eviction policy at launch was refused, because it needs the separate right `+info`.
    let refused = server.ask("ACL LOG");
    let lines: Vec<_> = refused.lines().collect();
    let commands: Vec<_> = lines.windows(2).filter(|pair| pair[0] == "object").map(|pair| pair[1]).collect();
    assert_eq!(commands, ["info"], "{refused}");
}

fn calls(server: &Server, command: &str) -> u64 {
    let stats = server.ask("INFO commandstats");
    let line = stats.lines().find_map(|line| line.strip_prefix(&format!("cmdstat_{command}:calls=")));
    line.map_or(0, |line| line.split(',').next().and_then(|calls| calls.parse().ok()).expect("a number"))
}

#[rocket::async_test]
async fn redis_store_confirms_without_changing_when_the_row_expires() {
    let Some(server) = Server::start(&[]) else { return };
    let store = open(&server.url()).await;
    let session = begin(&store, "alice").await;
    let row = format!("jwtauth:session:{}", session.id);
    let ttl = || server.ask(&format!("PTTL {row}")).parse::<u64>().expect("a TTL");
    server.ask(&format!("PEXPIRE {row} 5000000"));
    let confirmed = store.confirm(session.id, "alice", NOW + 9).await.expect("confirm");
    assert_eq!(confirmed.map(|session| session.auth_time), Some(NOW + 9));
    assert!((4_000_000..=5_000_000).contains(&ttl()), "{}", ttl());
    server.ask(&format!("PERSIST {row}"));
    assert!(store.confirm(session.id, "alice", NOW + 9).await.expect("confirm").is_some());
    assert_eq!(server.ask(&format!("TTL {row}")), "-1");
}

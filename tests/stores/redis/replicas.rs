//! A server that becomes a replica, and Sentinels that name another primary.

use jwtauth::{RedisStore, RefreshOutcome, SessionStore};

use super::server::{Server, free_port};
use super::{NOW, advance, begin, eventually, open, step};

/// Checks that every call of the store fails with an error that names the replica.
async fn refuses_everything(store: &RedisStore, session: &jwtauth::SessionRecord) {
    for round in 0..2 {
        let errors = [
            store.get(session.id).await.err(),
            store.advance(session.id, step(0)).await.err(),
            store.list(&session.userid, NOW).await.err(),
            store.create(session, None).await.err(),
            store.end(session.id).await.err(),
            store.end_all(&session.userid, None).await.err(),
        ];
        for (index, error) in errors.into_iter().enumerate() {
            let error = format!("{:?}", error.unwrap_or_else(|| panic!("call {index} of round {round} was answered")));
            assert!(error.contains("replica"), "{error}");
        }
    }
}

#[rocket::async_test]
async fn redis_store_refuses_replica_on_old_and_new_connections() {
    let Some(server) = Server::start(&[]) else { return };
    let store = open(&server.url()).await;
    let session = begin(&store, "alice").await;
    assert_eq!(advance(&store, session.id, step(0)).await, RefreshOutcome::Next { generation: 1 });

    // The first call uses the existing connection. The replica still has the session.
    assert_eq!(server.ask(&format!("REPLICAOF 127.0.0.1 {}", free_port())), "OK");
    assert!(!server.ask(&format!("EXISTS jwtauth:session:{}", session.id)).starts_with('0'));
    assert!(store.get(session.id).await.is_err());
    refuses_everything(&store, &session).await;

    // The server is a primary again: the next call succeeds with the same session.
    assert_eq!(server.ask("REPLICAOF NO ONE"), "OK");
    assert_eq!(advance(&store, session.id, step(1)).await, RefreshOutcome::Next { generation: 2 });

    // The server becomes a replica and closes its connections: the role is checked on the new connection.
    assert_eq!(server.ask(&format!("REPLICAOF 127.0.0.1 {}", free_port())), "OK");
    server.ask("CLIENT KILL TYPE normal SKIPME yes");
    refuses_everything(&store, &session).await;
    assert_eq!(server.ask("REPLICAOF NO ONE"), "OK");
    assert_eq!(store.get(session.id).await.expect("get").map(|row| row.generation), Some(2));
}

#[rocket::async_test]
async fn redis_store_refuses_restarted_server_that_is_replica() {
    let Some(mut server) = Server::start(&[]) else { return };
    let store = open(&server.url()).await;
    let session = begin(&store, "alice").await;
    server.stop();
    let options = ["--replicaof", "127.0.0.1", &free_port().to_string()];
    let replica = Server::start_on(server.port, &options).expect("a server");
    refuses_everything(&store, &session).await;
    drop(replica);
    server.start_again();
    assert_eq!(advance(&store, session.id, step(0)).await, RefreshOutcome::Unknown);
}

#[rocket::async_test]
async fn redis_store_follows_primary_named_by_sentinel() {
    let Some(first) = Server::start(&[]) else { return };
    let second = Server::start(&["--replicaof", "127.0.0.1", &first.port.to_string()]).expect("a server");
    let sentinel = Server::start_sentinel(first.port).expect("a Sentinel");
    eventually("the replica follows", || first.ask("INFO replication").contains("state=online")).await;
    eventually("the Sentinel knows the replica", || {
        sentinel.ask("SENTINEL REPLICAS shop").contains(&second.port.to_string())
    })
    .await;

    // One available Sentinel in the URL is enough.
    let url = format!("redis-sentinel://127.0.0.1:1,127.0.0.1:{}/?master=shop", sentinel.port);
    let store = open(&url).await;
    let session = begin(&store, "alice").await;
    assert_eq!(advance(&store, session.id, step(0)).await, RefreshOutcome::Next { generation: 1 });
    eventually("the replica has the session", || second.ask("DBSIZE") == first.ask("DBSIZE")).await;

    let mut said = String::new();
    eventually("the failover begins", || {
        said = sentinel.ask("SENTINEL FAILOVER shop");
        said == "OK"
    })
    .await;
    let port = second.port.to_string();
    eventually("the Sentinel names the second", || {
        sentinel.ask("SENTINEL GET-MASTER-ADDR-BY-NAME shop").contains(&port)
    })
    .await;
    // The Sentinel closes all connections of the server that it promotes, so this waits for the end of the promotion.
    eventually("the second is the primary", || second.ask("INFO replication").contains("role:master")).await;
    // The Sentinel would send this command some seconds later.
    assert_eq!(first.ask(&format!("REPLICAOF 127.0.0.1 {port}")), "OK");
    assert_eq!(advance(&store, session.id, step(1)).await, RefreshOutcome::Next { generation: 2 });
    assert_eq!(store.get(session.id).await.expect("get").map(|row| row.generation), Some(2));

    for (url, expected) in [
        (format!("redis://127.0.0.1:{}/", sentinel.port), "is a Redis Sentinel"),
        (format!("redis-sentinel://127.0.0.1:{}/?master=other", sentinel.port), "knows no primary"),
        (format!("redis-sentinel://127.0.0.1:{}/?master=shop", second.port), "is not a Redis Sentinel"),
    ] {
        let error = RedisStore::open(&url).await.expect_err("no store");
        assert!(format!("{error:?}").contains(expected), "{url}: {error:?}");
    }
}

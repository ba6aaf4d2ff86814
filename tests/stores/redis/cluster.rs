//! The conformance suite on a cluster of three nodes, and tests of features specific to clusters.

use std::process::Command;
use std::sync::LazyLock;

use jwtauth::{RedisStore, RefreshOutcome, SessionStore};

use super::server::{Server, is_installed};
use super::{NOW, advance, begin, eventually, open, step};

/// The cluster that all tests of the suite share.
static CLUSTER: LazyLock<Option<Vec<Server>>> = LazyLock::new(start);

jwtauth::session_store_conformance!(
    {
        let Some(nodes) = &*CLUSTER else { return };
        open(&nodes[0].url()).await
    },
    rows_expire
);

fn start() -> Option<Vec<Server>> {
    if !is_installed("redis-cli") {
        return None;
    }
    let options =
        ["--cluster-enabled", "yes", "--cluster-node-timeout", "2000", "--cluster-require-full-coverage", "no"];
    let nodes: Vec<_> = (0..3).map(|_| Server::start(&options)).collect::<Option<_>>()?;
    let addresses = nodes.iter().map(|node| format!("127.0.0.1:{}", node.port));
    let mut create = Command::new("redis-cli");
    create.args(["--cluster", "create"]).args(addresses).args(["--cluster-replicas", "0", "--cluster-yes"]);
    let output = create.output().expect("redis-cli");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    wait_for(&nodes);
    Some(nodes)
}

/// Waits until each node knows all slots.
fn wait_for(nodes: &[Server]) {
    for node in nodes {
        for _ in 0..1000 {
            let info = node.ask("CLUSTER INFO");
            if info.contains("cluster_state:ok") && info.contains("cluster_slots_ok:16384") {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }
}

#[rocket::async_test]
async fn redis_store_spreads_sessions_over_cluster_nodes() {
    let Some(nodes) = start() else { return };
    // One available host in the URL is enough.
    let url = format!("redis://127.0.0.1:1,127.0.0.1:{}/", nodes[1].port);
    let store = open(&url).await;
    for _ in 0..60 {
        begin(&store, "alice").await;
    }
    for node in &nodes {
        assert!(node.ask("DBSIZE").parse::<u32>().expect("a number") > 5);
    }
    assert_eq!(store.list("alice", NOW).await.expect("list").len(), 60);
    assert_eq!(store.end_all("alice", None).await.expect("end_all").len(), 60);
    for node in &nodes {
        eventually("nothing is left", || node.ask("DBSIZE") == "0").await;
    }

    let error = RedisStore::open(&format!("{}1", nodes[0].url())).await.expect_err("a cluster has one database");
    let told = format!("{error:?}");
    assert!(told.contains("a cluster has only the database 0") && told.contains("remove `/1`"), "{told}");
}

#[rocket::async_test]
async fn redis_store_follows_moved_slot() {
    let Some(nodes) = start() else { return };
    let store = open(&nodes[0].url()).await;
    let session = begin(&store, "alice").await;
    assert_eq!(advance(&store, session.id, step(0)).await, RefreshOutcome::Next { generation: 1 });
    let key = format!("jwtauth:session:{}", session.id);
    let slot = nodes[0].ask(&format!("CLUSTER KEYSLOT {key}"));
    let holds = |node: &Server| !node.ask(&format!("EXISTS {key}")).starts_with('-');
    let from = nodes.iter().position(holds).expect("a node that holds it");
    let to = (from + 1) % 3;
    let ids: Vec<_> = nodes.iter().map(|node| node.ask("CLUSTER MYID")).collect();
    assert_eq!(nodes[to].ask(&format!("CLUSTER SETSLOT {slot} IMPORTING {}", ids[from])), "OK");
    assert_eq!(nodes[from].ask(&format!("CLUSTER SETSLOT {slot} MIGRATING {}", ids[to])), "OK");
    assert_eq!(advance(&store, session.id, step(1)).await, RefreshOutcome::Next { generation: 2 });
    assert_eq!(nodes[from].ask(&format!("MIGRATE 127.0.0.1 {} {key} 0 1000", nodes[to].port)), "OK");
    // The old node still owns the slot, but the new node has the session.
    assert_eq!(advance(&store, session.id, step(2)).await, RefreshOutcome::Next { generation: 3 });
    for node in [to, from, (to + 1) % 3] {
        assert_eq!(nodes[node].ask(&format!("CLUSTER SETSLOT {slot} NODE {}", ids[to])), "OK");
    }
    assert_eq!(advance(&store, session.id, step(3)).await, RefreshOutcome::Next { generation: 4 });
    assert_eq!(store.list("alice", NOW).await.expect("list").len(), 1);
}

#[rocket::async_test]
async fn redis_store_loses_only_sessions_of_absent_cluster_node() {
    let Some(mut nodes) = start() else { return };
    let store = open(&nodes[0].url()).await;
    let mut sessions = Vec::new();
    for user in 0..30 {
        sessions.push(begin(&store, &format!("user {user}")).await);
    }
    nodes[0].stop();
    let mut answered = 0;
    let waited = std::time::Duration::from_secs(10);
    let looking = sessions.iter().map(|session| rocket::tokio::time::timeout(waited, store.get(session.id)));
    for (session, answer) in sessions.iter().zip(rocket::futures::future::join_all(looking).await) {
        let key = format!("jwtauth:session:{}", session.id);
        let answer = answer.expect("an answer within seconds");
        let there = nodes[1..].iter().any(|node| node.ask(&format!("EXISTS {key}")) == "1");
        assert_eq!(answer.is_ok(), there, "{answer:?}");
        answered += u32::from(there);
    }
    assert!((1..30).contains(&answered));
}

#[rocket::async_test]
async fn redis_store_reconnects_when_cluster_returns() {
    let Some(mut nodes) = start() else { return };
    let store = open(&nodes[0].url()).await;
    begin(&store, "alice").await;
    for node in &mut nodes {
        node.stop();
    }
    for _ in 0..2 {
        let waited = std::time::Duration::from_secs(10);
        let answer =
            rocket::tokio::time::timeout(waited, store.list("alice", NOW)).await.expect("an answer within seconds");
        assert!(answer.is_err());
    }
    for node in &mut nodes {
        node.start_again();
    }
    wait_for(&nodes);
    let mut back = false;
    for _ in 0..20 {
        back = back || store.list("alice", NOW).await.is_ok();
    }
    assert!(back, "{:?}", store.list("alice", NOW).await);
    let session = begin(&store, "bob").await;
    assert_eq!(advance(&store, session.id, step(0)).await, RefreshOutcome::Next { generation: 1 });
}

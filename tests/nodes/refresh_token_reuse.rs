//! A spent refresh token is presented again after the grace.

use std::thread::sleep;
use std::time::Duration;

use crate::cluster::{Cluster, postgres};
use crate::redis;

#[test]
fn file_store_replay_ends_the_session() {
    replay(&Cluster::file());
}

#[test]
fn redis_store_replay_ends_the_session_on_both_nodes() {
    let Some(server) = redis::Server::start(&[]) else { return };
    replay(&Cluster::redis(&server));
}

#[test]
fn postgres_store_replay_ends_the_session_on_both_nodes() {
    let Some(server) = postgres() else { return };
    replay(&Cluster::postgres(server, "reuse"));
}

fn replay(site: &Cluster) {
    let nodes = site.nodes(r#"reuse_grace="1s",staleness=0"#);
    let mut clients: Vec<_> = nodes.iter().map(|node| node.client()).collect();
    let last = clients.len() - 1;
    let bystander = clients[0].login();
    let first = clients[0].login();
    let second = clients[last].refresh(&first.refresh).tokens();
    assert!(clients.iter_mut().all(|client| client.me(&second.access) == 200));

    // The clock has a resolution of one second, so two seconds are more than the grace.
    sleep(Duration::from_millis(2100));
    let refusal = clients[last].refresh(&first.refresh);
    assert_eq!(refusal.status, 403, "{refusal:?}");
    assert_eq!(refusal.body, r#"{"validationError": "Could not refresh your token"}"#);

    for client in &mut clients {
        assert_eq!((client.me(&first.access), client.me(&second.access)), (401, 401));
        assert_eq!(client.refresh(&second.refresh).status, 403);
        assert_eq!(client.me(&bystander.access), 200);
    }
    clients[0].refresh(&bystander.refresh).tokens();

    // The reuse is reported once. The report identifies the session and the user, and contains no token.
    let logs: Vec<_> = nodes.iter().map(|node| node.log()).collect();
    let (session, log) = (first.session().to_string(), &logs[last]);
    let is_report = |line: &&str| line.contains(&session) && line.contains("presented again");
    let reports: Vec<_> = logs.iter().flat_map(|log| log.lines()).filter(is_report).collect();
    assert_eq!(reports.len(), 1, "{reports:?}");
    assert!(log.contains(reports[0]) && reports[0].contains("alice"), "{log}");
    for tokens in [first, second] {
        assert!(!logs.iter().any(|log| log.contains(&tokens.access) || log.contains(&tokens.refresh)));
    }
}

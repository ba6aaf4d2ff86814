//! Many refreshes of one session: concurrent, repeated, and consecutive.

use std::collections::HashSet;
use std::sync::Barrier;
use std::thread;

use crate::client::Tokens;
use crate::cluster::{Cluster, postgres};
use crate::redis;

#[test]
fn file_store_gives_concurrent_refreshes_one_successor() {
    at_once(&Cluster::file());
}

#[test]
fn redis_store_gives_concurrent_refreshes_one_successor() {
    let Some(server) = redis::Server::start(&[]) else { return };
    at_once(&Cluster::redis(&server));
}

#[test]
fn postgres_store_gives_concurrent_refreshes_one_successor() {
    let Some(server) = postgres() else { return };
    at_once(&Cluster::postgres(server, "at_once"));
}

fn at_once(site: &Cluster) {
    let nodes = site.nodes("");
    let first = nodes[0].client().login();
    assert_eq!(first.generation(), 0);

    let barrier = Barrier::new(200);
    let answers: Vec<_> = thread::scope(|scope| {
        let refresh = |client: usize| {
            let mut client = nodes[client % nodes.len()].client();
            client.connect().expect("a connection");
            barrier.wait();
            client.refresh(&first.refresh)
        };
        let clients: Vec<_> = (0..200).map(|client| scope.spawn(move || refresh(client))).collect();
        clients.into_iter().map(|client| client.join().expect("an answer")).collect()
    });
    let successors: Vec<Tokens> = answers.iter().map(|answer| answer.tokens()).collect();
    let second = &successors[0];
    assert!(successors.iter().all(|tokens| tokens.refresh == second.refresh));
    assert_ne!(second.refresh, first.refresh);
    assert_eq!(second.generation(), 1);
    assert_eq!(second.session(), first.session());

    // The session did not fork: the token can be refreshed once more, on any node.
    let mut client = nodes[nodes.len() - 1].client();
    assert!(successors.iter().all(|tokens| client.me(&tokens.access) == 200));
    assert_eq!(client.refresh(&second.refresh).tokens().generation(), 2);
}

#[test]
fn file_store_carries_a_thousand_refreshes_in_a_row() {
    chain(&Cluster::file());
}

#[test]
fn redis_store_carries_a_thousand_refreshes_in_a_row() {
    let Some(server) = redis::Server::start(&[]) else { return };
    chain(&Cluster::redis(&server));
}

#[test]
fn postgres_store_carries_a_thousand_refreshes_in_a_row() {
    let Some(server) = postgres() else { return };
    chain(&Cluster::postgres(server, "chain"));
}

fn chain(site: &Cluster) {
    let nodes = site.nodes("");
    let mut clients: Vec<_> = nodes.iter().map(|node| node.client()).collect();
    let count = clients.len();

    // The response is lost several times: every repetition returns the same token.
    let first = clients[0].login();
    let answers: HashSet<_> =
        (0..5).map(|again| clients[again % count].refresh(&first.refresh).tokens().refresh).collect();
    assert_eq!(answers.len(), 1);

    let (mut current, mut seen) = (first.clone(), HashSet::from([first.refresh.clone()]));
    for generation in 1..=1000 {
        current = clients[generation % count].refresh(&current.refresh).tokens();
        assert_eq!(current.generation(), generation as u64);
        assert!(seen.insert(current.refresh.clone()), "{generation} is no new one");
    }
    assert_eq!(current.session(), first.session());
    assert!(clients.iter_mut().all(|client| client.me(&current.access) == 200));
}

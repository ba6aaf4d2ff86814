//! Sessions that end on one node, and the effect on all nodes.

use crate::client::{Answer, Client, Tokens};
use crate::cluster::{Cluster, postgres};
use crate::redis;

#[test]
fn file_store_session_ends_by_logout_and_deletion() {
    ends(&Cluster::file());
}

#[test]
fn redis_store_session_ends_on_both_nodes() {
    let Some(server) = redis::Server::start(&[]) else { return };
    ends(&Cluster::redis(&server));
}

#[test]
fn postgres_store_session_ends_on_both_nodes() {
    let Some(server) = postgres() else { return };
    ends(&Cluster::postgres(server, "ends"));
}

fn ends(site: &Cluster) {
    let nodes = site.nodes("staleness=0");
    let mut clients: Vec<_> = nodes.iter().map(|node| node.client()).collect();
    let last = clients.len() - 1;
    let [phone, laptop, tablet, watch] = [0, last, 0, last].map(|at| clients[at].login());
    let root = clients[last].login_as("root", "toor");
    alive(&mut clients, &[&phone, &laptop, &tablet, &watch, &root]);

    done(clients[0].post("/logout", &phone.access));
    over(&mut clients, &[&phone]);
    alive(&mut clients, &[&laptop, &tablet, &watch, &root]);

    // The response for another user's session is the same as for a missing session.
    let of_laptop = format!("/sessions/{}", laptop.session());
    assert_eq!(clients[0].delete(&of_laptop, &root.access).status, 404);
    assert_eq!(clients[0].delete(&format!("/sessions/{}", phone.session()), &root.access).status, 404);
    alive(&mut clients, &[&laptop, &tablet, &watch, &root]);

    done(clients[last].delete(&of_laptop, &tablet.access));
    over(&mut clients, &[&phone, &laptop]);
    alive(&mut clients, &[&tablet, &watch, &root]);
    let listed = clients[0].get("/sessions", &tablet.access).json();
    let listed = listed.as_array().expect("a list");
    assert_eq!(listed.len(), 2, "{listed:?}");

    done(clients[0].post("/logout-everywhere", &tablet.access));
    over(&mut clients, &[&phone, &laptop, &tablet, &watch]);
    alive(&mut clients, &[&root]);

    // A refresh token also ends the session.
    done(clients[0].post("/logout", &root.refresh));
    over(&mut clients, &[&root]);
}

#[track_caller]
fn done(answer: Answer) {
    assert!((200..300).contains(&answer.status), "{answer:?}");
}

#[track_caller]
fn alive(clients: &mut [Client], sessions: &[&Tokens]) {
    for client in clients {
        for tokens in sessions {
            assert_eq!(client.me(&tokens.access), 200, "{tokens:?}");
        }
    }
}

#[track_caller]
fn over(clients: &mut [Client], sessions: &[&Tokens]) {
    for client in clients {
        for tokens in sessions {
            assert_eq!(client.me(&tokens.access), 401, "{tokens:?}");
            assert_eq!(client.refresh(&tokens.refresh).status, 403, "{tokens:?}");
        }
    }
}

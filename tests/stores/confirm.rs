//! Confirming a login over HTTP, with two nodes on a real store.

use std::path::{Path, PathBuf};
use std::time::Duration;

use jwtauth::{Auth, AuthError, Clock, FileStore, Identity, JwtAuth, LoggedOut, Recent, Tokens, refresh_endpoint};
use jwtauth_tests::answer::{Answer, Pair};
use jwtauth_tests::folder::Folder;
use jwtauth_tests::redis_server;
use jwtauth_tests::server::Server;
use jwtauth_tests::{NOW, payload, rocket};
use rocket::tokio::time::sleep;
use rocket::{async_test, get, post, routes};
use serde_json::json;

use crate::postgres;

#[post("/login/<user>")]
async fn login(user: &str, auth: Auth<'_>) -> Result<Tokens, AuthError> {
    auth.remember(user, ()).await
}

#[post("/confirm/<user>")]
async fn confirm(user: &str, auth: Auth<'_>) -> Result<Tokens, AuthError> {
    auth.confirm(user, ()).await
}

#[refresh_endpoint("/refresh")]
async fn refresh(_userid: &str) -> Option<()> {
    Some(())
}

#[post("/logout")]
async fn logout(auth: Auth<'_>) -> Result<LoggedOut, AuthError> {
    auth.forget().await
}

#[get("/me")]
fn me(identity: Identity) -> String {
    identity.userid().to_owned()
}

#[get("/recent")]
fn recent(_identity: Identity<(), Recent<300>>) {}

/// Two nodes. A file, which serves only one of them at a time, is passed from one to the other.
struct Nodes {
    url: String,
    clock: Clock,
    nodes: [Option<Server>; 2],
    /// The file of a store that serves only one process at a time.
    file: Option<PathBuf>,
}

impl Nodes {
    fn on(url: String) -> Self {
        Nodes { url, clock: Clock::manual(NOW), nodes: [None, None], file: None }
    }

    async fn node(&mut self, place: usize) -> &Server {
        if let Some(file) = &self.file
            && let Some(other) = self.nodes[1 - place].take()
        {
            other.stop().await;
            closed(file).await;
        }
        if self.nodes[place].is_none() {
            // A node does not notice for a while that another one has ended a session.
            let sessions = json!({ "url": self.url, "staleness": "1h" });
            let rocket = rocket(json!({ "sessions": sessions, "allow_refresh": true, "expiration_delta": "2h" }))
                .attach(JwtAuth::fairing().clock(self.clock.clone()))
                .mount("/", routes![login, confirm, refresh, logout, me, recent]);
            self.nodes[place] = Some(Server::start(rocket).await);
        }
        self.nodes[place].as_ref().expect("it runs")
    }

    async fn send(&mut self, place: usize, start: &str, token: &str) -> Answer {
        let authorization = format!("Authorization: Bearer {token}");
        self.node(place).await.send(start, &["Host: localhost", &authorization]).await
    }

    async fn log_in(&mut self, place: usize, user: &str) -> Pair {
        self.node(place).await.send(&format!("POST /login/{user}"), &["Host: localhost"]).await.pair()
    }

    /// The status of the route that requires a recent login, on both nodes.
    async fn recent(&mut self, token: &str) -> [u16; 2] {
        [self.send(0, "GET /recent", token).await.status, self.send(1, "GET /recent", token).await.status]
    }

    async fn stop(self) {
        for node in self.nodes.into_iter().flatten() {
            node.stop().await;
        }
    }
}

/// Waits until a file of sessions is closed. Background work of a node that was shut down may end a little later.
async fn closed(file: &Path) {
    for _ in 0..500 {
        if FileStore::open(file).await.is_ok() {
            return;
        }
        sleep(Duration::from_millis(10)).await;
    }
    panic!("the file is still open after 5 seconds");
}

#[async_test]
async fn file_store_confirms_a_login_for_the_next_process() {
    let folder = Folder::new();
    let file = folder.path("sessions");
    confirms(Nodes { file: Some(file.clone()), ..Nodes::on(format!("file:{}", file.display())) }).await;
}

#[async_test]
async fn redis_store_confirms_a_login_for_both_nodes() {
    let Some(server) = redis_server::Server::start(&[]) else { return };
    confirms(Nodes::on(server.url())).await;
}

#[async_test]
async fn postgres_store_confirms_a_login_for_both_nodes() {
    let Some(server) = postgres::server() else { return };
    confirms(Nodes::on(server.url("table=confirmed"))).await;
}

async fn confirms(mut nodes: Nodes) {
    let (alice, bob) = (nodes.log_in(0, "alice").await, nodes.log_in(1, "bob").await);
    assert_eq!(nodes.recent(&alice.access).await, [200; 2]);
    nodes.clock.advance(Duration::from_secs(301));
    assert_eq!(nodes.recent(&alice.access).await, [401; 2]);

    // Another user, with the token of one and the id of the other.
    for (place, user, token) in [(0, "alice", &bob.access), (1, "alice", &bob.access), (1, "bob", &alice.access)] {
        let answer = nodes.send(place, &format!("POST /confirm/{user}"), token).await;
        assert_eq!((answer.status, answer.header("Authorization")), (403, None), "{user}");
    }
    let bob = nodes.send(1, "POST /refresh", &bob.refresh).await.pair();
    assert_eq!(payload(&bob.access)["auth_time"], NOW);

    let confirmed = nodes.send(0, "POST /confirm/alice", &alice.access).await.token();
    assert_eq!(nodes.recent(&confirmed).await, [200; 2]);
    assert_eq!(nodes.recent(&alice.access).await, [401; 2]);
    // The other node reads the time from the store.
    let alice = nodes.send(1, "POST /refresh", &alice.refresh).await.pair();
    assert_eq!(payload(&alice.access)["auth_time"], NOW + 301);
    assert_eq!(nodes.recent(&alice.access).await, [200; 2]);
    assert_eq!(nodes.recent(&bob.access).await, [401; 2]);

    // The session ends on one node. If the other one has been running, it learns this only from the store.
    assert_eq!(nodes.send(1, "GET /me", &alice.access).await.status, 200);
    assert_eq!(nodes.send(0, "POST /logout", &alice.access).await.status, 204);
    for token in [&alice.access, &confirmed] {
        nodes.send(1, "POST /confirm/alice", token).await.assert_refused("The session of the token has ended");
    }
    assert_eq!(nodes.send(1, "POST /refresh", &alice.refresh).await.status, 403);
    // The other user can still confirm.
    let confirmed = nodes.send(1, "POST /confirm/bob", &bob.access).await.token();
    assert_eq!(nodes.recent(&confirmed).await, [200; 2]);
    nodes.stop().await;
}

//! `postgres:`, with a server that these tests start.

mod attacks;
mod launch;
mod outages;
mod pgbouncer;
mod proxy;
mod schema;
mod steps;
mod tls;

use std::error::Error;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use jwtauth::{PostgresStore, RefreshStep, SessionId, SessionRecord, StoreError};
use tokio_postgres::{Client, NoTls};

use jwtauth_tests::postgres_server::{self as server, Server};

jwtauth::session_store_conformance!(match server() {
    Some(server) => connect(&server.url("table=conformance")).await,
    None => return,
});

const NOW: u64 = 2_000_000_000;
const ENDS: u64 = NOW + 10_000;

/// The shared server. The default isolation level of its database differs from that of the store.
pub(crate) fn server() -> Option<&'static Server> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    SERVER
        .get_or_init(|| Server::start("default_transaction_isolation = 'serializable'\nlog_statement = 'all'"))
        .as_ref()
}

async fn connect(url: &str) -> PostgresStore {
    PostgresStore::open(url).await.unwrap_or_else(|error| panic!("{}", causes(&error)))
}

/// Opens a store that must fail, and returns the causes.
async fn refusal(url: &str) -> String {
    match PostgresStore::open(url).await {
        Ok(_) => panic!("connected"),
        Err(error) => causes(&error),
    }
}

/// A client that accesses the tables directly.
async fn by_hand(server: &Server) -> Client {
    let (client, connection) = tokio_postgres::connect(&server.plain_url(), NoTls).await.expect("a connection");
    rocket::tokio::spawn(connection);
    client.batch_execute("SET default_transaction_isolation = 'read committed'").await.expect("a setting");
    client
}

/// A table name that no other test uses.
fn table() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("t{}", COUNT.fetch_add(1, Ordering::Relaxed))
}

fn session(userid: &str) -> SessionRecord {
    SessionRecord::new(SessionId::random().expect("randomness"), userid, NOW, ENDS)
}

fn step(generation: u64) -> RefreshStep {
    RefreshStep { generation, now: NOW, grace: 30, ends_at: ENDS, key_id: [1; 16] }
}

fn causes(error: &StoreError) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(error) = next {
        text = format!("{text}: {error}");
        next = error.source();
    }
    text
}

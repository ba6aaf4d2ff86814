//! Sessions in Redis: the conformance suite with a real server, and tests of features specific to Redis.

mod cluster;
mod failures;
mod launch;
mod provider;
mod replicas;
mod row_versions;
mod rows;
mod tls;

use std::sync::LazyLock;

use jwtauth::{RedisStore, RefreshOutcome, RefreshStep, SessionId, SessionRecord, SessionStore};

use jwtauth_tests::redis_server::{self as server, Server};

/// The server that all tests of the suite share.
static SERVER: LazyLock<Option<Server>> = LazyLock::new(|| Server::start(&[]));

// The tests in `rows` check when rows expire.
jwtauth::session_store_conformance!(
    {
        let Some(server) = &*SERVER else { return };
        open(&server.url()).await
    },
    rows_expire
);

const NOW: u64 = 2_000_000_000;
const ENDS: u64 = NOW + 10_000;

async fn open(url: &str) -> RedisStore {
    RedisStore::open(url).await.unwrap_or_else(|error| panic!("{url}: {error:?}"))
}

async fn begin(store: &RedisStore, userid: &str) -> SessionRecord {
    let session = SessionRecord::new(SessionId::random().expect("randomness"), userid, NOW, ENDS);
    store.create(&session, None).await.expect("create");
    session
}

fn step(generation: u64) -> RefreshStep {
    RefreshStep { generation, now: NOW, grace: 30, ends_at: ENDS, key_id: [1; 16] }
}

async fn advance(store: &RedisStore, id: SessionId, step: RefreshStep) -> RefreshOutcome {
    store.advance(id, step).await.unwrap_or_else(|error| panic!("{error:?}"))
}

/// Waits until background work has finished.
async fn eventually(what: &str, mut done: impl FnMut() -> bool) {
    for _ in 0..500 {
        if done() {
            return;
        }
        rocket::tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("{what}: not within 5 seconds");
}

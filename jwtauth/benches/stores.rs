//! Measures a session step in the stores outside of the process, each against the minimum for that store. Starts the
//! servers.

#[cfg(feature = "session-postgres")]
#[path = "../../tests/src/postgres_server.rs"]
#[allow(dead_code, unreachable_pub)]
mod postgres_server;

use criterion::{Criterion, criterion_group, criterion_main};

/// A file: `advance` with one client and with 64 clients, against a sync of the same disk. A commit needs two syncs, so
/// the number of steps that share a commit decides.
#[cfg(feature = "session-file")]
fn file(c: &mut Criterion) {
    use std::fs::{self, File};
    use std::io::{Seek, Write};
    use std::sync::Arc;
    use std::time::Instant;

    use jwtauth::{FileStore, RefreshOutcome, RefreshStep, SessionId, SessionRecord, SessionStore};
    use rocket::tokio;

    let directory = std::env::temp_dir().join(format!("jwtauth-{}", SessionId::random().expect("randomness")));
    fs::create_dir(&directory).expect("a directory");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let store = Arc::new(runtime.block_on(FileStore::open(directory.join("sessions.db"))).expect("a store"));
    let mut sessions: Vec<_> = (0..64)
        .map(|user| {
            let id = SessionId::random().expect("randomness");
            let session = SessionRecord::new(id, format!("{user}"), 1000, 10_000);
            runtime.block_on(store.create(&session, None)).expect("create");
            (id, 0)
        })
        .collect();
    let mut raw = File::create_new(directory.join("raw")).expect("a file");
    raw.write_all(&[0; 1 << 20]).and_then(|()| raw.sync_data()).expect("a write");

    let mut group = c.benchmark_group("file");
    group.throughput(criterion::Throughput::Elements(1));
    for (name, size) in [("fdatasync of 4 KiB", 4 << 10), ("fdatasync of 256 KiB", 256 << 10)] {
        let data = vec![1; size];
        group.bench_function(name, |b| {
            b.iter(|| raw.rewind().and_then(|()| raw.write_all(&data)).and_then(|()| raw.sync_data()).expect("a sync"));
        });
    }
    for clients in [1, 64] {
        group.bench_function(format!("advance, {clients} at once"), |b| {
            b.iter_custom(|steps| {
                let start = Instant::now();
                let work: Vec<_> = (0..clients)
                    .map(|client| {
                        let (store, (id, mut generation)) = (Arc::clone(&store), sessions[client as usize]);
                        let mine = steps / clients + u64::from(client < steps % clients);
                        runtime.spawn(async move {
                            for _ in 0..mine {
                                let step =
                                    RefreshStep { generation, now: 1000, grace: 30, ends_at: 10_000, key_id: [1; 16] };
                                generation += 1;
                                let next = RefreshOutcome::Next { generation };
                                assert_eq!(store.advance(id, step).await.expect("advance"), next);
                            }
                            generation
                        })
                    })
                    .collect();
                for (session, work) in sessions.iter_mut().zip(work) {
                    session.1 = runtime.block_on(work).expect("a client");
                }
                start.elapsed()
            });
        });
    }
    group.bench_function("get", |b| {
        b.iter(|| runtime.block_on(store.get(sessions[0].0)).expect("get").expect("a row"));
    });
    group.finish();
    drop(store);
    fs::remove_dir_all(directory).expect("it goes");
}

#[cfg(not(feature = "session-file"))]
fn file(_: &mut Criterion) {}

/// PostgreSQL: `advance` against `SELECT 1` and an update of one row, each a prepared statement on one connection.
/// Commits do not wait for the disk.
#[cfg(feature = "session-postgres")]
fn postgres(c: &mut Criterion) {
    use jwtauth::{PostgresStore, RefreshOutcome, RefreshStep, SessionId, SessionRecord, SessionStore};

    let Some(server) = postgres_server::Server::start("synchronous_commit = off") else { return };
    let runtime = rocket::tokio::runtime::Runtime::new().expect("a runtime");
    let (store, client, session) = runtime.block_on(async {
        let store = PostgresStore::open(&server.url("max_connections=1")).await.expect("a store");
        let session = SessionRecord::new(SessionId::random().expect("randomness"), "alice", 1000, 10_000);
        store.create(&session, None).await.expect("create");
        let connected = tokio_postgres::connect(&server.plain_url(), tokio_postgres::NoTls).await;
        let (client, connection) = connected.expect("a connection");
        rocket::tokio::spawn(connection);
        client.batch_execute("CREATE TABLE one AS SELECT 0 AS n").await.expect("a table");
        (store, client, session)
    });
    let mut generation = 0;

    let mut group = c.benchmark_group("postgres");
    for (name, sql) in [("SELECT 1", "SELECT 1"), ("UPDATE of one row", "UPDATE one SET n = n + 1")] {
        let statement = runtime.block_on(client.prepare(sql)).expect("a statement");
        group.bench_function(name, |b| {
            b.iter(|| runtime.block_on(client.query(&statement, &[])).expect("an answer"));
        });
    }
    group.bench_function("advance", |b| {
        b.iter(|| {
            let step = RefreshStep { generation, now: 1000, grace: 30, ends_at: 10_000, key_id: [1; 16] };
            generation += 1;
            let answer = runtime.block_on(store.advance(session.id, step)).expect("advance");
            assert_eq!(answer, RefreshOutcome::Next { generation });
        });
    });
    group.bench_function("advance, repeated", |b| {
        let step = RefreshStep { generation: generation - 1, now: 1000, grace: 30, ends_at: 10_000, key_id: [1; 16] };
        b.iter(|| {
            let answer = runtime.block_on(store.advance(session.id, step)).expect("advance");
            assert_eq!(answer, RefreshOutcome::Repeated { generation, ends_at: 10_000 });
        });
    });
    group.bench_function("get", |b| {
        b.iter(|| runtime.block_on(store.get(session.id)).expect("get").expect("a row"));
    });
    group.finish();
}

#[cfg(not(feature = "session-postgres"))]
fn postgres(_: &mut Criterion) {}

/// Redis: `advance` against `PING`, one at a time and 64 at once on the same connection.
#[cfg(feature = "session-redis")]
fn redis(c: &mut Criterion) {
    use std::process::{Command, Stdio};
    use std::sync::atomic::{AtomicU64, Ordering};

    use jwtauth::{RedisStore, RefreshOutcome, RefreshStep, SessionId, SessionRecord, SessionStore};
    use redis::{AsyncConnectionConfig, Client, aio::MultiplexedConnection};
    use rocket::futures::future::join_all;

    let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port").port();
    let mut command = Command::new("redis-server");
    command.args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--port", &port.to_string()]);
    let Ok(mut server) = command.stdout(Stdio::null()).spawn() else {
        eprintln!("skipped: redis-server is not installed");
        return;
    };
    let runtime = rocket::tokio::runtime::Runtime::new().expect("a runtime");
    let url = format!("redis://127.0.0.1:{port}/");
    let (store, connection, sessions) = runtime.block_on(async {
        let store = loop {
            match RedisStore::open(&url).await {
                Ok(store) => break store,
                Err(_) => rocket::tokio::time::sleep(std::time::Duration::from_millis(10)).await,
            }
        };
        let config = AsyncConnectionConfig::new();
        let client = Client::open(url.as_str()).expect("a URL");
        let connection = client.get_multiplexed_async_connection_with_config(&config).await.expect("a connection");
        let mut sessions = Vec::new();
        for user in 0..64 {
            let id = SessionId::random().expect("randomness");
            store.create(&SessionRecord::new(id, format!("{user}"), 1000, 10_000), None).await.expect("create");
            sessions.push((id, AtomicU64::new(0)));
        }
        (store, connection, sessions)
    });
    let advance = async |(id, generation): &(SessionId, AtomicU64)| {
        let generation = generation.fetch_add(1, Ordering::Relaxed);
        let step = RefreshStep { generation, now: 1000, grace: 30, ends_at: 10_000, key_id: [1; 16] };
        let next = RefreshOutcome::Next { generation: generation + 1 };
        assert_eq!(store.advance(*id, step).await.expect("advance"), next);
    };
    let ping = async |mut connection: MultiplexedConnection| {
        redis::cmd("PING").exec_async(&mut connection).await.expect("a pong");
    };

    let mut group = c.benchmark_group("redis");
    group.bench_function("PING", |b| b.iter(|| runtime.block_on(ping(connection.clone()))));
    group.bench_function("advance", |b| b.iter(|| runtime.block_on(advance(&sessions[0]))));
    group.bench_function("64 PINGs at once", |b| {
        b.iter(|| runtime.block_on(join_all(sessions.iter().map(|_| ping(connection.clone())))));
    });
    group.bench_function("64 advances at once", |b| {
        b.iter(|| runtime.block_on(join_all(sessions.iter().map(&advance))));
    });
    group.finish();
    let _ = server.kill();
    let _ = server.wait();
}

#[cfg(not(feature = "session-redis"))]
fn redis(_: &mut Criterion) {}

criterion_group!(benches, file, postgres, redis);
criterion_main!(benches);

//! A PgBouncer between the store and the server.

use std::fs;
use std::num::NonZeroU32;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use jwtauth::{RefreshOutcome, SessionStore};
use rocket::futures::future::join_all;

use super::server::{PASSWORD, Server, USER, free_port, url_of};
use super::{NOW, by_hand, connect, refusal, server, session, step, table};

struct PgBouncer {
    port: u16,
    process: Child,
}

impl PgBouncer {
    /// Starts a PgBouncer with two server connections. If it is not installed, prints a message and returns `None`.
    fn start(server: &Server, settings: &str) -> Option<PgBouncer> {
        let program = ["pgbouncer", "/usr/sbin/pgbouncer"].into_iter().find(|program| {
            Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
        });
        let Some(program) = program else {
            assert!(std::env::var_os("CI").is_none(), "PgBouncer is not installed: run .ci/stores");
            eprintln!("\nskipped: PgBouncer is not installed (apt-get install pgbouncer)\n");
            return None;
        };
        let port = free_port();
        let file = |name: &str| server.path(&format!("pgbouncer-{port}-{name}"));
        fs::write(file("users"), format!("\"{USER}\" \"{PASSWORD}\"\n")).expect("a file");
        let configuration = format!(
            "[databases]\n* = host=127.0.0.1 port={}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
             unix_socket_dir =\nauth_type = scram-sha-256\nauth_file = {}\nmax_client_conn = 500\n\
             default_pool_size = 2\n{settings}\n",
            server.port(),
            file("users").display()
        );
        fs::write(file("ini"), configuration).expect("a file");
        for name in ["users", "ini"] {
            server.give(&file(name));
        }
        let mut command = server.command(program.as_ref());
        let process = command.arg(file("ini")).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("pgbouncer");
        let started = PgBouncer { port, process };
        for _ in 0..500 {
            if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Some(started);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("PgBouncer does not listen");
    }

    fn url(&self, parameters: &str) -> String {
        url_of(self.port, &format!("connect_timeout=30&statement_timeout=30&{parameters}"))
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The server of these tests: its isolation level is the default.
fn plain() -> Option<Server> {
    Server::start("")
}

#[test]
fn postgres_store_works_with_pgbouncer_in_transaction_mode() {
    let Some(server) = plain() else { return };
    let settings = "pool_mode = transaction\nignore_startup_parameters = options";
    let Some(pgbouncer) = PgBouncer::start(&server, settings) else { return };
    rocket::execute(async {
        let table = table();
        // Several processes with their own statement names share two server connections.
        let stores = join_all((0..4).map(|_| {
            let url = pgbouncer.url(&format!("table={table}"));
            async move { connect(&url).await }
        }))
        .await;
        for round in 0..5 {
            let all = stores.iter().flat_map(|store| (0..8).map(move |_| store)).map(|store| async {
                let session = session("alice");
                store.create(&session, None).await.expect("create");
                assert_eq!(
                    store.advance(session.id, step(0)).await.expect("advance"),
                    RefreshOutcome::Next { generation: 1 }
                );
                assert_eq!(store.get(session.id).await.expect("get").map(|row| row.generation), Some(1));
            });
            join_all(all).await;
            let limited = session("alice");
            let ended = stores[round % 4].create(&limited, NonZeroU32::new(3)).await.expect("create");
            assert!(ended.len() >= 32 - 2, "{}", ended.len());
            assert_eq!(stores[0].list("alice", NOW).await.expect("list").len(), 3);
        }
        assert_eq!(stores[0].end_all("alice", None).await.expect("end_all").len(), 3);
        assert_eq!(stores[0].purge(NOW).await.expect("purge"), 0);
        let client = by_hand(&server).await;
        let prepared = client.query("SELECT FROM pg_prepared_statements", &[]).await.expect("statements");
        assert_eq!(prepared.len(), 1, "the question itself");
    });
}

#[test]
fn postgres_store_works_with_pgbouncer_in_session_mode() {
    let Some(server) = plain() else { return };
    let settings = "pool_mode = session\nignore_startup_parameters = options\ndefault_pool_size = 20";
    let Some(pgbouncer) = PgBouncer::start(&server, settings) else { return };
    rocket::execute(async {
        let store = connect(&pgbouncer.url(&format!("table={}", table()))).await;
        let session = session("alice");
        store.create(&session, None).await.expect("create");
        assert_eq!(store.advance(session.id, step(0)).await.expect("advance"), RefreshOutcome::Next { generation: 1 });
    });
}

#[test]
fn launch_names_settings_that_pgbouncer_needs() {
    let Some(plain) = plain() else { return };
    let Some(serializable) = server() else { return };
    let ignoring = "ignore_startup_parameters = options";
    for (server, settings, expected) in [
        (&plain, "pool_mode = transaction", "this is PgBouncer: add `ignore_startup_parameters = options`"),
        (&plain, &*format!("pool_mode = statement\n{ignoring}"), "this is PgBouncer with `pool_mode = statement`"),
        (serializable, &*format!("pool_mode = transaction\n{ignoring}"), "default_transaction_isolation"),
    ] {
        let Some(pgbouncer) = PgBouncer::start(server, settings) else { return };
        rocket::execute(async {
            let why = refusal(&pgbouncer.url(&format!("table={}", table()))).await;
            assert!(why.contains(expected), "{settings}: {why}");
            assert!(!why.contains(PASSWORD), "{why}");
        });
    }
}

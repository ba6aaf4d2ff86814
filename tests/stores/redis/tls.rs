//! `rediss:`: the certificates of the server and of the client.

use std::path::Path;
use std::process::{Command, Stdio};

use jwtauth::{RedisStore, RefreshOutcome};

use super::server::{Server, free_port, is_installed};
use super::{advance, begin, open, step};

#[rocket::async_test]
async fn redis_store_verifies_server_and_presents_client_certificate() {
    let Some(authority) = Authority::new() else { return };
    let directory = authority.0.directory().display();
    let (ca, cert, key) =
        (format!("{directory}/ca.pem"), format!("{directory}/cert.pem"), format!("{directory}/key.pem"));
    let port = free_port();
    let with_tls = |clients: &'static str| {
        let text = port.to_string();
        let options = ["--port", "0", "--tls-port", &text, "--tls-auth-clients", clients];
        let files = ["--tls-ca-cert-file", &ca, "--tls-cert-file", &cert, "--tls-key-file", &key];
        Server::start_on(port, &[&options[..], &files].concat())
    };

    let Some(server) = with_tls("no") else { return };
    let url = format!("rediss://127.0.0.1:{port}/?ca={ca}");
    let store = open(&url).await;
    let session = begin(&store, "alice").await;
    assert_eq!(advance(&store, session.id, step(0)).await, RefreshOutcome::Next { generation: 1 });

    for (url, expected) in [
        (format!("rediss://127.0.0.1:{port}/"), "with `?ca=FILE`"),
        (format!("rediss://localhost:{port}/?ca={ca}"), "write a host that the server's certificate names"),
        (format!("rediss://127.0.0.1:{port}/?ca={ca}.not"), "`ca` names a file that cannot be read"),
        (format!("rediss://127.0.0.1:{port}/?ca={key}"), "without certificates"),
        (format!("redis://127.0.0.1:{port}/"), "write `rediss://`"),
    ] {
        let error = RedisStore::open(&url).await.expect_err("no store");
        assert!(format!("{error:?}").contains(expected), "{url}: {error:?}");
    }
    drop(server);

    // Redis requires client certificates by default.
    let Some(_server) = with_tls("yes") else { return };
    assert!(RedisStore::open(&url).await.is_err());
    let store = open(&format!("{url}&cert={cert}&key={key}")).await;
    begin(&store, "alice").await;
    drop(store);

    // In a cluster, the connections to all nodes use TLS too.
    let text = port.to_string();
    let options = ["--port", "0", "--tls-port", &text, "--tls-cluster", "yes", "--cluster-enabled", "yes"];
    let files = ["--tls-ca-cert-file", &ca, "--tls-cert-file", &cert, "--tls-key-file", &key];
    let no_clients = ["--tls-auth-clients", "no"];
    drop(_server);
    let Some(node) = Server::start_on(port, &[&options[..], &files, &no_clients].concat()) else { return };
    let mut slots = Command::new("redis-cli");
    slots.args(["-p", &text, "--tls", "--cacert", &ca, "cluster", "addslotsrange", "0", "16383"]);
    assert!(slots.stdout(Stdio::null()).status().expect("redis-cli").success());
    for _ in 0..500 {
        if let Ok(store) = RedisStore::open(&url).await {
            let session = begin(&store, "alice").await;
            assert_eq!(advance(&store, session.id, step(0)).await, RefreshOutcome::Next { generation: 1 });
            return drop(node);
        }
        rocket::tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("{:?}", RedisStore::open(&url).await);
}

/// A directory with `ca.pem`, and with `cert.pem` and `key.pem` of that authority for 127.0.0.1.
pub(super) struct Authority(pub(super) Server);

impl Authority {
    pub(super) fn new() -> Option<Authority> {
        if !is_installed("openssl") {
            return None;
        }
        // Only the directory of this server is used.
        let authority = Authority(Server::start(&[])?);
        let openssl = |arguments: &str| run(authority.0.directory(), arguments);
        let new = "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
        openssl(&format!("{new} -x509 -days 2 -subj /CN=ca -keyout ca-key.pem -out ca.pem"));
        openssl(&format!("{new} -subj /CN=redis -keyout key.pem -out request.pem"));
        std::fs::write(authority.0.directory().join("names"), "subjectAltName=IP:127.0.0.1").expect("a file");
        openssl(
            "x509 -req -in request.pem -CA ca.pem -CAkey ca-key.pem -CAcreateserial -days 2 -extfile names -out cert.pem",
        );
        Some(authority)
    }
}

fn run(directory: &Path, arguments: &str) {
    let mut command = Command::new("openssl");
    command.args(arguments.split(' ')).current_dir(directory).stdout(Stdio::null()).stderr(Stdio::null());
    assert!(command.status().expect("openssl").success(), "openssl {arguments}");
}

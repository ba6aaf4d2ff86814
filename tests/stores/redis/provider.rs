//! The TLS provider of the process belongs to the application.

use std::process::Command;

use jwtauth::{PostgresStore, RefreshOutcome};
use rustls::crypto::CryptoProvider;

use super::server::{Server, free_port};
use super::tls::Authority;
use super::{advance, begin, open, step};

const OWN_PROCESS: &str = "JWTAUTH_TESTS_OWN_PROCESS";

#[test]
fn store_leaves_provider_of_process_to_application() {
    let program = std::env::current_exe().expect("this program");
    let mut own = Command::new(program);
    own.args(["--exact", "redis::provider::application_installs_provider_after_store", "--nocapture"]);
    let output = own.env(OWN_PROCESS, "1").output().expect("this program");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The test above runs this one in a separate process, because an installed provider can't be removed.
#[rocket::async_test]
async fn application_installs_provider_after_store() {
    if std::env::var_os(OWN_PROCESS).is_none() {
        return;
    }
    let Some(authority) = Authority::new() else { return };
    let file = |name: &str| authority.0.directory().join(name).display().to_string();
    let (ca, cert, key) = (file("ca.pem"), file("cert.pem"), file("key.pem"));
    let port = free_port();
    let text = port.to_string();
    let options = ["--port", "0", "--tls-port", &text, "--tls-auth-clients", "no"];
    let files = ["--tls-ca-cert-file", &ca, "--tls-cert-file", &cert, "--tls-key-file", &key];
    let mut server = Server::start_on(port, &[&options[..], &files].concat()).expect("a server");
    let store = open(&format!("rediss://127.0.0.1:{port}/?ca={ca}")).await;
    let url = format!("postgres://app@localhost:{}/app?sslrootcert={ca}", free_port());
    assert!(PostgresStore::open(&url).await.is_err(), "no server is there");

    assert!(CryptoProvider::get_default().is_none());
    rustls::crypto::aws_lc_rs::default_provider().install_default().expect("no provider is installed");
    let session = begin(&store, "alice").await;
    assert_eq!(advance(&store, session.id, step(0)).await, RefreshOutcome::Next { generation: 1 });
    // Later connections are not affected either.
    server.stop();
    server.start_again();
    let session = begin(&store, "alice").await;
    assert_eq!(advance(&store, session.id, step(0)).await, RefreshOutcome::Next { generation: 1 });
}

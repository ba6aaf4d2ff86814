//! Connections need a valid server certificate. `openssl` creates the certificates.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use jwtauth::SessionStore;

use super::server::{PASSWORD, Server, USER};
use super::{connect, refusal, server, session, table};

/// A server with a certificate for `localhost` that accepts logins only over TLS.
fn with_tls() -> Option<&'static Server> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    let made = SERVER.get_or_init(|| {
        let mut server = Server::start("")?;
        certify(&server)?;
        server.stop();
        std::fs::write(server.path("data/pg_hba.conf"), "hostssl all all all scram-sha-256\n").expect("pg_hba.conf");
        let settings = format!(
            "ssl = on\nssl_cert_file = '{}'\nssl_key_file = '{}'\n",
            server.path("server.pem").display(),
            server.path("server.key").display()
        );
        std::fs::write(server.path("data/postgresql.auto.conf"), settings).expect("the configuration");
        server.resume();
        Some(server)
    });
    made.as_ref()
}

#[test]
fn postgres_store_accepts_certificate_of_named_authority() {
    let Some(server) = with_tls() else { return };
    rocket::execute(async {
        for more in ["sslmode=verify-full", "sslmode=require", "channel_binding=require", ""] {
            let store = connect(&url(server, "localhost", "ca.pem", &format!("table={}&{more}", table()))).await;
            let session = session("alice");
            store.create(&session, None).await.expect("create");
            assert_eq!(store.get(session.id).await.expect("get"), Some(session));
        }
    });
}

#[test]
fn postgres_store_refuses_other_certificates() {
    let Some(server) = with_tls() else { return };
    rocket::execute(async {
        // The cases are another authority, the system's authorities, another host name, and invalid files.
        for (host, roots, expected) in [
            ("localhost", "other.pem", "`sslrootcert=FILE`"),
            ("localhost", "system", "certificate"),
            ("127.0.0.1", "ca.pem", "write a host that the server's certificate names"),
            ("localhost", "server.key", "`sslrootcert` names a file without certificates"),
            ("localhost", "nothing.pem", "`sslrootcert` names a file that cannot be read"),
        ] {
            for mode in ["sslmode=verify-full", "sslmode=require", "sslmode=verify-ca"] {
                let why = refusal(&url(server, host, roots, mode)).await;
                assert!(why.contains(expected), "{host}, {roots}: {why}");
            }
        }
        assert!(!server.log().contains("connection authorized"));
    });
}

#[test]
fn postgres_store_makes_no_plain_connection_if_tls_is_required() {
    let Some(plain) = server() else { return };
    let Some(server) = with_tls() else { return };
    rocket::execute(async {
        let why = refusal(&url_at(plain, "localhost", &server.path("ca.pem"), "sslmode=verify-full")).await;
        assert!(why.contains("server does not support TLS"), "{why}");
        let why = refusal(&server.url("sslmode=disable")).await;
        assert!(why.contains("no encryption"), "{why}");
    });
}

fn url(server: &Server, host: &str, roots: &str, more: &str) -> String {
    let roots = if roots == "system" { PathBuf::from(roots) } else { server.path(roots) };
    url_at(server, host, &roots, more)
}

fn url_at(server: &Server, host: &str, roots: &std::path::Path, more: &str) -> String {
    format!("postgres://{USER}:{PASSWORD}@{host}:{}/postgres?sslrootcert={}&{more}", server.port(), roots.display())
}

/// Creates an authority, an unrelated authority, and a certificate of the first one for the server.
fn certify(server: &Server) -> Option<()> {
    let script = r#"set -e
        ca() { openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=$1" \
               -keyout "$1.key" -out "$1.pem"; }
        ca ca; ca other
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -keyout server.key -out server.csr
        printf 'subjectAltName=DNS:localhost\n' >server.ext
        openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile server.ext -out server.pem"#;
    let made = Command::new("sh").args(["-c", script]).current_dir(server.path("")).output().expect("sh");
    if !made.status.success() {
        let why = String::from_utf8_lossy(&made.stderr);
        assert!(std::env::var_os("CI").is_none(), "openssl: {why}");
        eprintln!("\nskipped: certificates can't be made with openssl: {why}\n");
        return None;
    }
    for name in ["server.key", "server.pem"] {
        server.give(&server.path(name));
    }
    Some(())
}

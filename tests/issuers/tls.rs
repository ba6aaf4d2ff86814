//! An issuer with `https:`: its certificate must be signed by an authority that the system trusts. `openssl` creates
//! the certificates and runs the server.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::{env, io, io::Write};

use jwtauth::SessionId;
use jwtauth_tests::NOW;
use rocket::async_test;
use serde_json::json;

use crate::issuer_app::{AUDIENCE, App};
use crate::signer::Signer;

const ISSUER: &str = "JWTAUTH_TEST_ISSUER";
const JWKS_URI: &str = "JWTAUTH_TEST_JWKS_URI";
const TOKEN: &str = "JWTAUTH_TEST_TOKEN";
const ANSWER: &str = "the answer is ";

#[test]
fn fetcher_verifies_server_by_system_certificates() {
    if !is_installed() {
        return;
    }
    let issuer = Issuer::new("IP:127.0.0.1");
    let port = issuer.port;
    let _server = issuer.directory.serve(port, "-quiet");
    let status = |host: &str, jwks_uri: &str, ca: &str| issuer.outcome(host, jwks_uri, None, ca).0;
    let jwks_uri = format!("https://127.0.0.1:{port}/jwks");
    assert_eq!(status("127.0.0.1", &jwks_uri, "ca"), "200");
    assert_eq!(status("127.0.0.1", &jwks_uri, "other"), "503");
    let (status_without, lines) = issuer.outcome("127.0.0.1", &jwks_uri, None, "missing");
    assert_eq!(status_without, "503");
    let named = |line: &&String| line.contains("missing.pem") && line.contains("`SSL_CERT_FILE`");
    assert!(lines.iter().any(|line| named(&line)), "{lines:?}");
    // The certificate is for another name.
    assert_eq!(status("localhost", &jwks_uri, "ca"), "503");
    // An authenticated document must not direct us to a server that is not authenticated.
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.set_nonblocking(true).expect("a non-blocking socket");
    let open = format!("http://{}/jwks", listener.local_addr().expect("an address"));
    assert_eq!(status("127.0.0.1", &open, "ca"), "503");
    assert_eq!(listener.accept().expect_err("no connection").kind(), io::ErrorKind::WouldBlock);
}

/// Only a setting may name a host in the internal network or on this machine.
#[test]
fn discovery_document_cannot_lead_to_non_public_host() {
    if !is_installed() {
        return;
    }
    let issuer = Issuer::new("IP:127.0.0.1,DNS:localhost");
    let port = issuer.port;
    let _server = issuer.directory.serve(port, "-quiet");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.set_nonblocking(true).expect("a non-blocking socket");
    let elsewhere = listener.local_addr().expect("an address").port();
    for jwks_uri in [
        format!("https://127.0.0.1:{elsewhere}/jwks"),
        format!("https://127.0.0.1:{port}/jwks"),
        format!("https://127.1:{elsewhere}/jwks"),
        format!("https://2130706433:{elsewhere}/jwks"),
        format!("https://0x7f.0.0.1:{elsewhere}/jwks"),
        format!("https://[::ffff:127.0.0.1]:{elsewhere}/jwks"),
    ] {
        let (status, lines) = issuer.outcome("localhost", &jwks_uri, None, "ca");
        assert_eq!(status, "503", "{jwks_uri}");
        assert_eq!(listener.accept().expect_err("no connection").kind(), io::ErrorKind::WouldBlock, "{jwks_uri}");
        let line =
            lines.iter().find(|line| line.contains("the host `127.0.0.1`")).unwrap_or_else(|| panic!("{lines:?}"));
        assert!(line.contains(&format!("the issuer https://localhost:{port} ")), "{line}");
        assert!(line.contains("set `jwks_uri` of this issuer"), "{line}");
    }
    // The host in the setting, on any port and in another notation.
    for jwks_uri in [format!("https://localhost:{port}/jwks"), format!("https://LocalHost.:{port}/jwks")] {
        assert_eq!(issuer.outcome("localhost", &jwks_uri, None, "ca").0, "200", "{jwks_uri}");
    }
    // A URL in the setting itself.
    let jwks_uri = format!("https://127.0.0.1:{port}/jwks");
    assert_eq!(issuer.outcome("localhost", "", Some(&jwks_uri), "ca").0, "200");
}

/// A TLS ticket of one server must not be sent to a server on another port of the host, which may belong to somebody
/// else. Therefore no ticket is sent at all.
#[test]
fn tls_session_of_an_issuer_is_not_resumed() {
    if !is_installed() {
        return;
    }
    let issuer = Issuer::new("IP:127.0.0.1");
    // The connection that waits for the server, the discovery document, and the set.
    let mut server = issuer.directory.serve(issuer.port, "-naccept 3 -trace -msgfile trace");
    let jwks_uri = format!("https://127.0.0.1:{}/jwks", issuer.port);
    assert_eq!(issuer.outcome("127.0.0.1", &jwks_uri, None, "ca").0, "200");
    server.0.wait().expect("it ends");
    let trace = fs::read_to_string(issuer.directory.0.join("trace")).expect("it was written");
    assert_eq!(trace.matches("ClientHello, Length").count(), 2, "{trace}");
    // The server does issue tickets.
    assert!(trace.contains("NewSessionTicket, Length"), "{trace}");
    assert!(!trace.contains("extension_type=psk(41)"), "{trace}");
}

/// Runs only as a child process, because trusted certificates are a setting of the whole process.
#[async_test]
async fn another_process() {
    let (Ok(issuer), Ok(token)) = (env::var(ISSUER), env::var(TOKEN)) else { return };
    let mut settings = json!({ "issuer": issuer, "audience": AUDIENCE });
    if let Ok(jwks_uri) = env::var(JWKS_URI) {
        settings["jwks_uri"] = jwks_uri.into();
    }
    let app = App::with(json!({ "issuers": [settings] })).await;
    println!("{ANSWER}{}", app.status(&token).await);
    for line in crate::process_log::lines_with(&issuer) {
        println!("{line}");
    }
}

/// An issuer on this machine, and the directory that its server serves.
pub(crate) struct Issuer {
    pub(crate) directory: Directory,
    pub(crate) port: u16,
    pub(crate) signer: Signer,
}

impl Issuer {
    /// An issuer whose certificate is for these hosts, signed by the authority `ca`. There is a second authority named
    /// `other`.
    pub(crate) fn new(hosts: &str) -> Self {
        let directory = Directory::new();
        for ca in ["ca", "other"] {
            directory.openssl(&format!("{NEW} -x509 -days 2 -subj /CN={ca} -keyout {ca}-key.pem -out {ca}.pem"));
        }
        directory.openssl(&format!("{NEW} -subj /CN=id -keyout key.pem -out request.pem"));
        fs::write(directory.0.join("names"), format!("subjectAltName={hosts}")).expect("a file");
        directory.openssl(
            "x509 -req -in request.pem -CA ca.pem -CAkey ca-key.pem -CAcreateserial -days 2 -extfile names -out cert.pem",
        );
        let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port").port();
        let signer = Signer::new();
        fs::write(directory.0.join("jwks"), json!({ "keys": [signer.jwk("a")] }).to_string()).expect("a file");
        fs::create_dir(directory.0.join(".well-known")).expect("a directory");
        Issuer { directory, port, signer }
    }

    /// Publishes the discovery document of the issuer with this host. Returns the issuer.
    pub(crate) fn publish(&self, host: &str, jwks_uri: &str) -> String {
        let issuer = format!("https://{host}:{}", self.port);
        let document = json!({ "issuer": issuer, "jwks_uri": jwks_uri });
        fs::write(self.directory.0.join(".well-known/openid-configuration"), document.to_string()).expect("a file");
        issuer
    }

    /// The status and the log of an application that trusts only this authority, for a token of the issuer. `jwks_uri`
    /// is the URL in the discovery document, `setting` the one in the settings.
    fn outcome(&self, host: &str, jwks_uri: &str, setting: Option<&str>, ca: &str) -> (String, Vec<String>) {
        let issuer = self.publish(host, jwks_uri);
        let claims = json!({ "iss": issuer, "aud": AUDIENCE, "sub": "alice", "exp": NOW + 60 });
        self.directory.outcome_elsewhere(&issuer, setting, &self.signer.token("a", &claims), ca)
    }
}

const NEW: &str = "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";

pub(crate) struct Directory(pub(crate) PathBuf);

impl Directory {
    fn new() -> Self {
        let id = SessionId::random().expect("an id");
        let directory = env::temp_dir().join(format!("jwtauth-tests-{id}"));
        fs::create_dir(&directory).expect("a directory");
        Directory(directory)
    }

    fn openssl(&self, arguments: &str) {
        let status = openssl(&self.0, arguments).status().expect("openssl");
        assert!(status.success(), "openssl {arguments}");
    }

    /// Serves the files in the directory.
    pub(crate) fn serve(&self, port: u16, more: &str) -> Server {
        let arguments = format!("s_server {more} -WWW -cert cert.pem -key key.pem -accept 127.0.0.1:{port}");
        let server = Server(openssl(&self.0, &arguments).spawn().expect("openssl"));
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            std::thread::yield_now();
        }
        server
    }

    /// The status and the log of a separate process that trusts only this authority.
    fn outcome_elsewhere(&self, issuer: &str, jwks_uri: Option<&str>, token: &str, ca: &str) -> (String, Vec<String>) {
        let mut program = Command::new(env::current_exe().expect("this program"));
        program
            .args(["--exact", "tls::another_process", "--nocapture"])
            .env(ISSUER, issuer)
            .env(TOKEN, token)
            .env("SSL_CERT_FILE", self.0.join(format!("{ca}.pem")))
            .env_remove("SSL_CERT_DIR");
        if let Some(jwks_uri) = jwks_uri {
            program.env(JWKS_URI, jwks_uri);
        }
        let output = program.output().expect("this program once more");
        let output = String::from_utf8_lossy(&output.stdout);
        let answer = output.lines().find_map(|line| line.split_once(ANSWER));
        let status = answer.unwrap_or_else(|| panic!("no answer: {output}")).1.to_owned();
        (status, output.lines().filter(|line| line.starts_with("jwtauth: ")).map(str::to_owned).collect())
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub(crate) struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn openssl(directory: &Path, arguments: &str) -> Command {
    let mut command = Command::new("openssl");
    command.args(arguments.split(' ')).current_dir(directory);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

pub(crate) fn is_installed() -> bool {
    let is_there = openssl(Path::new("."), "version").status().is_ok_and(|status| status.success());
    let is_ci = env::var("CI").is_ok_and(|value| !matches!(value.as_str(), "" | "0" | "false"));
    assert!(is_there || !is_ci, "openssl is not there, and CI runs without it");
    if !is_there {
        writeln!(io::stderr(), "skipped: issuers by `https:` (openssl is not there)").expect("stderr is open");
    }
    is_there
}

//! An issuer by `https:`: whoever the system trusts vouches for it. Certificates and the server are `openssl`'s.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::{env, io, io::Write};

use jwtauth::SessionId;
use jwtauth_tests::NOW;
use rocket::async_test;
use serde_json::json;

use crate::app::{AUDIENCE, App};
use crate::signer::Signer;

const ISSUER: &str = "JWTAUTH_TEST_ISSUER";
const TOKEN: &str = "JWTAUTH_TEST_TOKEN";
const ANSWER: &str = "the answer is ";

#[test]
fn the_server_is_vouched_for_by_who_the_system_trusts() {
    if !is_installed() {
        return;
    }
    let directory = Directory::new();
    for ca in ["ca", "other"] {
        directory.openssl(&format!("{NEW} -x509 -days 2 -subj /CN={ca} -keyout {ca}-key.pem -out {ca}.pem"));
    }
    directory.openssl(&format!("{NEW} -subj /CN=id -keyout key.pem -out request.pem"));
    fs::write(directory.0.join("names"), "subjectAltName=IP:127.0.0.1").expect("a file");
    directory.openssl(
        "x509 -req -in request.pem -CA ca.pem -CAkey ca-key.pem -CAcreateserial -days 2 -extfile names -out cert.pem",
    );
    let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port").port();
    let signer = Signer::new();
    fs::write(directory.0.join("jwks"), json!({ "keys": [signer.jwk("a")] }).to_string()).expect("a file");
    fs::create_dir(directory.0.join(".well-known")).expect("a directory");
    let _server = directory.serve(port);

    let status = |host: &str, jwks_uri: &str, ca: &str| {
        let issuer = format!("https://{host}:{port}");
        let document = json!({ "issuer": issuer, "jwks_uri": jwks_uri });
        fs::write(directory.0.join(".well-known/openid-configuration"), document.to_string()).expect("a file");
        let claims = json!({ "iss": issuer, "aud": AUDIENCE, "sub": "alice", "exp": NOW + 60 });
        directory.status_elsewhere(&issuer, &signer.token("a", &claims), ca)
    };
    let jwks_uri = format!("https://127.0.0.1:{port}/jwks");
    assert_eq!(status("127.0.0.1", &jwks_uri, "ca"), "200");
    assert_eq!(status("127.0.0.1", &jwks_uri, "other"), "503");
    assert_eq!(status("127.0.0.1", &jwks_uri, "missing"), "503");
    // Another name than the certificate's.
    assert_eq!(status("localhost", &jwks_uri, "ca"), "503");
    // Who is known to be who it is does not send us to where nobody is.
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.set_nonblocking(true).expect("it can be asked");
    let open = format!("http://{}/jwks", listener.local_addr().expect("an address"));
    assert_eq!(status("127.0.0.1", &open, "ca"), "503");
    assert_eq!(listener.accept().expect_err("nobody came").kind(), io::ErrorKind::WouldBlock);
}

/// Not a test by itself: which certificates the system trusts is a matter of the whole process.
#[async_test]
async fn another_process() {
    let (Ok(issuer), Ok(token)) = (env::var(ISSUER), env::var(TOKEN)) else { return };
    let app = App::with(json!({ "issuers": [{ "issuer": issuer, "audience": AUDIENCE }] })).await;
    println!("{ANSWER}{}", app.status(&token).await);
}

const NEW: &str = "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";

struct Directory(PathBuf);

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
    fn serve(&self, port: u16) -> Server {
        let arguments = format!("s_server -quiet -WWW -cert cert.pem -key key.pem -accept 127.0.0.1:{port}");
        let server = Server(openssl(&self.0, &arguments).spawn().expect("openssl"));
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            std::thread::yield_now();
        }
        server
    }

    /// What a process says to the token that trusts this authority alone.
    fn status_elsewhere(&self, issuer: &str, token: &str, ca: &str) -> String {
        let output = Command::new(env::current_exe().expect("this program"))
            .args(["--exact", "tls::another_process", "--nocapture"])
            .env(ISSUER, issuer)
            .env(TOKEN, token)
            .env("SSL_CERT_FILE", self.0.join(format!("{ca}.pem")))
            .env_remove("SSL_CERT_DIR")
            .output()
            .expect("this program once more");
        let output = String::from_utf8_lossy(&output.stdout);
        let answer = output.lines().find_map(|line| line.split_once(ANSWER));
        answer.unwrap_or_else(|| panic!("no answer: {output}")).1.to_owned()
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

struct Server(Child);

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

fn is_installed() -> bool {
    let is_there = openssl(Path::new("."), "version").status().is_ok_and(|status| status.success());
    let is_ci = env::var("CI").is_ok_and(|value| !matches!(value.as_str(), "" | "0" | "false"));
    assert!(is_there || !is_ci, "openssl is not there, and CI runs without it");
    if !is_there {
        writeln!(io::stderr(), "skipped: issuers by `https:` (openssl is not there)").expect("stderr is open");
    }
    is_there
}

//! Clients that fetch our public keys can verify our tokens: PyJWT's `PyJWKClient` and jose's `createRemoteJWKSet`,
//! over a real socket.

use std::fs;
use std::net::TcpListener;

use jwtauth::cli::keygen;
use jwtauth::{Algorithm, JwtAuth};
use jwtauth_tests::figment;
use jwtauth_tests::folder::Folder;
use rocket::tokio::{runtime, sync::oneshot};
use serde_json::{Value, json};

use crate::program::{JOSE, PYJWT, Peer, Program};

/// A server on its own port. It shuts down when this is dropped.
struct Server {
    runtime: runtime::Runtime,
    jwtauth: JwtAuth,
    url: String,
    shutdown: rocket::Shutdown,
}

impl Server {
    fn start(keys: &Value) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port").port();
        let settings = json!({ "keys": keys, "jwks_path": "/.well-known/jwks.json" });
        let figment = figment(settings).merge(("port", port)).merge(("address", "127.0.0.1"));
        let runtime = runtime::Runtime::new().expect("a runtime");
        let (listens, launched) = oneshot::channel();
        let listens = std::sync::Mutex::new(Some(listens));
        let liftoff = rocket::fairing::AdHoc::on_liftoff("tell", move |rocket| {
            let told = (rocket.state::<JwtAuth>().expect("attached").clone(), rocket.shutdown());
            if let Some(listens) = listens.lock().expect("no panic").take() {
                let _ = listens.send(told);
            }
            Box::pin(async {})
        });
        let rocket = rocket::custom(figment).attach(JwtAuth::fairing()).attach(liftoff);
        runtime.spawn(async move { rocket.launch().await.map(drop) });
        let (jwtauth, shutdown) = runtime.block_on(launched).expect("a launch");
        Server { runtime, jwtauth, url: format!("http://127.0.0.1:{port}/.well-known/jwks.json"), shutdown }
    }

    fn issue(&self) -> String {
        self.runtime.block_on(self.jwtauth.issue("alice", ())).expect("a key").access_token().to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shutdown.clone().notify();
    }
}

/// All algorithms except HMAC, whose keys are never published.
fn algorithms() -> impl Iterator<Item = Algorithm> {
    Algorithm::ALL.iter().copied().filter(|algorithm| !algorithm.is_hmac())
}

fn ask(program: &mut Program, url: &str, token: &str) -> Value {
    let algorithms: Vec<_> = algorithms().map(Algorithm::name).collect();
    program.ask(&json!({ "op": "verify_by_url", "url": url, "token": token, "algorithms": algorithms }))
}

fn assert_verified(program: &mut Program, server: &Server, algorithm: Algorithm) {
    let token = server.issue();
    let answer = ask(program, &server.url, &token);
    assert_eq!(answer["claims"]["sub"], "alice", "{algorithm}: {answer}");
    let kid = server.jwtauth.keys().signer(jwtauth::Clock::system().now()).expect("one signs").kid().to_owned();
    assert_eq!(answer["header"], json!({ "alg": algorithm.name(), "typ": "JWT", "kid": kid }));
    // The signature of another token.
    let (message, _) = token.rsplit_once('.').expect("three parts");
    let other = server.issue();
    let (_, signature) = other.rsplit_once('.').expect("three parts");
    let payload = jwtauth_tests::encode(r#"{"sub":"mallory"}"#);
    let header = message.split('.').next().expect("a header");
    let answer = ask(program, &server.url, &format!("{header}.{payload}.{signature}"));
    assert!(answer["refused"].is_string(), "{algorithm}: {answer}");
}

#[test]
fn pyjwt_verifies_with_published_jwks() {
    verifies_by_our_published_keys(&PYJWT);
}

#[test]
fn jose_verifies_with_published_jwks() {
    verifies_by_our_published_keys(&JOSE);
}

fn verifies_by_our_published_keys(peer: &Peer) {
    let Some(mut program) = peer.start() else { return };
    // RSA keys are slow to generate, so one key is used for all RSA algorithms.
    let rsa = keygen::generate(Algorithm::RS256).expect("a key");
    for algorithm in algorithms() {
        let key = match algorithm.name().starts_with(['R', 'P']) {
            true => rsa.clone(),
            false => keygen::generate(algorithm).expect("a key"),
        };
        // Together with other keys, one of which is a secret.
        let keys = json!([
            { "algorithm": algorithm.name(), "private_key": key },
            { "algorithm": "ES384", "private_key": keygen::generate(Algorithm::ES384).expect("a key"), "kid": "other" },
            { "master_secret": jwtauth_tests::SECRET },
        ]);
        let server = Server::start(&keys);
        assert_verified(&mut program, &server, algorithm);
    }
}

#[test]
fn pyjwt_follows_key_roll() {
    follows_a_roll(&PYJWT);
}

#[test]
fn jose_follows_key_roll() {
    follows_a_roll(&JOSE);
}

/// An unknown `kid` makes the clients fetch the keys again.
fn follows_a_roll(peer: &Peer) {
    let Some(mut program) = peer.start() else { return };
    let folder = Folder::new();
    let ed = Algorithm::EdDSA;
    for file in ["new.pem", "old.pem"] {
        fs::write(folder.path(file), keygen::generate(ed).expect("a key")).expect("a file");
    }
    let key = |file: &str| json!({ "algorithm": ed.name(), "private_key_file": folder.path(file) });
    let server = Server::start(&json!([key("new.pem"), key("old.pem")]));
    let before = server.issue();
    assert_verified(&mut program, &server, ed);
    // The files rotate: the new key becomes the old one, and another new key is created.
    fs::rename(folder.path("new.pem"), folder.path("old.pem")).expect("a file");
    fs::write(folder.path("new.pem"), keygen::generate(ed).expect("a key")).expect("a file");
    // The keys are used a second after they are noted.
    while server.runtime.block_on(server.jwtauth.reload()).expect("good keys") == jwtauth::Reloaded::Noted {
        std::thread::yield_now();
    }
    assert_verified(&mut program, &server, ed);
    assert_eq!(ask(&mut program, &server.url, &before)["claims"]["sub"], "alice");
}

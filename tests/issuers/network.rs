//! How the documents are fetched: `timeout`, `ca`, `bearer_token_file`, `proxy` and `allow_http`.

use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use jwtauth::JwtAuth;
use jwtauth_tests::folder::Folder;
use jwtauth_tests::{NOW, figment};
use rocket::async_test;
use serde_json::{Value, json};

use crate::issuer_app::{AUDIENCE, App, claims, provider};
use crate::process_log::lines_with;
use crate::provider::{DISCOVERY, JWKS, Provider, Reply};
use crate::signer::Signer;
use crate::tls::{Issuer, is_installed};

/// A proxy that connects to 127.0.0.1, whatever the name of the host is.
struct Proxy {
    url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    fn start(answer: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let requests = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&requests);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let log = Arc::clone(&log);
                thread::spawn(move || serve(client, &log, answer));
            }
        });
        Proxy { url, requests }
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("no panic").clone()
    }
}

fn serve(mut client: TcpStream, log: &Mutex<Vec<String>>, answer: &str) -> io::Result<()> {
    let mut reader = BufReader::new(client.try_clone()?);
    let mut head = String::new();
    while reader.read_line(&mut head)? > 2 {}
    let line = head.lines().next().unwrap_or_default().to_owned();
    let port = line.split(' ').nth(1).and_then(|target| target.rsplit(':').next()?.parse::<u16>().ok());
    log.lock().expect("no panic").push(line);
    write!(client, "HTTP/1.1 {answer}\r\n\r\n")?;
    let (true, Some(port)) = (answer.starts_with('2'), port) else { return Ok(()) };
    let server = TcpStream::connect(("127.0.0.1", port))?;
    let (mut to_client, mut from_server) = (client, server.try_clone()?);
    thread::spawn(move || {
        let _ = io::copy(&mut from_server, &mut to_client);
        to_client.shutdown(Shutdown::Both)
    });
    let mut server = server;
    let _ = io::copy(&mut reader, &mut server);
    server.shutdown(Shutdown::Both)
}

async fn app(issuer: &str, more: Value) -> App {
    let mut settings = json!({ "issuer": issuer, "audience": AUDIENCE });
    for (name, value) in more.as_object().expect("an object") {
        settings[name] = value.clone();
    }
    App::with(json!({ "issuers": [settings] })).await
}

fn token(signer: &Signer, issuer: &str) -> String {
    signer.token("a", &json!({ "iss": issuer, "aud": AUDIENCE, "sub": "alice", "exp": NOW + 24 * 60 * 60 }))
}

fn why(issuer: &str) -> String {
    lines_with(&format!("the keys of the issuer {issuer} can't be fetched")).last().expect("a line").clone()
}

#[async_test]
async fn ca_replaces_the_authorities_of_the_system() {
    if !is_installed() {
        return;
    }
    let issuer = Issuer::new("IP:127.0.0.1");
    let _server = issuer.directory.serve(issuer.port, "-quiet");
    let name = issuer.publish("127.0.0.1", &format!("https://127.0.0.1:{}/jwks", issuer.port));
    let ca = |name: &str| json!({ "ca": issuer.directory.0.join(name) });
    assert_eq!(app(&name, ca("ca.pem")).await.status(&token(&issuer.signer, &name)).await, 200);
    for wrong in [ca("other.pem"), json!({})] {
        assert_eq!(app(&name, wrong).await.status(&token(&issuer.signer, &name)).await, 503);
        assert!(
            why(&name).contains("TLS with `127.0.0.1` failed") && why(&name).contains("set `ca`"),
            "{}",
            why(&name)
        );
    }
}

/// With discovery, the keys may be by `https:` although the document is not.
#[async_test]
async fn ca_is_a_fault_if_the_keys_are_fetched_without_tls() {
    if !is_installed() {
        return;
    }
    let directory = Issuer::new("IP:127.0.0.1").directory;
    for (place, url, has_fault) in [
        ("jwks_uri", "http://127.0.0.1/jwks", true),
        ("jwks_uri", "http://id.internal/jwks", true),
        ("jwks_uri", "https://id.internal/jwks", false),
        ("discovery", "http://127.0.0.1", false),
    ] {
        let mut issuer = json!({ "issuer": "a", "audience": AUDIENCE, "ca": directory.0.join("ca.pem") });
        issuer[place] = json!(url);
        if url.starts_with("http://id.internal") {
            issuer["allow_http"] = json!("id.internal");
        }
        let launched = JwtAuth::from_figment(&figment(json!({ "issuers": [issuer] }))).await;
        let faults = launched.err().map_or(Vec::new(), |error| error.faults().to_vec());
        let names: Vec<&str> = faults.iter().map(|fault| fault.setting()).collect();
        assert_eq!(names, if has_fault { &["issuers[0].ca"][..] } else { &[] }, "{url}: {faults:?}");
        assert!(faults.iter().all(|fault| fault.problem() == "is set, and `jwks_uri` is `http:`"), "{faults:?}");
    }
}

#[async_test]
async fn proxy_tunnels_to_a_host_that_only_it_can_find() {
    if !is_installed() {
        return;
    }
    let issuer = Issuer::new("DNS:id.internal.test");
    let _server = issuer.directory.serve(issuer.port, "-quiet");
    let proxy = Proxy::start("200 Connection established");
    let with = json!({ "ca": issuer.directory.0.join("ca.pem"), "proxy": proxy.url });
    let server = format!("id.internal.test:{}", issuer.port);
    let name = issuer.publish("id.internal.test", &format!("https://{server}/jwks"));
    assert_eq!(app(&name, with.clone()).await.status(&token(&issuer.signer, &name)).await, 200);
    let connect = format!("CONNECT {server} HTTP/1.1");
    assert_eq!(proxy.requests(), [connect.clone(), connect.clone()]);
    // An address in the document is checked before the proxy is asked. Of the names, only those of this machine can be
    // checked (RFC 6761 §6.3).
    for host in ["127.0.0.1", "localhost", "LocalHost.", "keys.localhost", "a.keys.LOCALHOST."] {
        let before = proxy.requests().len();
        issuer.publish("id.internal.test", &format!("https://{host}:{}/jwks", issuer.port));
        assert_eq!(app(&name, with.clone()).await.status(&token(&issuer.signer, &name)).await, 503);
        let refused = "is 127.0.0.1, which is not a public address";
        let shown = host.trim_end_matches('.').to_lowercase();
        assert!(why(&name).contains(&format!("`{shown}` {refused}")), "{}", why(&name));
        assert_eq!(proxy.requests()[before..], [connect.as_str()]);
    }
    issuer.publish("id.internal.test", &format!("https://keys.internal.test:{}/jwks", issuer.port));
    assert_eq!(app(&name, with).await.status(&token(&issuer.signer, &name)).await, 503);
    assert!(proxy.requests().last().is_some_and(|line| line.starts_with("CONNECT keys.internal.test:")));
    assert!(why(&name).contains("TLS with `keys.internal.test` failed"), "{}", why(&name));
}

/// RFC 9110 §9.3.6: any status of success opens the tunnel.
#[async_test]
async fn proxy_may_open_the_tunnel_with_any_status_of_success() {
    if !is_installed() {
        return;
    }
    let issuer = Issuer::new("DNS:id.internal.test");
    let _server = issuer.directory.serve(issuer.port, "-quiet");
    let name = issuer.publish("id.internal.test", &format!("https://id.internal.test:{}/jwks", issuer.port));
    for answer in ["201 Created", "299 Tunnel open"] {
        let proxy = Proxy::start(answer);
        let with = json!({ "ca": issuer.directory.0.join("ca.pem"), "proxy": proxy.url });
        assert_eq!(app(&name, with).await.status(&token(&issuer.signer, &name)).await, 200, "{answer}");
    }
}

#[async_test]
async fn proxy_that_refuses_is_named_in_the_log() {
    let proxy = Proxy::start("407 Proxy Authentication Required");
    let (_, signer, _) = provider();
    let name = "https://refused.internal.test";
    assert_eq!(app(name, json!({ "proxy": proxy.url })).await.status(&token(&signer, name)).await, 503);
    assert!(why(name).contains("answers with the status 407; check `proxy`"), "{}", why(name));
    let gone = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port");
    let name = "https://gone.internal.test";
    let with = json!({ "proxy": format!("http://{gone}") });
    assert_eq!(app(name, with).await.status(&token(&signer, name)).await, 503);
    assert!(why(name).contains(&format!("the proxy `{gone}` can't be reached")), "{}", why(name));
}

/// The provider plays the proxy: it gets the whole URL.
#[async_test]
async fn proxy_gets_whole_url_for_http() {
    let (proxy, signer, _) = provider();
    let name = "http://id.internal.test/realms/shop";
    let jwks_uri = "http://id.internal.test/jwks";
    proxy.reply(&format!("{name}{DISCOVERY}"), Reply::json(&json!({ "issuer": name, "jwks_uri": jwks_uri })));
    proxy.reply(jwks_uri, Reply::json(&json!({ "keys": [signer.jwk("a")] })));
    let with = json!({ "proxy": proxy.issuer, "allow_http": "id.internal.test" });
    assert_eq!(app(name, with).await.status(&token(&signer, name)).await, 200);
    assert_eq!(proxy.asked(jwks_uri), 1);
    assert!(proxy.last_head().contains("\r\nhost: id.internal.test\r\n"), "{}", proxy.last_head());
    let warned =
        lines_with("`issuers[0].allow_http`: the keys of this issuer are fetched from `id.internal.test` without TLS");
    assert!(!warned.is_empty());
}

#[async_test]
async fn timeout_limits_a_fetch() {
    let (provider, _, token) = provider();
    provider.reply(JWKS, Reply::Silence);
    let app = App::trusting_with(&provider, json!({ "timeout": 1 })).await;
    assert_eq!(app.status(&token).await, 503);
    assert!(why(&provider.issuer).contains("it took longer than 1 s"), "{}", why(&provider.issuer));
}

#[async_test]
async fn bearer_token_is_read_for_each_fetch_and_sent_only_to_the_server_in_the_settings() {
    let (provider, signer, token) = provider();
    let folder = Folder::new();
    let file = folder.path("token");
    let put = |token: &str| fs::write(&file, token).expect("a file");
    put("CANARY.first\n");
    let app = App::trusting_with(&provider, json!({ "bearer_token_file": file })).await;
    assert_eq!(app.status(&token).await, 200);
    assert!(provider.last_head().contains("\r\nauthorization: Bearer CANARY.first\r\n"), "{}", provider.last_head());
    // Kubernetes replaces the token.
    put("CANARY.second");
    app.clock.advance(Duration::from_secs(60 * 60));
    assert_eq!(app.status(&token).await, 200);
    assert!(provider.last_head().contains("\r\nauthorization: Bearer CANARY.second\r\n"), "{}", provider.last_head());
    // The document names another server for the keys.
    let (elsewhere, _, _) = crate::issuer_app::provider();
    elsewhere.publish(&[signer.jwk("a")]);
    provider.reply(DISCOVERY, Reply::json(&json!({ "issuer": provider.issuer, "jwks_uri": elsewhere.jwks_uri() })));
    app.clock.advance(Duration::from_secs(60 * 60));
    assert_eq!(app.status(&token).await, 200);
    assert_eq!(elsewhere.asked(JWKS), 1);
    assert!(!elsewhere.last_head().to_lowercase().contains("authorization"), "{}", elsewhere.last_head());
    assert!(provider.last_head().contains("CANARY.second"));
    // Without a readable token, nothing is fetched.
    for content in [Some("CANARY two words"), Some(""), None] {
        let (provider, _, token) = crate::issuer_app::provider();
        put("CANARY.third");
        let app = App::trusting_with(&provider, json!({ "bearer_token_file": file })).await;
        match content {
            Some(content) => put(content),
            None => fs::remove_file(&file).expect("a file"),
        }
        assert_eq!(app.status(&token).await, 503);
        assert_eq!(provider.asked(DISCOVERY), 0);
        assert!(why(&provider.issuer).contains("the file of `bearer_token_file`"), "{}", why(&provider.issuer));
    }
    assert_eq!(lines_with("CANARY"), [] as [String; 0]);
}

#[async_test]
async fn bearer_token_is_not_sent_to_the_target_of_a_redirect() {
    let (provider, _, token) = provider();
    let elsewhere = Provider::new(&[]);
    let folder = Folder::new();
    fs::write(folder.path("token"), "CANARY").expect("a file");
    provider.reply(DISCOVERY, Reply::Redirect(elsewhere.issuer.clone()));
    let app = App::trusting_with(&provider, json!({ "bearer_token_file": folder.path("token") })).await;
    assert_eq!(app.status(&token).await, 503);
    assert_eq!(elsewhere.connections(), 0);
    // With `jwks_uri`, the token is for the server in that setting.
    let jwks_uri = provider.jwks_uri();
    let with = json!({ "jwks_uri": jwks_uri, "bearer_token_file": folder.path("token") });
    let app = App::trusting_with(&elsewhere, with).await;
    let token = Signer::new().token("a", &claims(&elsewhere));
    assert_eq!(app.status(&token).await, 401);
    assert!(provider.last_head().contains("Bearer CANARY") && elsewhere.connections() == 0);
}

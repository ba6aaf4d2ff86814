//! Tests of issuers with scripted DNS answers: no connection goes to an address that is not public, unless the settings
//! name the host.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use proptest::prelude::*;
use rocket::futures::future::BoxFuture;
use rocket::tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream, duplex};
use rocket::tokio::runtime::Builder;
use rocket::tokio::spawn;

use super::fetch_settings::FetchSettings;
use super::fetcher::Fetcher;
use super::fixed::FixedKeys;
use super::issuer::Issuer;
use super::key_source::Source;
use super::network::{Connection, Network};
use super::settings::IssuerSettings;
use super::url::Url;
use crate::algorithm::Algorithm;
use crate::claims::policy::Policy;
use crate::clock::Clock;

const GLOBAL: [&str; 4] = ["93.184.216.34", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"];

const LOCAL: [&str; 12] = [
    "127.0.0.1",
    "10.0.0.5",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "0.0.0.0",
    "::1",
    "::",
    "fd00:ec2::254",
    "fe80::1",
    "::ffff:127.0.0.1",
    "64:ff9b::10.0.0.5",
];

const ISSUER: &str = "https://id.example.com";

/// The port of all hosts that only a discovery document names.
const DISCOVERED: u16 = 9001;

/// The `jwks_uri` values on the host in the settings, in several notations.
const NAMED: [&str; 4] = [
    "https://id.example.com/jwks",
    "https://id.example.com:8443/jwks",
    "https://ID.Example.COM:8443/jwks",
    "https://id.example.com.:8443/jwks",
];

const UNNAMED: [&str; 14] = [
    "https://keys.example.com:9001/jwks",
    "https://localhost:9001/jwks",
    "https://id.example.com.evil.example:9001/jwks",
    "https://example.com:9001/jwks",
    "https://127.0.0.1:9001/jwks",
    "https://127.1:9001/jwks",
    "https://0x7f.0.0.1:9001/jwks",
    "https://2130706433:9001/jwks",
    "https://10.0.0.5:9001/jwks",
    "https://169.254.169.254.:9001/jwks",
    "https://[::1]:9001/jwks",
    "https://[::ffff:10.0.0.5]:9001/jwks",
    "https://[fd00::1]:9001/jwks",
    "https://93.184.216.34:9001/jwks",
];

/// One fetch of the keys.
#[derive(Clone, Debug)]
struct Step {
    jwks_uri: &'static str,
    /// The successive DNS answers.
    answers: Vec<Vec<IpAddr>>,
    /// Whether each server is down.
    is_down: [bool; 2],
}

fn step() -> impl Strategy<Value = Step> {
    let uri = prop::sample::select([&NAMED[..], &UNNAMED].concat());
    let address = prop::sample::select([&GLOBAL[..], &LOCAL].concat()).prop_map(address);
    let answer = prop::collection::vec(address, 0..4);
    (uri, prop::collection::vec(answer, 1..4), any::<[bool; 2]>()).prop_map(|(jwks_uri, answers, is_down)| Step {
        jwks_uri,
        answers,
        is_down,
    })
}

fn address(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

/// A network that plays a script and records all connection attempts.
struct Scripted(Mutex<Script>);

struct Script {
    step: Step,
    asked: usize,
    attempts: Vec<SocketAddr>,
    connected: Vec<SocketAddr>,
}

impl Scripted {
    fn with<T>(&self, act: impl FnOnce(&mut Script) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Network for Scripted {
    fn resolve(&self, _: String, port: u16) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> {
        let found = self.with(|script| {
            let answer = &script.step.answers[script.asked % script.step.answers.len()];
            script.asked += 1;
            answer.iter().map(|address| SocketAddr::new(*address, port)).collect()
        });
        Box::pin(async move { Ok(found) })
    }

    fn connect(&self, address: SocketAddr) -> BoxFuture<'static, io::Result<Connection>> {
        let jwks_uri = self.with(|script| {
            script.attempts.push(address);
            let is_down = script.step.is_down[usize::from(address.is_ipv6())];
            if !is_down {
                script.connected.push(address);
            }
            (!is_down).then_some(script.step.jwks_uri)
        });
        Box::pin(async move {
            let jwks_uri = jwks_uri.ok_or(io::ErrorKind::ConnectionRefused)?;
            let (near, far) = duplex(4096);
            spawn(serve(far, jwks_uri));
            Ok(Box::new(near) as Connection)
        })
    }
}

/// Answers one request as the issuer does.
async fn serve(stream: DuplexStream, jwks_uri: &'static str) {
    let mut stream = BufReader::new(stream);
    let mut request = String::new();
    while stream.read_line(&mut request).await.is_ok_and(|length| length > 2) {}
    let key = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
    let body = match request.contains("/.well-known/") {
        true => format!(r#"{{"issuer":"{ISSUER}","jwks_uri":"{jwks_uri}"}}"#),
        false => format!(r#"{{"keys":[{key}]}}"#),
    };
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
    let _ = stream.write_all((head + &body).as_bytes()).await;
}

/// The settings of an issuer whose tokens have the audience `us`.
pub(super) fn settings(source: Source) -> IssuerSettings {
    let policy = Policy {
        userid_claim: "sub".into(),
        issuer: Some(ISSUER.into()),
        audience: vec!["us".into()],
        leeway: 0,
        expiration_delta: Some(0),
        refresh_delta: None,
        max_lifetime: None,
        allow_refresh: false,
        verify_expiration_on_refresh: true,
        sessions: false,
        with_issuers: true,
        reserved_prefixes: Vec::new(),
        of_issuer: None,
    };
    let algorithms = vec![Algorithm::EdDSA];
    IssuerSettings {
        source,
        fetching: FetchSettings::default(),
        fixed: FixedKeys::default(),
        algorithms,
        typ: None,
        policy: Arc::new(policy),
        retain: 0,
        eager: false,
        verified_cache: 0,
    }
}

/// Fetches the keys of an issuer once for each step. Returns for each whether the fetch succeeded, all connection
/// attempts, and those that reached a server.
fn play(source: Source, steps: &[Step]) -> Vec<(bool, Vec<SocketAddr>, Vec<SocketAddr>)> {
    let script = Script { step: steps[0].clone(), asked: 0, attempts: Vec::new(), connected: Vec::new() };
    let network = Arc::new(Scripted(Mutex::new(script)));
    let clock = Clock::manual(1000);
    let issuer =
        Issuer::new(settings(source), clock.clone(), Fetcher::on(Arc::clone(&network) as _, FetchSettings::default()));
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let mut outcomes = Vec::new();
    for step in steps {
        network.with(|script| *script = Script { step: step.clone(), asked: 0, attempts: vec![], connected: vec![] });
        // The keys of the previous step have expired.
        clock.advance(Duration::from_secs(2 * 24 * 60 * 60));
        let is_there = runtime.block_on(issuer.keys(Algorithm::EdDSA, None)).is_ok();
        let (attempts, connected) = network.with(|script| (script.attempts.clone(), script.connected.clone()));
        outcomes.push((is_there, attempts, connected));
    }
    outcomes
}

fn is_one_of(list: &[&str], found: &SocketAddr) -> bool {
    list.iter().any(|text| address(text) == found.ip())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn issuer_host_needs_public_address_unless_settings_name_it(
        steps in prop::collection::vec(step(), 1..6),
    ) {
        let source = Source::discovery(ISSUER, None).expect("an issuer");
        for ((is_there, attempts, connected), step) in play(source, &steps).iter().zip(&steps) {
            let discovered: Vec<_> = attempts.iter().filter(|attempt| attempt.port() == DISCOVERED).collect();
            prop_assert!(discovered.iter().all(|attempt| is_one_of(&GLOBAL, attempt)), "{discovered:?} in {step:?}");
            let is_named = NAMED.contains(&step.jwks_uri);
            prop_assert!(!is_named || discovered.is_empty());
            // A host in the settings is reached at any address, and another host at public addresses only, if a server
            // answers there.
            let answer = |call: usize| step.answers[call % step.answers.len()].clone();
            let second = match Url::parse(step.jwks_uri, None).expect("a URL").host() {
                super::host::Host::Address(address) => vec![address],
                super::host::Host::Name(_) => answer(1),
            };
            let answers = |addresses: Vec<IpAddr>, is_anywhere: bool| {
                let is_public = |found: &IpAddr| GLOBAL.iter().any(|text| address(text) == *found);
                let may_be_at = |address: &IpAddr| is_anywhere || is_public(address);
                addresses.iter().any(|address| may_be_at(address) && !step.is_down[usize::from(address.is_ipv6())])
            };
            prop_assert_eq!(*is_there, answers(answer(0), true) && answers(second, is_named), "{:?}", step);
            // Keys come only from a server.
            let is_from = |port: u16| connected.iter().any(|address| address.port() == port);
            prop_assert!(!is_there || is_from(443) && connected.len() >= 2);
        }
    }

    #[test]
    fn issuer_with_jwks_uri_is_fetched_from_any_address(
        uri in prop::sample::select(UNNAMED.to_vec()),
        steps in prop::collection::vec(step(), 1..4),
    ) {
        let url = || Url::parse(uri, None).expect("a URL");
        let literal = match url().host() {
            super::host::Host::Address(address) => Some(address),
            super::host::Host::Name(_) => None,
        };
        for ((is_there, attempts, _), step) in play(Source::Set(url()), &steps).iter().zip(&steps) {
            let at = literal.map_or_else(|| step.answers[0].clone(), |address| vec![address]);
            let answers = at.iter().any(|address| !step.is_down[usize::from(address.is_ipv6())]);
            prop_assert_eq!(*is_there, answers, "{:?}", step);
            prop_assert!(attempts.iter().all(|attempt| at.contains(&attempt.ip())));
        }
    }
}

#[test]
fn discovered_host_is_reached_only_at_public_addresses() {
    for answer in [&["10.0.0.5", "93.184.216.34", "::1"][..], &["93.184.216.34"]] {
        let answer: Vec<IpAddr> = answer.iter().map(|text| address(text)).collect();
        // First the discovery document, on this machine.
        let answers = vec![vec![address("127.0.0.1")], answer];
        let steps = [Step { jwks_uri: UNNAMED[0], answers, is_down: [false; 2] }];
        let outcomes = play(Source::discovery(ISSUER, None).expect("an issuer"), &steps);
        let (is_there, attempts, _) = &outcomes[0];
        let expected = [("127.0.0.1", 443), ("93.184.216.34", DISCOVERED)];
        assert_eq!(*attempts, expected.map(|(text, port)| SocketAddr::new(address(text), port)));
        assert!(is_there);
    }
}

#[test]
fn discovered_host_named_in_settings_may_be_spelled_otherwise() {
    for (issuer, jwks_uri, is_named) in [
        ("https://10.0.0.5", "https://10.0.0.5:9001/jwks", true),
        ("https://10.0.0.5", "https://0xa.5:9001/jwks", true),
        ("https://10.0.0.5", "https://[::ffff:10.0.0.5]:9001/jwks", true),
        ("https://[::1]:8443", "https://[0:0:0:0:0:0:0:1]:9001/jwks", true),
        ("https://10.0.0.5", "https://10.0.0.6:9001/jwks", false),
        ("https://127.0.0.1", "https://localhost:9001/jwks", false),
        ("https://[::1]:8443", "https://127.0.0.1:9001/jwks", false),
    ] {
        let Ok(Source::Discovery { document, .. }) = Source::discovery(issuer, None) else { panic!("{issuer}") };
        // The served document names this issuer.
        let source = Source::Discovery { issuer: ISSUER.into(), document, other: None };
        let steps = [Step { jwks_uri, answers: vec![vec![address("127.0.0.1")]], is_down: [false; 2] }];
        let outcomes = play(source, &steps);
        let (is_there, attempts, _) = &outcomes[0];
        assert_eq!((*is_there, attempts.len()), (is_named, if is_named { 2 } else { 1 }), "{issuer} {jwks_uri}");
    }
}

/// Where a fetch of this set connects to, if the name of its host has these addresses.
fn attempts(url: &str, fetching: FetchSettings, addresses: &[&str]) -> (bool, Vec<SocketAddr>) {
    let source = Source::Set(Url::parse(url, fetching.plain_host.as_ref()).expect("a URL"));
    let answers = vec![addresses.iter().map(|text| address(text)).collect()];
    let step = Step { jwks_uri: "", answers, is_down: [false; 2] };
    let script = Script { step, asked: 0, attempts: Vec::new(), connected: Vec::new() };
    let network = Arc::new(Scripted(Mutex::new(script)));
    let issuer = Issuer::new(settings(source), Clock::manual(1000), Fetcher::on(Arc::clone(&network) as _, fetching));
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let is_there = runtime.block_on(issuer.keys(Algorithm::EdDSA, None)).is_ok();
    (is_there, network.with(|script| script.attempts.clone()))
}

#[test]
fn host_in_allow_http_is_reached_only_in_private_network() {
    let allowed = |host: &str| FetchSettings { plain_host: Url::parse_host(host), ..FetchSettings::default() };
    for (url, host, addresses, reached) in [
        ("http://id.internal/jwks", "id.internal", &["10.0.0.5"][..], &["10.0.0.5"][..]),
        ("http://id.internal/jwks", "ID.Internal", &["93.184.216.34", "fd00::5"], &["fd00::5"]),
        ("http://id.internal/jwks", "id.internal", &["93.184.216.34"], &[]),
        ("http://10.0.0.5/jwks", "10.0.0.5", &[], &["10.0.0.5"]),
        ("http://93.184.216.34/jwks", "93.184.216.34", &[], &[]),
        // Another host over `http:` must still be this machine.
        ("http://localhost/jwks", "id.internal", &["10.0.0.5"], &[]),
        ("https://id.internal/jwks", "id.internal", &["93.184.216.34"], &["93.184.216.34"]),
    ] {
        let (is_there, attempts) = attempts(url, allowed(host), addresses);
        let attempts: Vec<IpAddr> = attempts.iter().map(SocketAddr::ip).collect();
        assert_eq!(attempts, reached.iter().map(|text| address(text)).collect::<Vec<_>>(), "{url} {host}");
        assert_eq!(is_there, !reached.is_empty(), "{url} {host}");
    }
}

/// The proxy resolves the names, so only the addresses in URLs are checked here.
#[test]
fn proxy_is_the_only_server_that_is_connected_to() {
    let by = |plain: Option<&str>| FetchSettings {
        proxy: Some(Url::parse_proxy("http://proxy.internal:3128").expect("a URL")),
        plain_host: plain.and_then(Url::parse_host),
        ..FetchSettings::default()
    };
    let proxy = SocketAddr::new(address("10.0.0.9"), 3128);
    for (url, plain, is_asked) in [
        ("http://id.internal/jwks", Some("id.internal"), true),
        ("http://10.0.0.5/jwks", Some("10.0.0.5"), true),
        ("http://93.184.216.34/jwks", Some("93.184.216.34"), false),
        ("http://localhost/jwks", None, false),
        ("http://127.0.0.1/jwks", None, false),
    ] {
        let (is_there, attempts) = attempts(url, by(plain), &["10.0.0.9"]);
        assert_eq!((is_there, attempts), (is_asked, if is_asked { vec![proxy] } else { vec![] }), "{url}");
    }
}

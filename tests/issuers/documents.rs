//! How the documents of an issuer may be transferred, and where its discovery document may be.

use std::io::Write;
use std::time::Duration;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use jwtauth_tests::NOW;
use rocket::async_test;
use serde_json::{Value, json};

use crate::issuer_app::{AUDIENCE, App, provider};
use crate::process_log::lines_with;
use crate::provider::{DISCOVERY, JWKS, OAUTH_DISCOVERY, Provider, Reply};
use crate::signer::Signer;

fn raw(head: &str, body: &[u8]) -> Reply {
    Reply::Raw([format!("HTTP/1.1 200 OK\r\n{head}\r\n").as_bytes(), body].concat())
}

fn chunked(body: &[u8]) -> Vec<u8> {
    let mut chunks: Vec<u8> = Vec::new();
    for chunk in body.chunks(7) {
        chunks.extend(format!("{:x};a=b\r\n", chunk.len()).bytes().chain(chunk.iter().copied()).chain(*b"\r\n"));
    }
    chunks.extend(b"0\r\nX-Trailer: a\r\n\r\n");
    chunks
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).and_then(|()| encoder.finish()).expect("compressed")
}

fn zlib(text: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).and_then(|()| encoder.finish()).expect("compressed")
}

fn deflate(text: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).and_then(|()| encoder.finish()).expect("compressed")
}

#[async_test]
async fn fetcher_reads_chunked_and_compressed_bodies() {
    let (provider, signer, token) = provider();
    let documents = [
        (DISCOVERY, json!({ "issuer": provider.issuer, "jwks_uri": provider.jwks_uri() }).to_string()),
        (JWKS, json!({ "keys": [signer.jwk("a")] }).to_string()),
    ];
    let lengths = |body: Vec<u8>, head: &str| raw(&format!("{head}Content-Length: {}\r\n", body.len()), &body);
    type Transfer<'a> = &'a dyn Fn(&[u8]) -> Reply;
    let transfers: [(&str, Transfer<'_>); 8] = [
        ("chunked", &|text| raw("Transfer-Encoding: chunked\r\n", &chunked(text))),
        ("until the end of the connection", &|text| raw("", text)),
        ("HTTP/1.0", &|text| Reply::Raw([b"HTTP/1.0 200 OK\r\n\r\n", text].concat())),
        ("gzip", &|text| lengths(gzip(text), "Content-Encoding: gzip\r\n")),
        ("gzip in chunks", &|text| {
            raw("Transfer-Encoding: chunked\r\ncontent-encoding: X-GZIP\r\n", &chunked(&gzip(text)))
        }),
        ("deflate", &|text| lengths(zlib(text), "Content-Encoding: deflate\r\n")),
        ("deflate without zlib", &|text| lengths(deflate(text), "Content-Encoding: deflate\r\n")),
        ("identity", &|text| lengths(text.to_vec(), "Content-Encoding: identity\r\n")),
    ];
    for (name, transfer) in transfers {
        for (path, document) in &documents {
            provider.reply(path, transfer(document.as_bytes()));
        }
        assert_eq!(App::trusting(&provider).await.status(&token).await, 200, "{name}");
    }
    assert!(provider.last_head().contains("accept-encoding: identity\r\n"), "{}", provider.last_head());
}

#[async_test]
async fn fetcher_refuses_bombs_and_unknown_compression() {
    let (provider, signer, token) = provider();
    let keys = json!({ "keys": [signer.jwk("a")], "x": " ".repeat(300 * 1024) }).to_string();
    let encoded = |coding: &str, body: Vec<u8>| {
        raw(&format!("Content-Encoding: {coding}\r\nContent-Length: {}\r\n", body.len()), &body)
    };
    let small = json!({ "keys": [signer.jwk("a")] }).to_string();
    let good = gzip(small.as_bytes());
    for (reply, said) in [
        (encoded("gzip", gzip(keys.as_bytes())), "more than 256 KiB"),
        (encoded("deflate", zlib(&vec![b' '; 10 * 1024 * 1024])), "more than 256 KiB"),
        (encoded("br", good.clone()), "the encoding `br`"),
        (encoded("gzip, gzip", gzip(&good)), "the encoding `gzip, gzip`"),
        (encoded("gzip", good[..good.len() - 9].to_vec()), "can't be decompressed"),
        (encoded("gzip", small.clone().into_bytes()), "can't be decompressed"),
        (encoded("identity", good), "is not a JWK set"),
    ] {
        provider.reply(JWKS, reply);
        let (other, _, _) = crate::issuer_app::provider();
        // Each case has a name of its own in the log.
        let issuer = format!("{} {said}", other.issuer);
        let settings = json!({ "issuer": issuer, "audience": AUDIENCE, "jwks_uri": provider.jwks_uri() });
        let claims = json!({ "iss": issuer, "aud": AUDIENCE, "sub": "alice", "exp": NOW + 60 });
        let app = App::with(json!({ "issuers": [settings] })).await;
        assert_eq!(app.status(&signer.token("a", &claims)).await, 503, "{said}");
        let lines = lines_with(&issuer);
        assert!(lines.iter().any(|line| line.contains("its JWK set: ") && line.contains(said)), "{lines:?}");
    }
    provider.reply(JWKS, encoded("gzip", gzip(small.as_bytes())));
    assert_eq!(App::trusting(&provider).await.status(&token).await, 200);
}

/// The discovery document and the keys are on the same server.
#[async_test]
async fn fetcher_reuses_the_connection_if_the_server_keeps_it() {
    let (provider, _, token) = provider();
    for (keeps_alive, connections) in [(true, 1), (false, 2)] {
        provider.keep_alive(keeps_alive);
        let before = provider.connections();
        let app = App::trusting(&provider).await;
        assert_eq!(app.status(&token).await, 200);
        assert_eq!(provider.connections() - before, connections);
    }
    // The keys are on another port.
    let (elsewhere, _, _) = crate::issuer_app::provider();
    let signer = Signer::new();
    elsewhere.publish(&[signer.jwk("a")]);
    provider.keep_alive(true);
    elsewhere.keep_alive(true);
    provider.reply(DISCOVERY, Reply::json(&json!({ "issuer": provider.issuer, "jwks_uri": elsewhere.jwks_uri() })));
    let app = App::trusting(&provider).await;
    assert_eq!(app.status(&signer.token("a", &crate::issuer_app::claims(&provider))).await, 200);
    assert_eq!((elsewhere.connections(), elsewhere.asked(DISCOVERY)), (1, 0));
}

#[async_test]
async fn keys_without_lifetime_are_used_for_a_minute() {
    for headers in ["Cache-Control: max-age=0\r\n", "Cache-Control: no-store\r\nPragma: no-cache\r\n"] {
        let (provider, signer, token) = provider();
        provider.publish_for(&[signer.jwk("a")], headers);
        let app = App::trusting(&provider).await;
        for _ in 0..3 {
            assert_eq!(app.status(&token).await, 200);
        }
        assert_eq!(provider.asked(JWKS), 1, "{headers}");
        app.clock.advance(Duration::from_secs(60));
        assert_eq!(app.status(&token).await, 200);
        assert_eq!(provider.asked(JWKS), 2, "{headers}");
    }
}

/// An issuer with a path, whose documents are at the given paths.
async fn answers(path: &str, documents: &[(&str, Value)]) -> (u16, Provider) {
    let (provider, signer, _) = provider();
    provider.reply(DISCOVERY, Reply::Status(404, String::new()));
    let issuer = format!("{}{path}", provider.issuer);
    for (at, named) in documents {
        let named = named.as_str().map(|named| format!("{}{named}", provider.issuer));
        provider.reply(at, Reply::json(&json!({ "issuer": named, "jwks_uri": provider.jwks_uri() })));
    }
    let app = App::with(json!({ "issuers": [{ "issuer": issuer, "audience": AUDIENCE }] })).await;
    let claims = json!({ "iss": issuer, "aud": AUDIENCE, "sub": "alice", "exp": NOW + 60 });
    (app.status(&signer.token("a", &claims)).await, provider)
}

#[async_test]
async fn discovery_tries_both_well_known_forms() {
    let at = |form: &str, path: &str| format!("{form}{path}");
    for (issuer, document) in [
        ("", DISCOVERY.to_owned()),
        ("/", DISCOVERY.to_owned()),
        ("", OAUTH_DISCOVERY.to_owned()),
        ("/", OAUTH_DISCOVERY.to_owned()),
        ("/realms/shop", at("/realms/shop", DISCOVERY)),
        ("/realms/shop/", at("/realms/shop", DISCOVERY)),
        ("/realms/shop", at(OAUTH_DISCOVERY, "/realms/shop")),
        ("/realms/shop/", at(OAUTH_DISCOVERY, "/realms/shop")),
    ] {
        let (status, provider) = answers(issuer, &[(&document, json!(issuer))]).await;
        assert_eq!(status, 200, "{issuer} {document}");
        assert_eq!(provider.asked(&document), 1);
        // The second form has the same rule for the name of the issuer.
        let (status, _) = answers(issuer, &[(&document, json!("/other"))]).await;
        assert_eq!(status, 503, "{issuer} {document}");
    }
    // The first is preferred.
    let documents = [
        ("/a/.well-known/openid-configuration", json!("/a")),
        ("/.well-known/oauth-authorization-server/a", json!("/a")),
    ];
    let (status, provider) = answers("/a", &documents).await;
    assert_eq!((status, provider.asked(documents[1].0)), (200, 0));
}

/// Entra External ID can have the name of the user flow in the query.
#[async_test]
async fn discovery_document_may_have_a_query() {
    let (provider, _, token) = provider();
    let document = format!("{DISCOVERY}?p=sign_in");
    provider.reply(&document, Reply::json(&json!({ "issuer": provider.issuer, "jwks_uri": provider.jwks_uri() })));
    let with = json!({ "discovery": format!("{}{document}", provider.issuer) });
    assert_eq!(App::trusting_with(&provider, with).await.status(&token).await, 200);
    assert_eq!(provider.asked(&document), 1);
}

#[async_test]
async fn discovery_tries_second_form_only_if_the_first_is_missing() {
    for (reply, tries) in [
        (Reply::Status(404, String::new()), 1),
        (Reply::Status(403, String::new()), 1),
        (Reply::Status(500, String::new()), 0),
        (Reply::Status(302, String::new()), 0),
        (Reply::json(&json!({ "issuer": "https://other.example.com" })), 0),
        (Reply::json(&json!([])), 0),
    ] {
        let (provider, _, token) = provider();
        provider.reply(DISCOVERY, reply);
        let app = App::trusting(&provider).await;
        assert_eq!(app.status(&token).await, 503);
        assert_eq!(provider.asked(OAUTH_DISCOVERY), tries);
        let lines = lines_with(&format!("the keys of the issuer {} can't be fetched", provider.issuer));
        let has_both = lines[0].contains(DISCOVERY) && lines[0].contains(OAUTH_DISCOVERY);
        assert_eq!(has_both, tries == 1, "{lines:?}");
    }
}

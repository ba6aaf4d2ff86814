//! The content of a store can't be used to refresh.

use std::collections::BTreeSet;
use std::fs;

use base64_simd::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use jwtauth::SessionId;
use tokio_postgres::{NoTls, SimpleQueryMessage};

use crate::client::Tokens;
use crate::cluster::{Cluster, bytes_below, postgres};
use crate::redis;

/// The content of a store.
struct Dump {
    /// The rows that the server returns.
    rows: Vec<u8>,
    /// The files of the server, if there are any.
    disk: Vec<u8>,
}

#[test]
fn file_store_dump_refreshes_no_session() {
    let site = Cluster::file();
    steal(&site, || Dump { rows: fs::read(site.file_path()).expect("the file"), disk: Vec::new() });
}

#[test]
fn redis_store_dump_refreshes_no_session() {
    let Some(server) = redis::Server::start(&["--appendonly", "yes", "--appendfsync", "always"]) else { return };
    steal(&Cluster::redis(&server), || {
        let mut rows = String::new();
        for key in server.ask("KEYS *").lines() {
            let value = match server.ask(&format!("TYPE {key}")).as_str() {
                "hash" => server.ask(&format!("HGETALL {key}")),
                "zset" => server.ask(&format!("ZRANGE {key} 0 -1 WITHSCORES")),
                kind => panic!("{key} is a {kind}"),
            };
            rows += &format!("{key}\n{value}\n");
        }
        Dump { rows: rows.into_bytes(), disk: bytes_below(server.directory()) }
    });
}

#[test]
fn postgres_store_dump_refreshes_no_session() {
    let Some(server) = postgres() else { return };
    steal(&Cluster::postgres(server, "stolen"), || {
        let rows = rocket::execute(async {
            let (client, connection) = tokio_postgres::connect(&server.plain_url(), NoTls).await.expect("a connection");
            rocket::tokio::spawn(connection);
            client.simple_query("SELECT * FROM stolen").await.expect("rows")
        });
        let mut text = String::new();
        for row in rows {
            let SimpleQueryMessage::Row(row) = row else { continue };
            for column in 0..row.len() {
                text += row.get(column).unwrap_or_default();
                text += "\n";
            }
        }
        Dump { rows: text.into_bytes(), disk: bytes_below(&server.path("data")) }
    });
}

fn steal(site: &Cluster, dump: impl FnOnce() -> Dump) {
    let node = site.node("");
    let mut client = node.client();
    let mut issued = Vec::new();
    let mut refresh = |tokens: &Tokens| {
        let next = client.refresh(&tokens.refresh).tokens();
        issued.extend([tokens.clone(), next.clone()]);
        next
    };
    let sessions = [("alice", "wonderland"), ("alice", "wonderland"), ("root", "toor")];
    let sessions = sessions.map(|(username, password)| node.client().login_as(username, password));
    let sessions = sessions.map(|tokens| refresh(&tokens)).map(|tokens| refresh(&tokens));
    let gone = refresh(&node.client().login());
    assert!(node.client().post("/logout", &gone.access).status < 300);

    let dump = dump();
    for tokens in &sessions {
        assert!(any_of(&ids(tokens.session()), &dump.rows).is_some(), "this is no dump");
    }

    // The dump must not contain the next tokens either.
    let sessions = sessions.map(|tokens| refresh(&tokens));
    let secrets: Vec<_> = issued.iter().flat_map(secrets).collect();
    let log = node.log().into_bytes();
    for (place, bytes) in [("rows", &dump.rows), ("disk", &dump.disk), ("log", &log)] {
        let found = any_of(&secrets, bytes);
        assert!(found.is_none(), "in its {place}: {}", found.unwrap_or_default().escape_ascii());
    }

    for string in strings(&dump.rows) {
        let answer = client.refresh(&string);
        assert_eq!(answer.status, 403, "{string}: {answer:?}");
    }
    // The attempts did not end a session.
    for tokens in sessions {
        client.refresh(&tokens.refresh).tokens();
    }
}

/// The secret parts of these tokens, in all common encodings.
fn secrets(tokens: &Tokens) -> Vec<Vec<u8>> {
    let Tokens { access, refresh } = tokens;
    let signature = access.rsplit('.').next().expect("a signature");
    let token = URL_SAFE_NO_PAD.decode_to_vec(refresh).expect("base64url");
    let mut secrets = forms(&token[25..]);
    secrets.extend(forms(&URL_SAFE_NO_PAD.decode_to_vec(signature).expect("base64url")));
    // This is the MAC as encoded in the token, from the first byte that starts at a character boundary.
    secrets.push(refresh[36..].into());
    secrets
}

fn ids(id: SessionId) -> Vec<Vec<u8>> {
    let mut ids = forms(id.as_bytes());
    ids.push(id.to_string().into_bytes());
    ids
}

fn forms(bytes: &[u8]) -> Vec<Vec<u8>> {
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let texts =
        [URL_SAFE_NO_PAD.encode_to_string(bytes), STANDARD_NO_PAD.encode_to_string(bytes), hex.to_uppercase(), hex];
    texts.into_iter().map(String::into_bytes).chain([bytes.to_vec()]).collect()
}

/// Returns the first needle that is found.
fn any_of(needles: &[Vec<u8>], haystack: &[u8]) -> Option<Vec<u8>> {
    // The needles are indexed by their first two bytes, because there are many needles and the haystack is large.
    let mut by_start = vec![Vec::new(); 1 << 16];
    let start = |bytes: &[u8]| usize::from(bytes[0]) << 8 | usize::from(bytes[1]);
    for needle in needles {
        by_start[start(needle)].push(needle);
    }
    (0..haystack.len().saturating_sub(1)).find_map(|at| {
        let rest = &haystack[at..];
        by_start[start(rest)].iter().find(|needle| rest.starts_with(needle)).map(|needle| needle.to_vec())
    })
}

/// All printable strings: runs of printable characters, and the words in them.
fn strings(bytes: &[u8]) -> BTreeSet<String> {
    let runs = bytes.split(|byte| !byte.is_ascii_graphic());
    let runs = runs.filter_map(|run| std::str::from_utf8(run).ok());
    let words = runs.flat_map(|run| run.split(|c: char| !c.is_ascii_alphanumeric() && !"-_".contains(c)).chain([run]));
    words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

//! Connects to the first address of a host that answers (RFC 8305).

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rocket::tokio::task::JoinSet;
use rocket::tokio::time::timeout;

use super::network::{Connection, Network};

/// The delay before the next address is tried in parallel (RFC 8305 §5).
const HEAD_START: Duration = Duration::from_millis(250);

/// Connects to the first address that answers. An address that does not answer delays the others only briefly, for
/// example if one address family has no route.
pub(super) async fn connect(network: &Arc<dyn Network>, addresses: Vec<SocketAddr>) -> io::Result<Connection> {
    race(network, in_turn(addresses), HEAD_START).await
}

/// Sorts the addresses so that the two families alternate (RFC 8305 §4).
fn in_turn(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let (mut sixes, mut fours): (Vec<_>, Vec<_>) = (Vec::new(), Vec::new());
    let mut six_first = None;
    for address in addresses {
        six_first.get_or_insert(address.is_ipv6());
        if address.is_ipv6() { sixes.push(address) } else { fours.push(address) }
    }
    let (first, second) = if six_first == Some(true) { (sixes, fours) } else { (fours, sixes) };
    let mut second = second.into_iter();
    let mut all: Vec<_> = first.into_iter().flat_map(|address| [Some(address), second.next()]).flatten().collect();
    all.extend(second);
    all
}

async fn race(network: &Arc<dyn Network>, addresses: Vec<SocketAddr>, head_start: Duration) -> io::Result<Connection> {
    let mut waiting = addresses.into_iter();
    let mut attempts = JoinSet::new();
    let mut fault = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
    loop {
        if let Some(address) = waiting.next() {
            attempts.spawn(network.connect(address));
        }
        match timeout(head_start, attempts.join_next()).await {
            // Dropping the set cancels the other attempts.
            Ok(Some(Ok(Ok(stream)))) => return Ok(stream),
            Ok(Some(Ok(Err(error)))) => fault = error,
            Ok(Some(Err(_))) | Err(_) => {}
            Ok(None) => return Err(fault),
        }
    }
}

#[cfg(test)]
mod tests {
    use rocket::tokio::io::{AsyncReadExt, AsyncWriteExt};
    use rocket::tokio::net::TcpStream;

    use super::*;
    use crate::issuers::network::System;

    fn system() -> Arc<dyn Network> {
        Arc::new(System)
    }

    #[test]
    fn connect_alternates_between_address_families() {
        let listed = |addresses: &str| -> Vec<SocketAddr> {
            addresses.split_whitespace().map(|address| address.parse().expect("an address")).collect()
        };
        for (found, tried) in [
            ("", ""),
            ("[::1]:1 [::2]:1 [::3]:1 1.1.1.1:1", "[::1]:1 1.1.1.1:1 [::2]:1 [::3]:1"),
            ("1.1.1.1:1 1.1.1.2:1 [::1]:1 [::2]:1 [::3]:1", "1.1.1.1:1 [::1]:1 1.1.1.2:1 [::2]:1 [::3]:1"),
            ("1.1.1.1:1 1.1.1.2:1", "1.1.1.1:1 1.1.1.2:1"),
        ] {
            assert_eq!(in_turn(listed(found)), listed(tried));
        }
    }

    // On other systems, a queue may be longer than requested.
    #[cfg(target_os = "linux")]
    #[rocket::async_test]
    async fn connect_tries_next_address_if_one_is_silent() {
        // A server with a full queue does not answer.
        let silent = rocket::tokio::net::TcpSocket::new_v4().expect("a socket");
        silent.bind(([127, 0, 0, 1], 0).into()).expect("a port");
        let silent = silent.listen(0).expect("it listens");
        let full = silent.local_addr().expect("its address");
        let _queued: Vec<_> = (0..4).map(|_| rocket::tokio::spawn(TcpStream::connect(full))).collect();
        let there = rocket::tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let address = there.local_addr().expect("its address");
        let connected = race(&system(), vec![full, full, address], Duration::from_millis(1)).await;
        connected.expect("a connection").write_all(b"a").await.expect("it is open");
        let (mut accepted, _) = there.accept().await.expect("it came");
        assert_eq!(accepted.read_u8().await.expect("a byte"), b'a');
    }

    #[rocket::async_test]
    async fn connect_reports_why_no_address_answers() {
        let gone = rocket::tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let address = gone.local_addr().expect("its address");
        drop(gone);
        let refused = connect(&system(), vec![address, address]).await.err().expect("no listener");
        assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
        let nothing = connect(&system(), vec![]).await.err().expect("no address");
        assert_eq!(nothing.kind(), io::ErrorKind::NotFound);
    }
}

//! A proxy between a store and its server. It counts requests, and can stop forwarding.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{sleep, spawn};
use std::time::Duration;

pub(crate) struct Proxy {
    port: u16,
    silent: Arc<AtomicBool>,
    asked: Arc<AtomicUsize>,
}

impl Proxy {
    /// Starts a proxy for the server on this port.
    pub(crate) fn start(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let (silent, asked) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let proxy = Proxy { port, silent: silent.clone(), asked: asked.clone() };
        spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(("127.0.0.1", server)) else { continue };
                let (to, from) = (server.try_clone().expect("a socket"), client.try_clone().expect("a socket"));
                let (silent, asked, silent_too) = (silent.clone(), asked.clone(), silent.clone());
                spawn(move || requests(client, to, &silent, &asked));
                spawn(move || pass(server, from, &silent_too, |_| {}));
            }
        });
        proxy
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Stops forwarding without closing connections, or resumes it.
    pub(crate) fn silent(&self, silent: bool) {
        self.silent.store(silent, Ordering::SeqCst);
    }

    /// The number of round trips since the last call: messages `Sync` and `Query`.
    pub(crate) fn asked(&self) -> usize {
        self.asked.swap(0, Ordering::SeqCst)
    }
}

fn requests(from: TcpStream, to: TcpStream, silent: &AtomicBool, asked: &AtomicUsize) {
    let (mut seen, mut begun) = (Vec::new(), false);
    pass(from, to, silent, |bytes| {
        seen.extend_from_slice(bytes);
        // The first message has no type byte. Each message has its length, which includes the length field.
        loop {
            let start = usize::from(begun);
            let Some(length) = seen.get(start..start + 4) else { break };
            let end = start + u32::from_be_bytes(length.try_into().expect("four bytes")) as usize;
            if seen.len() < end {
                break;
            }
            if begun && matches!(seen[0], b'S' | b'Q') {
                asked.fetch_add(1, Ordering::SeqCst);
            }
            begun = true;
            seen.drain(..end);
        }
    });
}

fn pass(mut from: TcpStream, mut to: TcpStream, silent: &AtomicBool, mut look: impl FnMut(&[u8])) {
    let mut buffer = [0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        while silent.load(Ordering::SeqCst) {
            sleep(Duration::from_millis(5));
        }
        look(&buffer[..count]);
        if to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(std::net::Shutdown::Both);
}

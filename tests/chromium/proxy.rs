//! A proxy before one or several servers, which can lose responses.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use crate::browser::eventually;

/// Forwards each connection to the next server.
pub(crate) struct Proxy {
    pub(crate) port: u16,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    is_losing: AtomicBool,
    /// The number of connections that lost something.
    lost: AtomicUsize,
}

impl Proxy {
    /// Starts the proxy. Its threads end with the tests.
    pub(crate) fn start(servers: Vec<u16>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let state = Arc::new(State::default());
        let proxy = Proxy { port, state: state.clone() };
        thread::spawn(move || {
            for (client, server) in listener.incoming().flatten().zip(servers.iter().cycle()) {
                forward(client, *server, &state);
            }
        });
        proxy
    }

    /// From now on, what servers send does not reach the client.
    pub(crate) fn lose_responses(&self) {
        self.state.is_losing.store(true, Ordering::SeqCst);
    }

    /// Waits until a response is lost.
    pub(crate) fn wait_for_loss(&self) {
        eventually("a response is lost", || self.state.lost.load(Ordering::SeqCst) > 0);
    }

    pub(crate) fn lose_nothing(&self) {
        self.state.is_losing.store(false, Ordering::SeqCst);
    }
}

fn forward(client: TcpStream, server: u16, state: &Arc<State>) {
    let Ok(server) = TcpStream::connect(("127.0.0.1", server)) else { return };
    let copy = |stream: &TcpStream| stream.try_clone().expect("a handle");
    let (mut from_client, mut to_server) = (copy(&client), copy(&server));
    thread::spawn(move || {
        let _ = std::io::copy(&mut from_client, &mut to_server);
        let _ = to_server.shutdown(Shutdown::Both);
    });
    let (mut from_server, mut to_client, state) = (server, client, state.clone());
    thread::spawn(move || {
        let (mut buffer, mut has_lost) = ([0; 8192], false);
        while let Ok(length @ 1..) = from_server.read(&mut buffer) {
            has_lost |= state.is_losing.load(Ordering::SeqCst);
            if has_lost {
                state.lost.fetch_add(1, Ordering::SeqCst);
            } else if to_client.write_all(&buffer[..length]).is_err() {
                break;
            }
        }
        let _ = to_client.shutdown(Shutdown::Both);
    });
}

//! An OpenID provider on loopback. The test sets its replies.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

/// The path of the discovery document.
pub const DISCOVERY: &str = "/.well-known/openid-configuration";
/// The path of the discovery document of an OAuth authorization server (RFC 8414).
pub const OAUTH_DISCOVERY: &str = "/.well-known/oauth-authorization-server";
/// The path of the keys.
pub const JWKS: &str = "/jwks";

/// The reply to a request.
#[derive(Clone)]
pub enum Reply {
    /// 200 with this JSON.
    Json {
        /// Header lines, each with its line break.
        headers: String,
        /// The JSON.
        body: String,
    },
    /// A redirect to the same path below this URL.
    Redirect(String),
    /// The headers, then one byte every 50 ms.
    Drip,
    /// No reply until the client closes the connection.
    Silence,
    /// A body without end.
    Endless,
    /// This status with this body.
    Status(u16, String),
    /// These bytes, headers included.
    Raw(Vec<u8>),
}

/// An OpenID provider on its own port.
pub struct Provider {
    /// Its URL, which is the issuer of its tokens.
    pub issuer: String,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    replies: HashMap<String, Reply>,
    requests: Vec<String>,
    /// The head of the last request.
    head: String,
    connections: usize,
    /// Whether a connection is kept for further requests.
    keeps_alive: bool,
    is_away: bool,
    /// Whether requests wait until they are released.
    is_held: bool,
}

impl Provider {
    /// Starts a provider that publishes these keys.
    pub fn new(keys: &[Value]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let issuer = format!("http://{}", listener.local_addr().expect("an address"));
        let provider = Provider { issuer, shared: Arc::default() };
        let document = json!({ "issuer": provider.issuer, "jwks_uri": provider.jwks_uri(), "other": [1, {}] });
        provider.reply(DISCOVERY, Reply::json(&document));
        provider.publish(keys);
        let shared = Arc::clone(&provider.shared);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                thread::spawn(move || shared.serve(stream));
            }
        });
        provider
    }

    /// The URL of the keys.
    pub fn jwks_uri(&self) -> String {
        format!("{}{JWKS}", self.issuer)
    }

    /// Publishes these keys for an hour.
    pub fn publish(&self, keys: &[Value]) {
        self.publish_for(keys, "Cache-Control: public, max-age=3600\r\n");
    }

    /// Publishes these keys with these header lines.
    pub fn publish_for(&self, keys: &[Value], headers: &str) {
        let body = json!({ "keys": keys }).to_string();
        self.reply(JWKS, Reply::Json { headers: headers.to_owned(), body });
    }

    /// Sets the reply to requests for this path.
    pub fn reply(&self, path: &str, reply: Reply) {
        self.shared.lock().replies.insert(path.to_owned(), reply);
    }

    /// Closes connections without a reply, or replies again.
    pub fn go_away(&self, is_away: bool) {
        self.shared.lock().is_away = is_away;
    }

    /// Holds back all replies, or sends them again.
    pub fn hold(&self, is_held: bool) {
        self.shared.lock().is_held = is_held;
        self.shared.changed.notify_all();
    }

    /// Closes each connection after one reply, or keeps it for further requests.
    pub fn keep_alive(&self, keeps_alive: bool) {
        self.shared.lock().keeps_alive = keeps_alive;
    }

    /// The number of connections with at least one request.
    pub fn connections(&self) -> usize {
        self.shared.lock().connections
    }

    /// The request line and the headers of the last request.
    pub fn last_head(&self) -> String {
        self.shared.lock().head.clone()
    }

    /// The number of requests for this path.
    pub fn asked(&self, path: &str) -> usize {
        self.shared.lock().requests.iter().filter(|request| *request == path).count()
    }

    /// Waits until there were this many requests for this path.
    pub fn await_asked(&self, path: &str, times: usize) {
        let mut state = self.shared.lock();
        while state.requests.iter().filter(|request| *request == path).count() < times {
            state = self.shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Reply {
    /// 200 with this JSON and no further headers.
    pub fn json(body: &Value) -> Self {
        Reply::Json { headers: String::new(), body: body.to_string() }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers the requests of a connection. Write errors are ignored, because the client may be gone.
    fn serve(&self, stream: TcpStream) {
        let mut reader = BufReader::new(&stream);
        for place in 0.. {
            let mut head = String::new();
            while reader.read_line(&mut head).is_ok_and(|length| length > 2) {}
            let Some(path) = head.split(' ').nth(1).map(str::to_owned) else { return };
            let mut state = self.lock();
            if state.is_away {
                return;
            }
            let reply = state.replies.get(&path).cloned().unwrap_or(Reply::Status(404, String::new()));
            state.connections += usize::from(place == 0);
            state.head = head;
            state.requests.push(path.clone());
            self.changed.notify_all();
            while state.is_held {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            let keeps_alive = state.keeps_alive;
            drop(state);
            if answer(&stream, &path, &reply).is_err() || !keeps_alive {
                return;
            }
        }
    }
}

fn answer(mut stream: &TcpStream, path: &str, reply: &Reply) -> std::io::Result<()> {
    match reply {
        Reply::Json { headers, body } => {
            let length = body.len();
            write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n{headers}\r\n{body}")
        }
        Reply::Redirect(base) => {
            write!(stream, "HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: {base}{path}\r\n\r\n")
        }
        Reply::Drip => {
            write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n{{\"keys\":[")?;
            loop {
                write!(stream, " ")?;
                thread::sleep(Duration::from_millis(50));
            }
        }
        Reply::Silence => {
            // Until the client closes the connection.
            let _ = BufReader::new(stream).read_line(&mut String::new());
            Ok(())
        }
        Reply::Endless => {
            write!(stream, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")?;
            loop {
                write!(stream, "400\r\n{}\r\n", " ".repeat(1024))?;
            }
        }
        Reply::Status(status, body) => {
            let length = body.len();
            write!(stream, "HTTP/1.1 {status} Whatever\r\nContent-Length: {length}\r\n\r\n{body}")
        }
        Reply::Raw(bytes) => stream.write_all(bytes),
    }
}

//! A client of a node. It has one persistent connection, and sends one request at a time.

use std::io::{self, BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::Duration;

use jwtauth::SessionId;
use serde_json::Value;

pub(crate) struct Client {
    port: u16,
    connection: Option<BufReader<TcpStream>>,
}

/// A response.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: String,
}

/// The tokens of a session.
#[derive(Clone, Debug)]
pub(crate) struct Tokens {
    pub(crate) access: String,
    pub(crate) refresh: String,
}

/// A timeout that is longer than any step takes.
const PATIENCE: Duration = Duration::from_secs(120);

impl Client {
    pub(crate) fn new(port: u16) -> Self {
        Client { port, connection: None }
    }

    /// Logs `alice` in.
    pub(crate) fn login(&mut self) -> Tokens {
        self.login_as("alice", "wonderland")
    }

    pub(crate) fn login_as(&mut self, username: &str, password: &str) -> Tokens {
        let form = format!("username={username}&password={password}");
        self.send("POST", "/login", "", &form).expect("an answer").tokens()
    }

    pub(crate) fn refresh(&mut self, token: &str) -> Answer {
        self.post("/refresh", token)
    }

    /// Returns the status of a guarded route.
    pub(crate) fn me(&mut self, token: &str) -> u16 {
        self.get("/me", token).status
    }

    pub(crate) fn get(&mut self, path: &str, token: &str) -> Answer {
        self.send("GET", path, token, "").expect("an answer")
    }

    pub(crate) fn post(&mut self, path: &str, token: &str) -> Answer {
        self.send("POST", path, token, "").expect("an answer")
    }

    pub(crate) fn delete(&mut self, path: &str, token: &str) -> Answer {
        self.send("DELETE", path, token, "").expect("an answer")
    }

    /// Fails if the node stops before the response is complete.
    pub(crate) fn try_refresh(&mut self, token: &str) -> io::Result<Answer> {
        self.send("POST", "/refresh", token, "")
    }

    pub(crate) fn connect(&mut self) -> io::Result<()> {
        if self.connection.is_none() {
            let stream = TcpStream::connect(("127.0.0.1", self.port))?;
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(PATIENCE))?;
            self.connection = Some(BufReader::new(stream));
        }
        Ok(())
    }

    fn send(&mut self, method: &str, path: &str, token: &str, form: &str) -> io::Result<Answer> {
        self.connect()?;
        let mut request = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n", form.len());
        if !token.is_empty() {
            request += &format!("Authorization: Bearer {token}\r\n");
        }
        if !form.is_empty() {
            request += "Content-Type: application/x-www-form-urlencoded\r\n";
        }
        request += &format!("\r\n{form}");
        // The connection is only put back after the complete response was read.
        let mut connection = self.connection.take().ok_or(io::ErrorKind::NotConnected)?;
        connection.get_mut().write_all(request.as_bytes())?;
        let answer = Answer::read(&mut connection)?;
        if answer.header("Connection") != Some("close") {
            self.connection = Some(connection);
        }
        Ok(answer)
    }
}

impl Answer {
    fn read(from: &mut impl BufRead) -> io::Result<Self> {
        let status = line(from)?;
        let status =
            status.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or(io::ErrorKind::InvalidData)?;
        let mut answer = Answer { status, headers: Vec::new(), body: String::new() };
        loop {
            let line = line(from)?;
            let Some((name, value)) = line.split_once(':') else { break };
            answer.headers.push((name.to_owned(), value.trim().to_owned()));
        }
        let length = answer.header("Content-Length").map_or(Ok(0), str::parse);
        let mut body = vec![0; length.map_err(|_| io::ErrorKind::InvalidData)?];
        from.read_exact(&mut body)?;
        answer.body = String::from_utf8(body).map_err(|_| io::ErrorKind::InvalidData)?;
        Ok(answer)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let header = self.headers.iter().find(|(header, _)| header.eq_ignore_ascii_case(name));
        header.map(|(_, value)| value.as_str())
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    #[track_caller]
    pub(crate) fn tokens(&self) -> Tokens {
        assert_eq!(self.status, 200, "{self:?}");
        let body = self.json();
        let text = |name: &str| body[name].as_str().unwrap_or_else(|| panic!("no {name}: {body}")).to_owned();
        Tokens { access: text("access_token"), refresh: text("refresh_token") }
    }
}

impl Tokens {
    pub(crate) fn session(&self) -> SessionId {
        jwtauth_tests::payload(&self.access)["sid"].as_str().expect("a sid").parse().expect("the id of a session")
    }

    /// The generation in the refresh token: how often the session was refreshed.
    pub(crate) fn generation(&self) -> u64 {
        let bytes = base64_simd::URL_SAFE_NO_PAD.decode_to_vec(&self.refresh).expect("base64url");
        u64::from_be_bytes(bytes[17..25].try_into().expect("eight bytes"))
    }
}

fn line(from: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    // A line without its end is incomplete: the node has stopped.
    match from.read_line(&mut line)? {
        _ if line.ends_with("\r\n") => Ok(line.trim_end().to_owned()),
        _ => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

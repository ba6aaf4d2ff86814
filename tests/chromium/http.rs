//! HTTP, as far as WebDriver and static pages need it.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// A timeout that is longer than any step takes.
const PATIENCE: Duration = Duration::from_secs(120);

/// Sends a request on a new connection, and returns the status and the body.
pub(crate) fn send(port: u16, method: &str, path: &str, body: &str) -> io::Result<(u16, String)> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let kind = "Content-Type: application/json; charset=utf-8";
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n{kind}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )?;
    let message = Message::read(&mut BufReader::new(stream))?;
    let status = message.first.split(' ').nth(1).and_then(|status| status.parse().ok());
    Ok((status.ok_or(io::ErrorKind::InvalidData)?, message.body))
}

/// A request or response.
pub(crate) struct Message {
    /// The first line.
    pub(crate) first: String,
    pub(crate) body: String,
}

impl Message {
    pub(crate) fn read(from: &mut impl BufRead) -> io::Result<Message> {
        let first = line(from)?;
        let mut length = 0;
        loop {
            let header = line(from)?;
            let Some((name, value)) = header.split_once(':') else { break };
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().map_err(|_| io::ErrorKind::InvalidData)?;
            }
        }
        let mut body = String::new();
        from.take(length).read_to_string(&mut body)?;
        Ok(Message { first, body })
    }
}

fn line(from: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    from.read_line(&mut line)?;
    Ok(line.trim_end().to_owned())
}

//! A server of another origin, with one page.

use std::io::{BufReader, Write};
use std::net::TcpListener;
use std::thread;

use crate::http::Message;

/// Serves a page on a port of its own. The thread ends with the tests.
pub(crate) fn serve(html: String) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            // A connection that a browser opens ahead of its use must not keep the others waiting.
            let html = html.clone();
            thread::spawn(move || {
                let request = Message::read(&mut BufReader::new(&stream));
                if request.is_ok_and(|request| request.first.starts_with("GET")) {
                    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nConnection: close";
                    let _ = write!(stream, "{head}\r\nContent-Length: {}\r\n\r\n{html}", html.len());
                }
            });
        }
    });
    port
}

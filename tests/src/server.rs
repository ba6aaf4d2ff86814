//! An application behind a real socket, for hand-written HTTP.

use std::sync::Mutex;

use rocket::fairing::AdHoc;
use rocket::tokio::io::{AsyncReadExt, AsyncWriteExt};
use rocket::tokio::net::TcpStream;
use rocket::tokio::sync::oneshot;
use rocket::tokio::task::JoinHandle;
use rocket::{Build, Rocket, Shutdown, tokio};

use crate::answer::Answer;

/// An application on a free port of this machine.
pub struct Server {
    port: u16,
    shutdown: Shutdown,
    task: JoinHandle<()>,
}

impl Server {
    /// Launches this Rocket.
    pub async fn start(rocket: Rocket<Build>) -> Self {
        let (tell, port) = oneshot::channel();
        let tell = Mutex::new(Some(tell));
        let figment = rocket.figment().clone();
        let figment = figment.merge(("port", 0)).merge(("address", "127.0.0.1")).merge(("shutdown.ctrlc", false));
        let rocket = rocket.configure(figment).attach(AdHoc::on_liftoff("port", move |rocket| {
            let tell = tell.lock().expect("a sender").take().expect("one liftoff");
            tell.send(rocket.config().port).expect("a receiver");
            Box::pin(async {})
        }));
        let rocket = rocket.ignite().await.expect("a launch");
        let shutdown = rocket.shutdown();
        let task = tokio::spawn(async move {
            rocket.launch().await.expect("a server");
        });
        Server { port: port.await.expect("a port"), shutdown, task }
    }

    /// Shuts the application down.
    pub async fn stop(self) {
        self.shutdown.notify();
        self.task.await.expect("a server");
    }

    /// Its URL.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Opens a connection.
    pub async fn connect(&self) -> TcpStream {
        TcpStream::connect(("127.0.0.1", self.port)).await.expect("a connection")
    }

    /// Sends these bytes, and reads one response up to the end of the connection.
    pub async fn raw(&self, request: &[u8]) -> Answer {
        let mut stream = self.connect().await;
        stream.write_all(request).await.expect("it is sent");
        let mut response = Vec::new();
        stream.read_to_end(&mut response).await.expect("it is read");
        Answer::parse(&String::from_utf8(response).expect("text"))
    }

    /// Sends a request without a body. The server closes the connection. `start` is the method and the path.
    pub async fn send(&self, start: &str, headers: &[&str]) -> Answer {
        let headers = Vec::from_iter(headers.iter().map(|header| format!("{header}\r\n"))).concat();
        let length = if start.starts_with("POST") { "Content-Length: 0\r\n" } else { "" };
        self.raw(format!("{start} HTTP/1.1\r\n{headers}{length}Connection: close\r\n\r\n").as_bytes()).await
    }
}

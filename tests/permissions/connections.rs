//! Guarded mounts over real connections: a local client refuses some of these paths, and has no sockets.

use jwtauth::{Clock, Identity, JwtAuth, guarded};
use jwtauth_tests::NOW;
use jwtauth_tests::folder::Folder;
use jwtauth_tests::server::Server;
use rocket::data::{Data, IoHandler, IoStream};
use rocket::fs::FileServer;
use rocket::http::{Method, Status};
use rocket::request::Request;
use rocket::response::{self, Responder, Response};
use rocket::route::{Handler, Outcome, Route};
use rocket::tokio::io::{AsyncReadExt, AsyncWriteExt, copy, split};
use rocket::{Build, Rocket, get, routes};
use serde_json::json;

use crate::permissions_app::{Profile, block_on, own_token, permission};

type Reader = Identity<Profile, permission::ReadOrders>;

const CONTENT: &str = "the content of a file";

/// Paths to the file `secret.txt` or to its folder, as attackers write them.
const TRICKS: &[&str] = &[
    "/files/secret.txt",
    "/files/secret.txt/",
    "/files/secret.txt.",
    "/files/secret.txt..",
    "/files/secret.txt%20",
    "/files/secret.txt%00",
    "/files/secret.txt%00.png",
    "/files/secret.txt;a=b",
    "/files/secret.txt%3Ba",
    "/files/secret.txt?a",
    "/files/secret.txt%3Fa",
    "/files/secret.txt%23",
    "/files/Secret.txt",
    "/files/SECRET.TXT",
    "/files/secret%2etxt",
    "/files/%73ecret.txt",
    "/files/%2573ecret.txt",
    "/files/./secret.txt",
    "/files/.%2fsecret.txt",
    "/files/%2e/secret.txt",
    "/files/%2e%2e/files/secret.txt",
    "/files/../files/secret.txt",
    "/files/sub/../secret.txt",
    "/files/sub/%2e%2e/secret.txt",
    "/files/sub/..%2fsecret.txt",
    "/files/sub/..%5csecret.txt",
    "/files/sub/..;/secret.txt",
    "/files/sub/.%2e/secret.txt",
    "/files/..%c0%afsecret.txt",
    "/files//secret.txt",
    "//files/secret.txt",
    "/files///secret.txt",
    "/files/%2fsecret.txt",
    "/files/\\secret.txt",
    "/./files/secret.txt",
    "/%2e/files/secret.txt",
    "/public/../files/secret.txt",
    "/public/..%2ffiles/secret.txt",
    "/public/..;/files/secret.txt",
    "/;/files/secret.txt",
    "/files;/secret.txt",
    "/files;a=b/secret.txt",
    "/files%2fsecret.txt",
    "/files%00/secret.txt",
    "/Files/secret.txt",
    "/FILES/secret.txt",
    "/%66iles/secret.txt",
    "/f%69les/secret.txt",
    "/files.",
    "/files./secret.txt",
    "/files",
    "/files/",
    "/files//",
    "/files/sub",
    "/files/sub/",
    "/files/sub/index.html",
    "/files/.hidden",
    "http://localhost/files/secret.txt",
    "*",
    "/files/secret.txt%2f",
    "/files/secret.txt%0a",
    "/files/secret.txt\u{0}",
    "/files/\u{0}secret.txt",
    "/files/%2e%2e%2f%2e%2e%2ffiles/secret.txt",
    "/files/%252e%252e/files/secret.txt",
    "/../files/secret.txt",
    "/%2e%2e/files/secret.txt",
    "/files/secret.txt#",
    "/files/\u{ff0e}\u{ff0e}/secret.txt",
    "/files\\secret.txt",
    "//localhost/files/secret.txt",
    "files/secret.txt",
];

async fn serve(mount: impl FnOnce(Rocket<Build>) -> Rocket<Build>) -> Server {
    let fairing = JwtAuth::fairing().clock(Clock::manual(NOW));
    Server::start(mount(jwtauth_tests::rocket(json!({})).attach(fairing))).await
}

fn bearer(permission: &str) -> String {
    format!("Authorization: Bearer {}", own_token(json!({ "permissions": [permission] })))
}

#[test]
fn guarded_file_server_never_shows_a_file_to_others() {
    let folder = Folder::new();
    for file in ["secret.txt", "sub/index.html", "index.html", ".hidden"] {
        let path = folder.path(file);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, CONTENT).expect("a file");
    }
    block_on(async {
        let files = FileServer::from(&folder);
        let server = serve(|rocket| rocket.mount("/files", guarded::<Reader>(files))).await;
        let others = bearer("users:read");
        let mut refused = 0;
        for path in TRICKS {
            for method in ["GET", "HEAD", "OPTIONS", "POST"] {
                for (token, status) in [("Accept: */*", 401), (others.as_str(), 403)] {
                    let answer = server.send(&format!("{method} {path}"), &["Host: localhost", token]).await;
                    // 400: it is not HTTP, and no route has seen it.
                    let is_refused = [status, 404].contains(&answer.status) || answer.status == 400 && !is_path(path);
                    assert!(is_refused, "{method} {path}: {answer:?}");
                    assert!(!answer.body.contains(CONTENT), "{method} {path}: {answer:?}");
                    refused += u32::from(answer.status == status);
                }
            }
        }
        // Not all of them are 404.
        assert!(refused > 100, "{refused}");
        let reader = bearer("orders:read");
        for path in ["/files/secret.txt", "/files/sub", "/files/", "/files/%73ecret.txt"] {
            let answer = server.send(&format!("GET {path}"), &["Host: localhost", &reader]).await;
            assert_eq!((answer.status, answer.body.as_str()), (200, CONTENT), "{path}");
        }
        server.stop().await;
    });
}

/// Whether all characters are allowed in a request (RFC 3986 §3.3), and it begins as a path does.
fn is_path(path: &str) -> bool {
    path.starts_with('/') && path.bytes().all(|byte| byte.is_ascii_graphic() && !b"\\#".contains(&byte))
}

/// A socket that sends back what it receives, after an upgrade of the connection.
struct Echo;

#[rocket::async_trait]
impl IoHandler for Echo {
    async fn io(self: std::pin::Pin<Box<Self>>, io: IoStream) -> std::io::Result<()> {
        let (mut reader, mut writer) = split(io);
        copy(&mut reader, &mut writer).await.map(drop)
    }
}

impl<'r> Responder<'r, 'static> for Echo {
    fn respond_to(self, _: &'r Request<'_>) -> response::Result<'static> {
        Response::build().upgrade("websocket", Echo).ok()
    }
}

#[get("/echo")]
fn echo() -> Echo {
    Echo
}

#[test]
fn guarded_socket_opens_only_for_the_user() {
    block_on(async {
        let server = serve(|rocket| rocket.mount("/sockets", guarded::<Reader>(routes![echo]))).await;
        let handshake = |token: &str| {
            format!(
                "GET /sockets/echo HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                 Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{token}\r\n\r\n"
            )
        };
        for (token, status) in [("Accept: */*", "401"), (bearer("users:read").as_str(), "403")] {
            let mut stream = server.connect().await;
            stream.write_all(format!("{}ping", handshake(token)).as_bytes()).await.expect("it is sent");
            let mut head = [0; 12];
            stream.read_exact(&mut head).await.expect("an answer");
            assert_eq!(head, format!("HTTP/1.1 {status}").as_bytes());
        }
        let mut stream = server.connect().await;
        stream.write_all(handshake(&bearer("orders:read")).as_bytes()).await.expect("it is sent");
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            answer.push(stream.read_u8().await.expect("an answer"));
        }
        assert!(answer.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&answer));
        stream.write_all(b"ping").await.expect("it is sent");
        let mut pong = [0; 4];
        stream.read_exact(&mut pong).await.expect("an answer");
        assert_eq!(&pong, b"ping");
        drop(stream);
        server.stop().await;
    });
}

/// Routes as another crate has them: its own handler, without macros, names and guards.
#[derive(Clone)]
struct Dashboard;

#[rocket::async_trait]
impl Handler for Dashboard {
    async fn handle<'r>(&self, request: &'r Request<'_>, data: Data<'r>) -> Outcome<'r> {
        match request.uri().path().ends_with("forwards") {
            true => Outcome::forward(data, Status::NotFound),
            false => Outcome::from(request, format!("the dashboard at {}", request.uri())),
        }
    }
}

impl From<Dashboard> for Vec<Route> {
    fn from(dashboard: Dashboard) -> Self {
        let all = [Method::Get, Method::Post, Method::Options].into_iter();
        let mut routes = Vec::from_iter(all.map(|method| Route::ranked(11, method, "/<path..>", dashboard.clone())));
        routes.push(Route::new(Method::Get, "/", dashboard));
        routes
    }
}

#[test]
fn guarded_routes_of_another_crate_answer_only_the_user() {
    block_on(async {
        let server = serve(|rocket| rocket.mount("/dash", guarded::<Reader>(Dashboard))).await;
        let (reader, others) = (bearer("orders:read"), bearer("users:read"));
        for path in ["/dash", "/dash/", "/dash/a/b?c", "/dash/%2e%2e/x"] {
            for (token, status) in [("Accept: */*", 401), (others.as_str(), 403), (reader.as_str(), 200)] {
                for method in ["GET", "POST", "OPTIONS"].into_iter().filter(|method| *method == "GET" || path.len() > 6)
                {
                    let answer = server.send(&format!("{method} {path}"), &["Host: localhost", token]).await;
                    assert_eq!(answer.status, status, "{method} {path}: {answer:?}");
                    assert_eq!(answer.body.contains("dashboard"), status == 200, "{answer:?}");
                }
            }
        }
        for (token, status) in [("Accept: */*", 401), (reader.as_str(), 404)] {
            assert_eq!(server.send("GET /dash/forwards", &["Host: localhost", token]).await.status, status);
        }
        server.stop().await;
    });
}

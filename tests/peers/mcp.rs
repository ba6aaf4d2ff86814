//! The client of the official SDK for MCP: from the URL of an application, it finds the metadata of the resource and
//! the authorization server, gets a token, and calls a guarded route.

use std::thread;

use jwtauth::{Identity, JwtAuth, Permissions};
use jwtauth_tests::figment;
use jwtauth_tests::redis_server::free_port;
use rocket::http::Status;
use rocket::serde::json::{Json, Value, json};
use rocket::{Shutdown, get, post, routes, tokio};

use crate::program::{MCP_CLIENT, OIDC_PROVIDER};

/// The names are the scopes of the authorization server.
#[derive(Permissions)]
enum Permission {
    #[permission("read")]
    Read,
    #[permission("write", implies(Read))]
    Write,
}

type Reader = Identity<(), permission::Read>;

/// Streamable HTTP without streams: each request of JSON-RPC gets its response, and a notification 202.
#[post("/mcp", data = "<message>")]
fn mcp(identity: Reader, message: Json<Value>) -> Result<Value, Status> {
    let result = match message["method"].as_str() {
        Some("initialize") => json!({
            "protocolVersion": message["params"]["protocolVersion"], "capabilities": { "tools": {} },
            "serverInfo": { "name": "orders", "version": "1.0.0" },
        }),
        Some("tools/list") => json!({ "tools": [{ "name": "orders", "inputSchema": { "type": "object" } }] }),
        Some("tools/call") => {
            json!({ "content": [{ "type": "text", "text": format!("The orders of {}", identity.userid()) }] })
        }
        _ => return Err(Status::Accepted),
    };
    Ok(json!({ "jsonrpc": "2.0", "id": message["id"], "result": result }))
}

/// There is no stream of the server's own messages.
#[get("/mcp")]
fn stream(_identity: Reader) -> Status {
    Status::MethodNotAllowed
}

/// An application on a port. It ends when this is dropped.
struct Server {
    shutdown: Shutdown,
    thread: Option<thread::JoinHandle<()>>,
}

impl Server {
    fn start(port: u16, issuer: &str) -> Self {
        let settings = json!({
            "resource": format!("http://127.0.0.1:{port}/mcp"),
            "issuers": [{ "issuer": issuer, "permissions_claim": "scope" }],
        });
        let figment = figment(settings).merge(("port", port)).merge(("address", "127.0.0.1"));
        let (launched, launch) = std::sync::mpsc::channel();
        let thread = thread::spawn(move || {
            let listening = rocket::fairing::AdHoc::on_liftoff("listening", move |rocket| {
                Box::pin(async move { launched.send(rocket.shutdown()).expect("the test waits") })
            });
            let rocket =
                rocket::custom(figment).attach(JwtAuth::fairing()).attach(listening).mount("/", routes![mcp, stream]);
            let runtime = tokio::runtime::Runtime::new().expect("a runtime");
            runtime.block_on(rocket.launch()).expect("a launch");
        });
        Server { shutdown: launch.recv().expect("a launch"), thread: Some(thread) }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shutdown.clone().notify();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[test]
fn mcp_client_finds_authorization_server_and_calls_guarded_route() {
    let Some(mut client) = MCP_CLIENT.start() else { return };
    let Some(mut provider) = OIDC_PROVIDER.start() else { return };
    let issuer = provider.ask(&json!({ "op": "start", "algorithm": "ES256", "kid": "one", "keep": 0 }));
    let issuer = issuer["issuer"].as_str().expect("an issuer");
    let port = free_port();
    let _server = Server::start(port, issuer);
    let resource = format!("http://127.0.0.1:{port}/mcp");
    let metadata = format!("http://127.0.0.1:{port}/.well-known/oauth-protected-resource/mcp");

    let question = json!({
        "op": "call", "url": resource, "tool": "orders", "issuer": issuer, "clientId": "shop",
        "clientSecret": "a secret of the tests, for the token endpoint",
    });
    let answer = client.ask(&question);
    assert_eq!(answer["tools"], json!(["orders"]), "{answer:#}");
    assert_eq!(answer["content"], json!([{ "type": "text", "text": "The orders of shop" }]));
    // One challenge, with the scope of the route, and no error, because there was no token.
    assert_eq!(answer["challenges"], json!([{ "resourceMetadataUrl": metadata, "scope": "read" }]));
    let requests = answer["requests"].as_array().expect("a list");
    let seen: Vec<_> = requests.iter().map(|request| (request["url"].as_str(), request["status"].as_u64())).collect();
    let expected = [(Some(&*resource), Some(401)), (Some(&*metadata), Some(200))];
    assert_eq!(seen[..2], expected, "{answer:#}");
    let token = requests.iter().find(|request| request["what"]["grant_type"] == "client_credentials");
    let token = &token.expect("a request for a token")["what"];
    assert_eq!((&token["resource"], &token["scope"]), (&json!(resource), &json!("read")));
    let called = requests.iter().filter(|request| request["what"] == "tools/call" && request["status"] == 200);
    assert_eq!(called.count(), 1, "{answer:#}");
}

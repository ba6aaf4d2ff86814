//! The routes of the metadata of the protected resource (RFC 9728 §3).

use std::io::Cursor;

use rocket::Data;
use rocket::http::{ContentType, Header, Method, Status};
use rocket::request::Request;
use rocket::response::Response;
use rocket::route::{Handler, Outcome, Route};
use serde::Serialize;

use crate::jwtauth::JwtAuth;

/// How long clients may keep the metadata, in seconds. A client that is sent to a former authorization server fails for
/// at most that long.
const MAX_AGE: &str = "300";

/// The routes for `GET`, from which Rocket also answers `HEAD`, and for the preflight of browsers.
pub(super) fn routes(path: &str) -> [Route; 2] {
    [Method::Get, Method::Options].map(|method| {
        let mut route = Route::new(method, path, ResourceMetadata);
        route.name = Some("jwtauth_resource_metadata".into());
        route
    })
}

#[derive(Clone)]
struct ResourceMetadata;

/// The members of RFC 9728 §2. Members without a value are left out (§3.2).
#[derive(Serialize)]
struct Document<'d> {
    resource: &'d str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    authorization_servers: &'d [String],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    scopes_supported: Vec<&'static str>,
    bearer_methods_supported: [&'static str; 1],
}

#[rocket::async_trait]
impl Handler for ResourceMetadata {
    async fn handle<'r>(&self, request: &'r Request<'_>, _: Data<'r>) -> Outcome<'r> {
        let Some(jwtauth) = JwtAuth::of(request) else {
            return Outcome::Error(Status::InternalServerError);
        };
        let Some(resource) = &jwtauth.config().resource else {
            return Outcome::Error(Status::NotFound);
        };
        let mut response = Response::new();
        // The metadata is the same for everyone, and clients in browsers have other origins.
        response.set_header(Header::new("Access-Control-Allow-Origin", "*"));
        if request.method() == Method::Options {
            response.set_status(Status::NoContent);
            response.set_header(Header::new("Allow", "GET, HEAD, OPTIONS"));
            response.set_header(Header::new("Access-Control-Allow-Methods", "GET, HEAD"));
            // Clients send headers of their own, such as `MCP-Protocol-Version`.
            response.set_header(Header::new("Access-Control-Allow-Headers", "*"));
            response.set_header(Header::new("Access-Control-Max-Age", MAX_AGE));
            return Outcome::Success(response);
        }
        let document = Document {
            resource: &resource.identifier,
            authorization_servers: &resource.authorization_servers,
            scopes_supported: jwtauth.declared().all(),
            bearer_methods_supported: ["header"],
        };
        let Ok(text) = serde_json::to_string(&document) else {
            return Outcome::Error(Status::InternalServerError);
        };
        response.set_header(ContentType::JSON);
        response.set_header(Header::new("Cache-Control", format!("public, max-age={MAX_AGE}")));
        response.set_sized_body(text.len(), Cursor::new(text));
        Outcome::Success(response)
    }
}

//! The response with the published keys: caching and `ETag`.

use std::io::Cursor;
use std::sync::Arc;

use base64_simd::URL_SAFE_NO_PAD as BASE64;
use rocket::Data;
use rocket::http::{ContentType, Header, Method, Status};
use rocket::request::Request;
use rocket::response::{self, Responder, Response};
use rocket::route::{Handler, Outcome, Route};
use sha2::{Digest, Sha256};

use super::state::Rotation;
use crate::keys::Jwks;

impl<'r> Responder<'r, 'static> for Jwks {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        let max_age = self.max_age();
        let text = self.into_text();
        let etag = etag(&text);
        let is_known = request.headers().get("If-None-Match").any(|known| names(known, &etag));
        let mut response = Response::new();
        response.set_header(Header::new("Cache-Control", format!("max-age={}", max_age)));
        response.set_header(Header::new("ETag", etag));
        if is_known {
            response.set_status(Status::NotModified);
        } else {
            response.set_header(ContentType::new("application", "jwk-set+json"));
            response.set_sized_body(text.len(), Cursor::new(text));
        }
        Ok(response)
    }
}

/// Whether an `If-None-Match` header contains this entity tag, weak or strong (RFC 9110 §13.1.2).
fn names(if_none_match: &str, etag: &str) -> bool {
    if_none_match.split(',').map(str::trim).any(|known| known == "*" || known.trim_start_matches("W/") == etag)
}

/// The entity tag of a text (RFC 9110 §8.8.3).
fn etag(text: &str) -> String {
    let hash = Sha256::digest(text);
    format!("\"{}\"", BASE64.encode_to_string(&hash[..12]))
}

/// The route at `jwks_path`. It publishes the current keys.
pub(crate) fn route(path: &str, rotation: &Arc<Rotation>) -> Route {
    let mut route = Route::new(Method::Get, path, Publish(Arc::clone(rotation)));
    route.name = Some("jwtauth_jwks".into());
    route
}

#[derive(Clone)]
struct Publish(Arc<Rotation>);

#[rocket::async_trait]
impl Handler for Publish {
    async fn handle<'r>(&self, request: &'r Request<'_>, _: Data<'r>) -> Outcome<'r> {
        Outcome::from(request, self.0.jwks())
    }
}

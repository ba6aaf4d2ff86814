use std::fmt;
use std::io::Cursor;

use base64_simd::URL_SAFE_NO_PAD as BASE64;
use rocket::Data;
use rocket::http::{ContentType, Header, Method, Status};
use rocket::request::Request;
use rocket::response::{self, Responder, Response};
use rocket::route::{Handler, Outcome, Route};
use sha2::{Digest, Sha256};

use crate::jwtauth::JwtAuth;
use crate::keys::KeyRing;

/// For how long a set may be kept by those who fetch it, in seconds. A key is to be published for longer than that
/// before it signs.
pub(crate) const MAX_AGE: u64 = 5 * 60;

/// The public keys of an application, from [`JwtAuth::jwks`]: a JWK set (RFC 7517 §5).
///
/// In it are the keys in force and those that sign later, until they are retired; of each the public part, with its
/// `kid`, `alg` and `use`. There is never a secret in it, nor anything of a private key. It is also its text, by
/// [`Display`](fmt::Display).
///
/// As a responder it is 200, or 304 for who has the same (`If-None-Match`, RFC 9110 §13.1.2):
///
/// ```http
/// HTTP/1.1 200 OK
/// Content-Type: application/jwk-set+json
/// Cache-Control: max-age=300
/// ETag: "ZmluZ2VycHJpbnQ"
///
/// {"keys":[{"alg":"EdDSA","crv":"Ed25519","kid":"kPrK_qmx…","kty":"OKP","use":"sig","x":"11qYAYKx…"}]}
/// ```
///
/// It may be kept for 5 minutes, or until a key in it is retired if that comes earlier. So publish a key with a
/// `sign_from` that is further ahead than that: then everybody has it before the first token that it signs.
#[derive(Clone, Debug)]
pub struct Jwks {
    text: String,
    max_age: u64,
}

impl JwtAuth {
    /// The public keys of the application, for a route of its own; the setting `jwks_path` makes one.
    ///
    /// ```
    /// # use jwtauth::{Jwks, JwtAuth};
    /// use rocket::get;
    ///
    /// #[get("/keys")]
    /// fn keys(jwtauth: &JwtAuth) -> Jwks {
    ///     jwtauth.jwks()
    /// }
    /// ```
    pub fn jwks(&self) -> Jwks {
        Jwks::new(&self.keys(), self.now())
    }
}

impl Jwks {
    fn new(ring: &KeyRing, now: u64) -> Self {
        let keys = ring.keys().iter().filter(|key| !key.is_retired(now));
        let next_end = keys.clone().filter_map(|key| key.term().ends_at()).min();
        let set = serde_json::json!({ "keys": keys.filter_map(crate::Key::jwk).collect::<Vec<_>>() });
        let max_age = next_end.map_or(MAX_AGE, |end| MAX_AGE.min(end.saturating_sub(now)));
        Jwks { text: set.to_string(), max_age }
    }

    /// A set that was written elsewhere.
    #[cfg(feature = "jsonwebtoken")]
    pub(crate) fn from_text(text: String) -> Self {
        Jwks { text, max_age: MAX_AGE }
    }

    fn etag(&self) -> String {
        let hash = Sha256::digest(&self.text);
        format!("\"{}\"", BASE64.encode_to_string(&hash[..12]))
    }
}

impl fmt::Display for Jwks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl<'r> Responder<'r, 'static> for Jwks {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        let etag = self.etag();
        let is_known = request.headers().get("If-None-Match").any(|known| names(known, &etag));
        let mut response = Response::new();
        response.set_header(Header::new("Cache-Control", format!("max-age={}", self.max_age)));
        response.set_header(Header::new("ETag", etag));
        if is_known {
            response.set_status(Status::NotModified);
        } else {
            response.set_header(ContentType::new("application", "jwk-set+json"));
            response.set_sized_body(self.text.len(), Cursor::new(self.text));
        }
        Ok(response)
    }
}

/// Whether an `If-None-Match` names this entity tag, be it as a weak one (RFC 9110 §13.1.2).
fn names(if_none_match: &str, etag: &str) -> bool {
    if_none_match.split(',').map(str::trim).any(|known| known == "*" || known.trim_start_matches("W/") == etag)
}

/// The route that `jwks_path` asks for.
pub(crate) fn route(path: &str) -> Route {
    let mut route = Route::new(Method::Get, path, Publish);
    route.name = Some("jwtauth_jwks".into());
    route
}

#[derive(Clone)]
struct Publish;

#[rocket::async_trait]
impl Handler for Publish {
    async fn handle<'r>(&self, request: &'r Request<'_>, _: Data<'r>) -> Outcome<'r> {
        match JwtAuth::of(request) {
            Some(jwtauth) => Outcome::from(request, jwtauth.jwks()),
            // Not mounted by the fairing, then.
            None => Outcome::Error(Status::NotFound),
        }
    }
}

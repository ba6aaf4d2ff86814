use std::fmt;
use std::io::Cursor;

use rocket::http::{ContentType, Header};
use rocket::request::Request;
use rocket::response::{self, Responder, Response};
use serde::Serialize;

/// The tokens that a client gets from a login or a refresh. Login and refresh routes return it.
///
/// As a responder, it sends 200 with the token response of RFC 6749 §5.1:
///
/// ```http
/// HTTP/1.1 200 OK
/// Authorization: Bearer eyJhbGciOi…
/// Cache-Control: no-store
/// Content-Type: application/json
///
/// {"access_token":"eyJhbGciOi…","token_type":"Bearer","expires_in":1800}
/// ```
///
/// With [sessions](crate::guide::sessions) the body has two more members, `"refresh_token"` and `"refresh_expires_in"`.
///
/// Only these methods create it: [`Auth::remember`](crate::Auth::remember),
/// [`Refreshing::renew`](crate::Refreshing::renew), [`JwtAuth::issue`](crate::JwtAuth::issue). It serializes to the
/// JSON above, so that it can be part of a larger response. Its `Debug` output contains no token.
#[derive(Clone, Serialize)]
pub struct Tokens {
    pub(crate) access_token: String,
    pub(crate) token_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expires_in: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) refresh_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) refresh_expires_in: Option<u64>,
}

impl Tokens {
    pub(crate) fn with_refresh(mut self, token: String, expires_in: u64) -> Self {
        self.refresh_token = Some(token);
        self.refresh_expires_in = Some(expires_in);
        self
    }

    /// The access token.
    pub fn access_token(&self) -> &str {
        &self.access_token
    }

    /// The scheme with which the client sends the access token: the setting `auth_header_prefix`.
    pub fn token_type(&self) -> &str {
        &self.token_type
    }

    /// The seconds until the access token expires. `None` if it never expires.
    pub fn expires_in(&self) -> Option<u64> {
        self.expires_in
    }

    /// The refresh token, with sessions. The client sends it to the refresh and logout endpoints only. `None` without
    /// sessions: the client then refreshes the access token itself.
    pub fn refresh_token(&self) -> Option<&str> {
        self.refresh_token.as_deref()
    }

    /// The seconds until the session ends, unless it is refreshed before. `None` without sessions.
    pub fn refresh_expires_in(&self) -> Option<u64> {
        self.refresh_expires_in
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens")
            .field("token_type", &self.token_type)
            .field("expires_in", &self.expires_in)
            .field("refresh_expires_in", &self.refresh_expires_in)
            .finish_non_exhaustive()
    }
}

impl<'r> Responder<'r, 'static> for Tokens {
    fn respond_to(self, _: &'r Request<'_>) -> response::Result<'static> {
        // Strings and a number always serialize.
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let authorization = format!("{} {}", self.token_type, self.access_token);
        Response::build()
            .header(ContentType::JSON)
            .header(Header::new("Authorization", authorization))
            .header(Header::new("Cache-Control", "no-store"))
            .sized_body(body.len(), Cursor::new(body))
            .ok()
    }
}

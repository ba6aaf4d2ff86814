use std::fmt;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::delivery::Delivery;

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
/// Only these methods create it: [`Auth::remember`](crate::Auth::remember), [`Auth::confirm`](crate::Auth::confirm),
/// [`Refreshing::renew`](crate::Refreshing::renew), [`JwtAuth::issue`](crate::JwtAuth::issue). It serializes to the
/// JSON above, so that it can be part of a larger response. Its `Debug` output contains no token.
///
/// With [cookies](crate::guide::browsers), the response sets them, and neither the header nor the JSON contains a
/// token: the body is `{"expires_in":1800}`. A login with [`in_body`](crate::Issuing::in_body) and a refresh with a
/// token from the header still get the response above.
#[derive(Clone)]
#[must_use = "a route must return it, or the client gets no tokens"]
pub struct Tokens {
    pub(crate) access_token: String,
    pub(crate) token_type: String,
    pub(crate) expires_in: Option<u64>,
    pub(crate) refresh_token: Option<String>,
    pub(crate) refresh_expires_in: Option<u64>,
    /// The seconds until the login ends, unless it is refreshed before. `None` if it never ends.
    pub(crate) login_expires_in: Option<u64>,
    /// Whether the access token itself can be refreshed.
    pub(crate) is_refreshable: bool,
    pub(crate) delivery: Delivery,
}

impl Tokens {
    pub(crate) fn with_refresh(mut self, token: String, expires_in: u64) -> Self {
        self.refresh_token = Some(token);
        self.refresh_expires_in = Some(expires_in);
        self.login_expires_in = Some(expires_in);
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
    /// sessions, where the client refreshes the access token itself, and from [`Auth::confirm`](crate::Auth::confirm):
    /// the client keeps the refresh token that it has.
    pub fn refresh_token(&self) -> Option<&str> {
        self.refresh_token.as_deref()
    }

    /// The seconds until the session ends, unless it is refreshed before. `None` without a refresh token.
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

/// The members of RFC 6749 §5.1. Tokens in cookies are hidden from the scripts of a page.
impl Serialize for Tokens {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let in_body = self.delivery == Delivery::Body;
        if in_body {
            map.serialize_entry("access_token", &self.access_token)?;
            map.serialize_entry("token_type", &self.token_type)?;
        }
        if let Some(seconds) = self.expires_in {
            map.serialize_entry("expires_in", &seconds)?;
        }
        if let Some(token) = self.refresh_token.as_ref().filter(|_| in_body) {
            map.serialize_entry("refresh_token", token)?;
        }
        if let Some(seconds) = self.refresh_expires_in {
            map.serialize_entry("refresh_expires_in", &seconds)?;
        }
        map.end()
    }
}

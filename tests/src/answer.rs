//! A parsed response.

use rocket::local::{asynchronous, blocking};
use serde_json::Value;

/// The message of a refused refresh whose token has expired.
pub const EXPIRED: &str = "Your session has expired";
/// The message of every other refused refresh.
pub const REFUSED: &str = "Could not refresh your token";

/// A response to a request.
#[derive(Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    headers: Vec<(String, String)>,
    /// The body; empty if it is not UTF-8.
    pub body: String,
}

/// The tokens of a client of an application with sessions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The access token.
    pub access: String,
    /// The refresh token.
    pub refresh: String,
    /// The seconds until the refresh token expires.
    pub refresh_expires_in: u64,
}

impl Answer {
    /// The response of a blocking client.
    pub fn of_blocking(response: blocking::LocalResponse<'_>) -> Self {
        let (status, headers) = (response.status().code, headers(response.headers()));
        Answer { status, headers, body: response.into_string().unwrap_or_default() }
    }

    /// The response of an asynchronous client.
    pub async fn of(response: asynchronous::LocalResponse<'_>) -> Self {
        let (status, headers) = (response.status().code, headers(response.headers()));
        Answer { status, headers, body: response.into_string().await.unwrap_or_default() }
    }

    /// The response in this text of HTTP/1.1.
    #[track_caller]
    pub fn parse(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{text:?}"));
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).expect("a status").parse().expect("a number");
        let headers = lines.map(|line| {
            let (name, value) = line.split_once(": ").unwrap_or((line, ""));
            (name.to_owned(), value.to_owned())
        });
        Answer { status, headers: headers.collect(), body: body.to_owned() }
    }

    /// All values of a header.
    pub fn headers(&self, name: &str) -> Vec<&str> {
        let of_name = self.headers.iter().filter(|(header, _)| header.eq_ignore_ascii_case(name));
        of_name.map(|(_, value)| value.as_str()).collect()
    }

    /// The value of a header. `None` if it is missing. Fails if the header occurs more than once.
    #[track_caller]
    pub fn header(&self, name: &str) -> Option<&str> {
        let headers = self.headers(name);
        assert!(headers.len() <= 1, "{self:?}");
        headers.first().copied()
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The access token of a response that contains one.
    #[track_caller]
    pub fn token(&self) -> String {
        assert_eq!(self.status, 200, "{self:?}");
        self.json()["access_token"].as_str().expect("a token").to_owned()
    }

    /// The claims of the access token of a response that contains one.
    #[track_caller]
    pub fn claims(&self) -> Value {
        crate::payload(&self.token())
    }

    /// The access token, and the refresh token if there is one.
    #[track_caller]
    pub fn tokens(&self) -> (String, Option<String>) {
        (self.token(), self.json()["refresh_token"].as_str().map(str::to_owned))
    }

    /// Both tokens of an application with sessions.
    #[track_caller]
    pub fn pair(&self) -> Pair {
        assert_eq!(self.status, 200, "{self:?}");
        let body = self.json();
        let text = |name: &str| body[name].as_str().unwrap_or_else(|| panic!("no {name} in {body}")).to_owned();
        Pair {
            access: text("access_token"),
            refresh: text("refresh_token"),
            refresh_expires_in: body["refresh_expires_in"].as_u64().expect("a number"),
        }
    }

    /// Fails if this is not a refused refresh with this message and nothing else.
    #[track_caller]
    pub fn assert_not_refreshed(&self, text: &str) {
        assert_eq!(self.status, 403, "{self:?}");
        assert_eq!(self.body, format!("{{\"validationError\": \"{text}\"}}"));
        assert_eq!(self.header("Content-Type"), Some("application/json"));
        assert_eq!(self.header("Cache-Control"), Some("no-store"));
        assert_eq!(self.header("Authorization"), None);
        assert_eq!(self.header("WWW-Authenticate"), None);
    }

    /// Fails if this is not a refused token with this description (RFC 6750, section 3).
    #[track_caller]
    pub fn assert_refused(&self, description: &str) {
        assert_eq!(self.status, 401, "{self:?}");
        let challenge = format!("Bearer error=\"invalid_token\", error_description=\"{description}\"");
        assert_eq!(self.header("WWW-Authenticate"), Some(challenge.as_str()));
    }

    /// Fails if this is not the response for an unavailable store or issuer.
    #[track_caller]
    pub fn assert_unavailable(&self) {
        assert_eq!(self.status, 503, "{self:?}");
        assert!(self.header("Retry-After").is_some_and(|seconds| seconds.parse::<u32>().is_ok()), "{self:?}");
        assert_eq!(self.header("WWW-Authenticate"), None);
        assert_eq!(self.header("Authorization"), None);
    }
}

fn headers(headers: &rocket::http::HeaderMap<'_>) -> Vec<(String, String)> {
    headers.iter().map(|header| (header.name().to_string(), header.value().to_owned())).collect()
}

//! One HTTP/1.1 connection to an issuer.

use hyper::body::Incoming;
use hyper::client::conn::http1::{Builder, SendRequest};
use hyper::header::{self, HeaderMap, HeaderValue};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use rocket::tokio;
use rocket::tokio::io::{AsyncRead, AsyncWrite};
use rocket::tokio::task::AbortHandle;

use super::body;
use super::fetch_error::FetchError;
use super::url::Url;

/// The maximum size of the headers of a response in bytes.
const MAX_HEAD: usize = 64 * 1024;

/// A fetched document.
pub(super) struct Document {
    pub(super) body: Vec<u8>,
    /// How long it is fresh in seconds, if the server specifies that.
    pub(super) max_age: Option<u64>,
}

/// An open connection. It is closed when this is dropped.
pub(super) struct Http {
    sender: SendRequest<String>,
    _driver: Driver,
}

impl Http {
    pub(super) async fn new<S>(stream: S) -> Result<Self, hyper::Error>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let (sender, connection) = Builder::new().max_buf_size(MAX_HEAD).handshake(TokioIo::new(stream)).await?;
        Ok(Http { sender, _driver: Driver::of(connection) })
    }

    /// Whether the connection can be used for another request.
    pub(super) async fn is_open(&mut self) -> bool {
        self.sender.ready().await.is_ok()
    }

    /// Sends a request, and waits for the head of the response.
    pub(super) async fn send(&mut self, request: Request<String>) -> Result<Response<Incoming>, hyper::Error> {
        self.sender.send_request(request).await
    }
}

/// The request for a document. A proxy gets the whole URL if it uses `http:` (RFC 9112 §3.2.2).
pub(super) fn request(
    url: &Url,
    by_proxy: bool,
    authorization: Option<HeaderValue>,
) -> Result<Request<String>, FetchError> {
    let target = if by_proxy && !url.is_secure() { url.to_string() } else { url.path_and_query().to_owned() };
    let mut request = Request::get(target)
        .header(header::HOST, url.authority())
        .header(header::ACCEPT, "application/json, application/jwk-set+json")
        // A document is small. Some servers compress it nevertheless.
        .header(header::ACCEPT_ENCODING, "identity")
        .header(header::USER_AGENT, concat!("jwtauth/", env!("CARGO_PKG_VERSION")))
        .body(String::new())
        .map_err(|_| FetchError::new(format!("no request can be made for {url}"), "check this URL"))?;
    if let Some(authorization) = authorization {
        request.headers_mut().insert(header::AUTHORIZATION, authorization);
    }
    Ok(request)
}

/// The error for an exchange that failed.
pub(super) fn broken(url: &Url, error: &hyper::Error) -> FetchError {
    let what = format!("the exchange with the server `{}` failed", url.authority());
    FetchError::failed(&what, error, "check that an HTTP/1.1 server is at this host and port")
}

/// Reads the document from a response.
pub(super) async fn document(response: Response<Incoming>, url: &Url) -> Result<Document, FetchError> {
    let status = response.status();
    if status == StatusCode::OK {
        let max_age = max_age(response.headers());
        return Ok(Document { body: body::read(response, url).await?, max_age });
    }
    let status_of_it = format!("{url} is answered with the status {}", status.as_u16());
    // Redirects are not followed. Only the URL in the settings is trusted.
    if status.is_redirection() {
        return Err(FetchError::new(
            format!("{status_of_it}, a redirect, which is not followed"),
            "set `issuer` or `jwks_uri` to the URL that it leads to",
        ));
    }
    let error = FetchError::new(status_of_it, "check `issuer`, or set `jwks_uri` to where the keys are");
    Err(if status.is_client_error() { error.missing() } else { error })
}

/// The task that transfers the bytes of a connection. It ends when this is dropped.
pub(super) struct Driver(AbortHandle);

impl Driver {
    pub(super) fn of(connection: impl Future<Output = Result<(), hyper::Error>> + Send + 'static) -> Self {
        Driver(tokio::spawn(connection).abort_handle())
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// How long a response is fresh (RFC 9111 §4.2.1), minus its age in caches (§5.1).
fn max_age(headers: &HeaderMap) -> Option<u64> {
    let mut max_age = None;
    let values = headers.get_all(header::CACHE_CONTROL).into_iter().filter_map(|value| value.to_str().ok());
    for directive in values.flat_map(|value| value.split(',')) {
        let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
        let name = name.trim();
        if name.eq_ignore_ascii_case("no-store") || name.eq_ignore_ascii_case("no-cache") {
            return Some(0);
        }
        if name.eq_ignore_ascii_case("max-age") {
            // RFC 9111 §4.2.1: an invalid value counts as stale. The first of several values counts.
            max_age = max_age.or(Some(value.trim().trim_matches('"').parse().unwrap_or(0)));
        }
    }
    let age = headers.get(header::AGE).and_then(|age| age.to_str().ok()?.trim().parse().ok()).unwrap_or(0);
    max_age.map(|max_age: u64| max_age.saturating_sub(age))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn max_age_is_read_from_cache_control_and_age() {
        let headers = |lines: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in lines {
                headers.append(*name, value.parse().expect("a value"));
            }
            max_age(&headers)
        };
        assert_eq!(headers(&[]), None);
        assert_eq!(headers(&[("cache-control", "public")]), None);
        assert_eq!(headers(&[("cache-control", "public, Max-Age=600")]), Some(600));
        assert_eq!(headers(&[("cache-control", "max-age=\"600\""), ("age", "100")]), Some(500));
        assert_eq!(headers(&[("cache-control", "max-age=600"), ("age", "601")]), Some(0));
        assert_eq!(headers(&[("cache-control", "max-age=600"), ("cache-control", "no-store")]), Some(0));
        assert_eq!(headers(&[("cache-control", "max-age=600, max-age=60")]), Some(600));
        for stale in ["max-age", "max-age=", "max-age=-1", "max-age=1e9", "no-cache"] {
            assert_eq!(headers(&[("cache-control", stale)]), Some(0), "{stale}");
        }
    }
}

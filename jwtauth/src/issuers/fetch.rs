use std::borrow::Cow;
use std::fmt;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;

use hyper::body::{Body, Incoming};
use hyper::client::conn::http1;
use hyper::header::{self, HeaderMap};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use rocket::tokio::io::{AsyncRead, AsyncWrite};
use rocket::tokio::task::AbortHandle;
use rocket::tokio::{
    self,
    net::{self, TcpStream},
};

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio_rustls::TlsConnector;

use super::connect::connect;
use super::url::Url;

/// The most bytes of an answer: room for a thousand keys.
const MAX_BODY: usize = 256 * 1024;

/// The most bytes of the headers of an answer.
const MAX_HEAD: usize = 64 * 1024;

/// Why something could not be fetched, for the log.
#[derive(Clone, Debug)]
pub(super) struct FetchError(Cow<'static, str>);

impl FetchError {
    pub(super) fn new(reason: impl Into<Cow<'static, str>>) -> Self {
        FetchError(reason.into())
    }

    /// Says what could not be fetched.
    pub(super) fn of(self, what: &str) -> Self {
        FetchError::new(format!("{what}: {self}"))
    }
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for FetchError {}

/// What came from an address.
pub(super) struct Answer {
    pub(super) body: Vec<u8>,
    /// For how many seconds it stays good, as far as the server says.
    pub(super) max_age: Option<u64>,
}

/// What fetches documents: one request a connection, no redirects, no proxy, nothing of any size. How long it may
/// take is the caller's to say.
#[derive(Clone)]
pub(super) struct Fetcher {
    /// `Err` says why there is none.
    tls: Result<TlsConnector, &'static str>,
}

impl Fetcher {
    /// One that only reaches this machine.
    pub(super) fn plain() -> Self {
        Fetcher { tls: Err("the issuers are on this machine, and this is by `https:`; say so with `jwks_uri`") }
    }

    /// Takes the authorities that the system trusts, or those in the file that `SSL_CERT_FILE` names.
    pub(super) fn secure() -> Self {
        let mut roots = RootCertStore::empty();
        // Certificates that can't be read are trusted no more than those that are not there.
        if roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs).0 == 0 {
            return Fetcher { tls: Err("the system has no certificate that the server's could come from") };
        }
        // Which provider is the process's own is the application's business.
        let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map(|builder| builder.with_root_certificates(roots).with_no_client_auth());
        let tls = config.map(|config| TlsConnector::from(Arc::new(config))).map_err(|_| "TLS can't be set up");
        Fetcher { tls }
    }

    /// Gets a document.
    pub(super) async fn get(&self, url: &Url) -> Result<Answer, FetchError> {
        if !url.is_secure() {
            return exchange(reach(url).await?, url).await;
        }
        let tls = self.tls.as_ref().map_err(|why| FetchError::new(*why))?;
        let name =
            ServerName::try_from(url.host().to_owned()).map_err(|_| FetchError::new("not the name of a host"))?;
        let stream = reach(url).await?;
        let stream = tls.connect(name, stream).await.map_err(|error| failed("TLS failed", &error))?;
        exchange(stream, url).await
    }
}

async fn reach(url: &Url) -> Result<TcpStream, FetchError> {
    let addresses = net::lookup_host((url.host(), url.port())).await;
    let addresses = addresses.map_err(|error| failed("the host can't be found", &error))?;
    // Without TLS it must be this machine, whatever the system says that `localhost` is.
    let addresses = addresses.filter(|address| url.is_secure() || address.ip().is_loopback());
    connect(addresses).await.map_err(|error| failed("the server can't be reached", &error))
}

async fn exchange<S>(stream: S, url: &Url) -> Result<Answer, FetchError>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let broken = |error: hyper::Error| failed("the exchange failed", &error);
    let request = Request::get(url.path_and_query())
        .header(header::HOST, url.authority())
        .header(header::ACCEPT, "application/json, application/jwk-set+json")
        .header(header::USER_AGENT, concat!("jwtauth/", env!("CARGO_PKG_VERSION")))
        .header(header::CONNECTION, "close")
        .body(String::new())
        .map_err(|_| FetchError::new("not an address that can be asked for"))?;
    let (mut sender, connection) =
        http1::Builder::new().max_buf_size(MAX_HEAD).handshake(TokioIo::new(stream)).await.map_err(broken)?;
    let _driver = Driver(tokio::spawn(connection).abort_handle());
    let response = sender.send_request(request).await.map_err(broken)?;
    if response.status() != StatusCode::OK {
        // Not followed: it is the address in the settings that is trusted.
        return Err(FetchError::new(format!("the answer has the status {}", response.status().as_u16())));
    }
    let max_age = max_age(response.headers());
    let body = read(response.into_body()).await?;
    Ok(Answer { body, max_age })
}

/// The task that moves the bytes, which ends with the exchange.
struct Driver(AbortHandle);

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn read(body: Incoming) -> Result<Vec<u8>, FetchError> {
    let mut body = pin!(body);
    let mut bytes = Vec::new();
    while let Some(frame) = poll_fn(|context| body.as_mut().poll_frame(context)).await {
        let frame = frame.map_err(|error| failed("the answer was cut off", &error))?;
        let Ok(data) = frame.into_data() else { continue };
        if bytes.len() + data.len() > MAX_BODY {
            return Err(FetchError::new("the answer is longer than 256 KiB"));
        }
        bytes.extend_from_slice(&data);
    }
    Ok(bytes)
}

/// For how long an answer is fresh (RFC 9111 §4.2.1), less the time that it has spent in caches on its way (§5.1).
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
            // RFC 9111 §4.2.1: what is not valid is stale; where there are several, the first counts.
            max_age = max_age.or(Some(value.trim().trim_matches('"').parse().unwrap_or(0)));
        }
    }
    let age = headers.get(header::AGE).and_then(|age| age.to_str().ok()?.trim().parse().ok()).unwrap_or(0);
    max_age.map(|max_age: u64| max_age.saturating_sub(age))
}

fn failed(what: &str, error: &dyn std::error::Error) -> FetchError {
    let mut reason = format!("{what}: {error}");
    let mut source = error.source();
    while let Some(error) = source {
        reason = format!("{reason}: {error}");
        source = error.source();
    }
    FetchError::new(reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_that_an_answer_stays_good() {
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

use std::borrow::Cow;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::header::{self, HeaderMap};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use rocket::tokio;
use rocket::tokio::io::{AsyncRead, AsyncWrite};
use rocket::tokio::task::AbortHandle;
use rustls::client::Resumption;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio_rustls::TlsConnector;

use super::connect::connect;
use super::global::is_global;
use super::host::Host;
use super::network::{Connection, Network, System};
use super::url::Url;

/// The maximum size of a response body in bytes. It is enough for a thousand keys.
const MAX_BODY: usize = 256 * 1024;

/// The maximum size of the headers of a response in bytes.
const MAX_HEAD: usize = 64 * 1024;

/// Why a fetch failed, for the log.
#[derive(Clone, Debug)]
pub(crate) struct FetchError {
    problem: Cow<'static, str>,
    /// How an operator can fix it.
    remedy: Cow<'static, str>,
}

impl FetchError {
    pub(super) fn new(problem: impl Into<Cow<'static, str>>, remedy: impl Into<Cow<'static, str>>) -> Self {
        FetchError { problem: problem.into(), remedy: remedy.into() }
    }

    /// The fetch timed out.
    pub(super) fn late() -> Self {
        FetchError::new(
            "it took longer than 5 seconds",
            "check that the server answers, and that this machine may connect to it",
        )
    }

    /// The response is not a JWK set.
    pub(super) fn no_set() -> Self {
        FetchError::new("the answer is not a JWK set", "check that `jwks_uri` is the URL of one")
    }

    /// Adds what could not be fetched.
    pub(super) fn of(self, what: &str) -> Self {
        FetchError::new(format!("{what}: {}", self.problem), self.remedy)
    }

    pub(crate) fn problem(&self) -> &str {
        &self.problem
    }

    pub(crate) fn remedy(&self) -> &str {
        &self.remedy
    }
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.problem, self.remedy)
    }
}

impl std::error::Error for FetchError {}

/// The addresses that a fetch may connect to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// Any address, because a setting names the host.
    Anywhere,
    /// Only public addresses, because only a fetched document names the host. It must not point to this machine or into
    /// the internal network.
    Global,
}

/// A fetched document.
pub(super) struct Document {
    pub(super) body: Vec<u8>,
    /// How long it is fresh in seconds, if the server specifies that.
    pub(super) max_age: Option<u64>,
}

/// Fetches documents: one request per connection, without redirects or proxies, with limits on the size. The caller
/// sets a timeout.
#[derive(Clone)]
pub(super) struct Fetcher {
    network: Arc<dyn Network>,
    tls: Tls,
}

#[derive(Clone)]
enum Tls {
    Ready(TlsConnector),
    Missing(FetchError),
    /// TLS is off, for the servers of tests.
    #[cfg(test)]
    Off,
}

impl Fetcher {
    /// Creates a fetcher that only connects to this machine.
    pub(super) fn plain() -> Self {
        let error = FetchError::new(
            "it is by `https:`, and the certificates for that are loaded only if a setting is by `https:`",
            "set `jwks_uri` of the issuer to its URL",
        );
        Fetcher { network: Arc::new(System), tls: Tls::Missing(error) }
    }

    /// Creates a fetcher that trusts the system's authorities, or those in the file that `SSL_CERT_FILE` names.
    pub(super) fn secure() -> Self {
        let tls = connector().map_or_else(Tls::Missing, Tls::Ready);
        Fetcher { network: Arc::new(System), tls }
    }

    /// Creates a fetcher for tests, on a scripted network and without TLS.
    #[cfg(test)]
    pub(super) fn on(network: Arc<dyn Network>) -> Self {
        Fetcher { network, tls: Tls::Off }
    }

    /// Fetches a document, within the allowed addresses.
    pub(super) async fn get(&self, url: &Url, reach: Reach) -> Result<Document, FetchError> {
        if !url.is_secure() {
            return exchange(self.connect(url, reach).await?, url).await;
        }
        let tls = match &self.tls {
            Tls::Ready(tls) => tls,
            Tls::Missing(error) => return Err(error.clone()),
            #[cfg(test)]
            Tls::Off => return exchange(self.connect(url, reach).await?, url).await,
        };
        let host = url.host();
        let name = match &host {
            Host::Address(address) => ServerName::from(*address),
            Host::Name(name) => ServerName::try_from(String::from(&**name)).map_err(|_| {
                FetchError::new(
                    format!("`{host}` is not the name of a host"),
                    "write the host in letters, digits and `-`",
                )
            })?,
        };
        let stream = self.connect(url, reach).await?;
        let stream = tls.connect(name, stream).await.map_err(|error| {
            let remedy = "check the server's certificate; if an authority of your own signed it, name the file of that \
                          authority's certificate in the environment variable `SSL_CERT_FILE`";
            failed(&format!("TLS with `{host}` failed"), &error, remedy)
        })?;
        exchange(stream, url).await
    }

    /// Connects to the host. Each connection checks the addresses that it uses, because a name may resolve to others
    /// the next time.
    async fn connect(&self, url: &Url, reach: Reach) -> Result<Connection, FetchError> {
        let (host, port) = (url.host(), url.port());
        let found = match &host {
            // Addresses in any notation are parsed here, without the system's resolver.
            Host::Address(address) => vec![SocketAddr::new(*address, port)],
            Host::Name(name) => self.network.resolve(String::from(&**name), port).await.map_err(|error| {
                failed(
                    &format!("the host `{host}` can't be found"),
                    &error,
                    "check its name, and the DNS of this machine",
                )
            })?,
        };
        let may_be_at = |address: &SocketAddr| {
            // Without TLS, the address must be a loopback address, whatever `localhost` resolves to.
            (url.is_secure() || address.ip().is_loopback()) && (reach == Reach::Anywhere || is_global(address.ip()))
        };
        let addresses: Vec<SocketAddr> = found.iter().copied().filter(may_be_at).collect();
        if let (Some(first), true) = (found.first(), addresses.is_empty()) {
            return Err(out_of_reach(&host, first.ip(), reach));
        }
        connect(&self.network, addresses).await.map_err(|error| {
            let remedy = "check that it runs, and that this machine may connect to it";
            failed(&format!("the server `{}` can't be reached", url.authority()), &error, remedy)
        })
    }
}

fn out_of_reach(host: &Host, address: IpAddr, reach: Reach) -> FetchError {
    match reach {
        Reach::Anywhere => FetchError::new(
            format!("the host `{host}` is {address} and not this machine, and the URL is `http:`"),
            "write an `https:` URL",
        ),
        Reach::Global => FetchError::new(
            format!(
                "the host `{host}` is {address}, which is not a public address, and only the issuer's discovery document \
                 names this host"
            ),
            "if the keys are really there, set `jwks_uri` of this issuer to their URL yourself",
        ),
    }
}

fn connector() -> Result<TlsConnector, FetchError> {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    // Certificates that can't be read are skipped.
    if roots.add_parsable_certificates(found.certs).0 == 0 {
        let why = found.errors.first().map(|error| format!(": {error}")).unwrap_or_default();
        return Err(FetchError::new(
            format!("this system has no certificate of an authority to check the server's with{why}"),
            "install them (often the package `ca-certificates`), or name a file of them in the environment variable \
             `SSL_CERT_FILE`",
        ));
    }
    // The provider of the process belongs to the application.
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| failed("TLS can't be set up", &error, "report this as a fault of jwtauth"))?;
    let mut config = config.with_root_certificates(roots).with_no_client_auth();
    // TLS sessions are cached by host name without the port, so a ticket of one server would be sent to another.
    config.resumption = Resumption::disabled();
    Ok(TlsConnector::from(Arc::new(config)))
}

async fn exchange<S>(stream: S, url: &Url) -> Result<Document, FetchError>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let broken = |error: hyper::Error| {
        let what = format!("the exchange with the server `{}` failed", url.authority());
        failed(&what, &error, "check that an HTTP/1.1 server is at this host and port")
    };
    let request = Request::get(url.path_and_query())
        .header(header::HOST, url.authority())
        .header(header::ACCEPT, "application/json, application/jwk-set+json")
        .header(header::USER_AGENT, concat!("jwtauth/", env!("CARGO_PKG_VERSION")))
        .header(header::CONNECTION, "close")
        .body(String::new())
        .map_err(|_| FetchError::new(format!("no request can be made for {url}"), "check this URL"))?;
    let (mut sender, connection) =
        http1::Builder::new().max_buf_size(MAX_HEAD).handshake(TokioIo::new(stream)).await.map_err(broken)?;
    let _driver = Driver(tokio::spawn(connection).abort_handle());
    let response = sender.send_request(request).await.map_err(broken)?;
    let status = response.status();
    if status != StatusCode::OK {
        let status_of_it = format!("{url} is answered with the status {}", status.as_u16());
        // Redirects are not followed. Only the URL in the settings is trusted.
        return Err(if status.is_redirection() {
            FetchError::new(
                format!("{status_of_it}, a redirect, which is not followed"),
                "set `issuer` or `jwks_uri` to the URL that it leads to",
            )
        } else {
            FetchError::new(status_of_it, "check `issuer`, or set `jwks_uri` to where the keys are")
        });
    }
    let max_age = max_age(response.headers());
    let body = read(response.into_body(), url).await?;
    Ok(Document { body, max_age })
}

/// The task that transfers the bytes. It ends with the exchange.
struct Driver(AbortHandle);

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn read(body: Incoming, url: &Url) -> Result<Vec<u8>, FetchError> {
    match Limited::new(body, MAX_BODY).collect().await {
        Ok(body) => Ok(body.to_bytes().to_vec()),
        Err(error) if error.is::<LengthLimitError>() => Err(FetchError::new(
            format!("{url} is answered with more than 256 KiB"),
            "check that this is the URL of the issuer, not of a page",
        )),
        Err(error) => Err(failed(&format!("the answer of {url} was cut off"), &*error, "check the server")),
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

/// The error for a failed step, with the whole chain of sources.
fn failed(what: &str, error: &dyn std::error::Error, remedy: &'static str) -> FetchError {
    let mut reason = format!("{what}: {error}");
    let mut source = error.source();
    while let Some(error) = source {
        reason = format!("{reason}: {error}");
        source = error.source();
    }
    FetchError::new(reason, remedy)
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

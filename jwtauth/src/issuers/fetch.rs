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

/// The most bytes of an answer: room for a thousand keys.
const MAX_BODY: usize = 256 * 1024;

/// The most bytes of the headers of an answer.
const MAX_HEAD: usize = 64 * 1024;

/// Why something could not be fetched, for the log.
#[derive(Clone, Debug)]
pub(crate) struct FetchError {
    problem: Cow<'static, str>,
    /// What an operator can do about it.
    remedy: Cow<'static, str>,
}

impl FetchError {
    pub(super) fn new(problem: impl Into<Cow<'static, str>>, remedy: impl Into<Cow<'static, str>>) -> Self {
        FetchError { problem: problem.into(), remedy: remedy.into() }
    }

    /// The fetch took longer than it may.
    pub(super) fn late() -> Self {
        FetchError::new(
            "it took longer than 5 seconds",
            "check that the server answers, and that this machine may connect to it",
        )
    }

    /// What was fetched is not a JWK set.
    pub(super) fn no_set() -> Self {
        FetchError::new("the answer is not a JWK set", "check that `jwks_uri` is the URL of one")
    }

    /// Says what could not be fetched.
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

/// Where the server may be that a fetch connects to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// Anywhere: a setting names the host.
    Anywhere,
    /// In the public Internet alone: only a document that was fetched names the host, and must not lead us to this
    /// machine or into the internal network.
    Global,
}

/// A document that was fetched from a URL.
pub(super) struct Document {
    pub(super) body: Vec<u8>,
    /// For how many seconds it stays good, as far as the server says.
    pub(super) max_age: Option<u64>,
}

/// What fetches documents: one request a connection, no redirects, no proxy, nothing of any size. How long it may
/// take is the caller's to say.
#[derive(Clone)]
pub(super) struct Fetcher {
    network: Arc<dyn Network>,
    tls: Tls,
}

#[derive(Clone)]
enum Tls {
    Ready(TlsConnector),
    Missing(FetchError),
    /// The servers of a test do without.
    #[cfg(test)]
    Off,
}

impl Fetcher {
    /// One that only reaches this machine.
    pub(super) fn plain() -> Self {
        let error = FetchError::new(
            "it is by `https:`, and the certificates for that are loaded only if a setting is by `https:`",
            "set `jwks_uri` of the issuer to its URL",
        );
        Fetcher { network: Arc::new(System), tls: Tls::Missing(error) }
    }

    /// Takes the authorities that the system trusts, or those in the file that `SSL_CERT_FILE` names.
    pub(super) fn secure() -> Self {
        let tls = connector().map_or_else(Tls::Missing, Tls::Ready);
        Fetcher { network: Arc::new(System), tls }
    }

    /// For tests: on a scripted network, without TLS.
    #[cfg(test)]
    pub(super) fn on(network: Arc<dyn Network>) -> Self {
        Fetcher { network, tls: Tls::Off }
    }

    /// Gets a document from where it may be.
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

    /// Connects to the host. Its addresses are judged here, each time, and no other is connected to: a name may lead
    /// elsewhere the next time that it is looked up.
    async fn connect(&self, url: &Url, reach: Reach) -> Result<Connection, FetchError> {
        let (host, port) = (url.host(), url.port());
        let found = match &host {
            // In whatever spelling: the resolver of the system is not asked.
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
            // Without TLS it must be this machine, whatever the system says that `localhost` is.
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
    // Certificates that can't be read are trusted no more than those that are not there.
    if roots.add_parsable_certificates(found.certs).0 == 0 {
        let why = found.errors.first().map(|error| format!(": {error}")).unwrap_or_default();
        return Err(FetchError::new(
            format!("this system has no certificate of an authority to check the server's with{why}"),
            "install them (often the package `ca-certificates`), or name a file of them in the environment variable \
             `SSL_CERT_FILE`",
        ));
    }
    // Which provider is the process's own is the application's business.
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| failed("TLS can't be set up", &error, "report this as a fault of jwtauth"))?;
    let mut config = config.with_root_certificates(roots).with_no_client_auth();
    // Sessions are kept by the name of a host, without the port: a ticket of one server would be shown to another.
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
        .map_err(|_| FetchError::new(format!("no request can be made of {url}"), "check this URL"))?;
    let (mut sender, connection) =
        http1::Builder::new().max_buf_size(MAX_HEAD).handshake(TokioIo::new(stream)).await.map_err(broken)?;
    let _driver = Driver(tokio::spawn(connection).abort_handle());
    let response = sender.send_request(request).await.map_err(broken)?;
    let status = response.status();
    if status != StatusCode::OK {
        let status_of_it = format!("{url} is answered with the status {}", status.as_u16());
        // Not followed: it is the address in the settings that is trusted.
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

/// The task that moves the bytes, which ends with the exchange.
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

/// Says what failed, with all that the error has to say of it.
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

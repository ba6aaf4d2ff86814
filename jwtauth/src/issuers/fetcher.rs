use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use rustls::client::Resumption;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio_rustls::TlsConnector;

use super::connect::connect;
use super::fetch_error::FetchError;
use super::global::is_global;
use super::host::Host;
use super::http::{self, Document, Http};
use super::network::{Connection, Network, System};
use super::url::Url;

/// The addresses that a fetch may connect to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// Any address, because a setting names the host.
    Anywhere,
    /// Only public addresses, because only a fetched document names the host. It must not point to this machine or into
    /// the internal network.
    Global,
}

/// Fetches documents, without redirects or proxies, and with limits on the size. The caller sets a timeout.
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

    /// Starts a fetch of related documents.
    pub(super) fn start(&self) -> Fetch<'_> {
        Fetch { fetcher: self, kept: None }
    }

    /// Opens a connection for this URL.
    async fn open(&self, url: &Url, reach: Reach) -> Result<Http, FetchError> {
        let broken = |error| http::broken(url, &error);
        if !url.is_secure() {
            return Http::new(self.connect(url, reach).await?).await.map_err(broken);
        }
        let tls = match &self.tls {
            Tls::Ready(tls) => tls,
            Tls::Missing(error) => return Err(error.clone()),
            #[cfg(test)]
            Tls::Off => return Http::new(self.connect(url, reach).await?).await.map_err(broken),
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
            FetchError::failed(&format!("TLS with `{host}` failed"), &error, remedy)
        })?;
        Http::new(stream).await.map_err(broken)
    }

    /// Connects to the host. Each connection checks the addresses that it uses, because a name may resolve to others
    /// the next time.
    async fn connect(&self, url: &Url, reach: Reach) -> Result<Connection, FetchError> {
        let (host, port) = (url.host(), url.port());
        let found = match &host {
            // Addresses in any notation are parsed here, without the system's resolver.
            Host::Address(address) => vec![SocketAddr::new(*address, port)],
            Host::Name(name) => self.network.resolve(String::from(&**name), port).await.map_err(|error| {
                FetchError::failed(
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
            FetchError::failed(&format!("the server `{}` can't be reached", url.authority()), &error, remedy)
        })
    }
}

/// A fetch of related documents. It keeps its last connection for the next document.
pub(super) struct Fetch<'f> {
    fetcher: &'f Fetcher,
    kept: Option<(Url, Http)>,
}

impl Fetch<'_> {
    /// Fetches a document, within the allowed addresses. A kept connection to the same server has passed the check
    /// of its address with the same host.
    pub(super) async fn get(&mut self, url: &Url, reach: Reach) -> Result<Document, FetchError> {
        let mut reused = None;
        if let Some((before, mut http)) = self.kept.take()
            && before.has_same_origin(url)
            && http.is_open().await
            // A server may close an idle connection at any time. Then the request is sent again (RFC 9112 §9.3.1).
            && let Ok(response) = http.send(http::request(url)?).await
        {
            reused = Some((http, response));
        }
        let (http, response) = match reused {
            Some(reused) => reused,
            None => {
                let mut http = self.fetcher.open(url, reach).await?;
                let response = http.send(http::request(url)?).await.map_err(|error| http::broken(url, &error))?;
                (http, response)
            }
        };
        let document = http::document(response, url).await;
        self.kept = Some((url.clone(), http));
        document
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
        .map_err(|error| FetchError::failed("TLS can't be set up", &error, "report this as a fault of jwtauth"))?;
    let mut config = config.with_root_certificates(roots).with_no_client_auth();
    // TLS sessions are cached by host name without the port, so a ticket of one server would be sent to another.
    config.resumption = Resumption::disabled();
    Ok(TlsConnector::from(Arc::new(config)))
}

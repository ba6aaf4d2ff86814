use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use tokio_rustls::TlsConnector;

use super::connect::connect;
use super::fetch_error::FetchError;
use super::fetch_settings::FetchSettings;
use super::global::is_global;
use super::host::Host;
use super::http::{self, Document, Http};
use super::network::{Connection, Network, System};
use super::proxy;
use super::trust;
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

/// Fetches the documents of an issuer, without redirects, and with limits on the size. The caller sets the timeout.
pub(super) struct Fetcher {
    network: Arc<dyn Network>,
    tls: Tls,
    settings: FetchSettings,
}

enum Tls {
    Ready(TlsConnector),
    Missing(FetchError),
    /// TLS is off, for the servers of tests.
    #[cfg(test)]
    Off,
}

impl Fetcher {
    /// Creates a fetcher. `system` trusts the authorities of the system. It is `None` if no setting has an `https:`
    /// URL. Then a fetch from an `https:` URL fails.
    pub(super) fn new(settings: FetchSettings, system: Option<Result<TlsConnector, FetchError>>) -> Self {
        let tls = settings.authorities.clone().map(trust::only).or(system);
        let tls = match tls {
            Some(Ok(tls)) => Tls::Ready(tls),
            Some(Err(error)) => Tls::Missing(error),
            None => Tls::Missing(FetchError::new(
                "its URL is `https:`, and certificates are loaded only if a URL in the settings is `https:`",
                "set `jwks_uri` of the issuer to its URL",
            )),
        };
        Fetcher { network: Arc::new(System), tls, settings }
    }

    /// Creates a fetcher for tests, on a scripted network and without TLS.
    #[cfg(test)]
    pub(super) fn on(network: Arc<dyn Network>, settings: FetchSettings) -> Self {
        Fetcher { network, tls: Tls::Off, settings }
    }

    /// The maximum duration of fetching the keys, including discovery.
    pub(super) fn timeout(&self) -> Duration {
        self.settings.timeout
    }

    /// Starts a fetch of related documents.
    pub(super) fn start(&self) -> Fetch<'_> {
        Fetch { fetcher: self, kept: None }
    }

    /// Opens a connection for this URL.
    async fn open(&self, url: &Url, reach: Reach) -> Result<Http, FetchError> {
        let tls = if url.is_secure() { self.tls(&url.host())? } else { None };
        let stream = match &self.settings.proxy {
            Some(proxy) => self.connect_by(proxy, url, reach).await?,
            None => self.connect(url, reach).await?,
        };
        let opened = match tls {
            None => Http::new(stream).await,
            Some((tls, name)) => {
                let stream = tls.connect(name, stream).await.map_err(|error| {
                    let remedy = "check the server's certificate; if an authority of your own signed it, set `ca` of this \
                                  issuer to the file of that authority's certificate";
                    FetchError::failed(&format!("TLS with `{}` failed", url.host()), &error, remedy)
                })?;
                Http::new(stream).await
            }
        };
        opened.map_err(|error| http::broken(url, &error))
    }

    /// What TLS with this host needs.
    fn tls(&self, host: &Host) -> Result<Option<(&TlsConnector, ServerName<'static>)>, FetchError> {
        let tls = match &self.tls {
            Tls::Ready(tls) => tls,
            Tls::Missing(error) => return Err(error.clone()),
            #[cfg(test)]
            Tls::Off => return Ok(None),
        };
        let name = match host {
            Host::Address(address) => ServerName::from(*address),
            Host::Name(name) => ServerName::try_from(String::from(&**name)).map_err(|_| {
                FetchError::new(
                    format!("`{host}` is not the name of a host"),
                    "write the host in letters, digits and `-`",
                )
            })?,
        };
        Ok(Some((tls, name)))
    }

    /// Connects to the host. Each connection checks the addresses that it uses, because a name may resolve to others
    /// the next time.
    async fn connect(&self, url: &Url, reach: Reach) -> Result<Connection, FetchError> {
        let found = self.resolve(url).await?;
        let may_be_at = |address: &SocketAddr| self.may_be_at(url, address.ip(), reach);
        let addresses: Vec<SocketAddr> = found.iter().copied().filter(may_be_at).collect();
        if let (Some(first), true) = (found.first(), addresses.is_empty()) {
            return Err(self.out_of_reach(&url.host(), first.ip(), reach));
        }
        connect(&self.network, addresses).await.map_err(|error| {
            let remedy = "check that it runs, and that this machine may connect to it";
            FetchError::failed(&format!("the server `{}` can't be reached", url.authority()), &error, remedy)
        })
    }

    /// Connects to the host through a proxy. The proxy resolves names, so only an address in a URL and the names of
    /// this machine can be checked.
    async fn connect_by(&self, proxy: &Url, url: &Url, reach: Reach) -> Result<Connection, FetchError> {
        if let Some(address) = url.host().known_address()
            && !self.may_be_at(url, address, reach)
        {
            return Err(self.out_of_reach(&url.host(), address, reach));
        }
        if !url.is_secure() && !self.is_plain(url) {
            return Err(FetchError::new(
                format!("the host `{}` is not in `allow_http`, the URL is `http:`, and there is a proxy", url.host()),
                "write an `https:` URL",
            ));
        }
        let addresses = self.resolve(proxy).await?;
        let connection = connect(&self.network, addresses).await.map_err(|error| {
            let remedy = "check `proxy`, and that this machine may connect to it";
            FetchError::failed(&format!("the proxy `{}` can't be reached", proxy.authority()), &error, remedy)
        })?;
        if url.is_secure() { proxy::tunnel(connection, proxy, url).await } else { Ok(connection) }
    }

    async fn resolve(&self, url: &Url) -> Result<Vec<SocketAddr>, FetchError> {
        let (host, port) = (url.host(), url.port());
        match &host {
            // Addresses in any notation are parsed here, without the system's resolver.
            Host::Address(address) => Ok(vec![SocketAddr::new(*address, port)]),
            Host::Name(name) => self.network.resolve(String::from(&**name), port).await.map_err(|error| {
                FetchError::failed(
                    &format!("the host `{host}` can't be found"),
                    &error,
                    "check its name, and the DNS of this machine",
                )
            }),
        }
    }

    fn may_be_at(&self, url: &Url, address: IpAddr, reach: Reach) -> bool {
        if self.is_plain(url) {
            // `allow_http` is for a private network.
            return !is_global(address);
        }
        // Without TLS, the address must be a loopback address, whatever `localhost` resolves to.
        (url.is_secure() || address.is_loopback()) && (reach == Reach::Anywhere || is_global(address))
    }

    /// Whether the setting `allow_http` names the host of a URL with `http:`.
    fn is_plain(&self, url: &Url) -> bool {
        !url.is_secure() && self.settings.plain_host.as_ref() == Some(&url.host())
    }

    fn out_of_reach(&self, host: &Host, address: IpAddr, reach: Reach) -> FetchError {
        match reach {
            Reach::Anywhere if self.settings.plain_host.as_ref() == Some(host) => FetchError::new(
                format!("the host `{host}` is {address}, which is a public address, and the URL is `http:`"),
                "write an `https:` URL; `allow_http` is for a host in a private network",
            ),
            Reach::Anywhere => FetchError::new(
                format!("the host `{host}` is {address} and not this machine, and the URL is `http:`"),
                "write an `https:` URL",
            ),
            Reach::Global => FetchError::new(
                format!(
                    "the host `{host}` is {address}, which is not a public address, and only the issuer's discovery \
                     document names this host"
                ),
                "if the keys are really there, set `jwks_uri` of this issuer to their URL yourself",
            ),
        }
    }
}

/// A fetch of related documents. It keeps its last connection for the next document.
pub(super) struct Fetch<'f> {
    fetcher: &'f Fetcher,
    kept: Option<(Url, Http)>,
}

impl Fetch<'_> {
    /// The host that may be fetched from over `http:`.
    pub(super) fn plain_host(&self) -> Option<&Host> {
        self.fetcher.settings.plain_host.as_ref()
    }

    /// Fetches a document, within the allowed addresses. A kept connection to the same server has passed the check of
    /// its address with the same host.
    pub(super) async fn get(&mut self, url: &Url, reach: Reach) -> Result<Document, FetchError> {
        let FetchSettings { bearer, proxy, .. } = &self.fetcher.settings;
        let authorization = match bearer {
            Some(bearer) => bearer.header(url).await?,
            None => None,
        };
        let request = || http::request(url, proxy.is_some(), authorization.clone());
        let mut reused = None;
        if let Some((before, mut http)) = self.kept.take()
            && before.has_same_origin(url)
            && http.is_open().await
            // A server may close an idle connection at any time. Then the request is sent again (RFC 9112 §9.3.1).
            && let Ok(response) = http.send(request()?).await
        {
            reused = Some((http, response));
        }
        let (http, response) = match reused {
            Some(reused) => reused,
            None => {
                let mut http = self.fetcher.open(url, reach).await?;
                let response = http.send(request()?).await.map_err(|error| http::broken(url, &error))?;
                (http, response)
            }
        };
        let document = http::document(response, url).await;
        self.kept = Some((url.clone(), http));
        document
    }
}

use std::time::Duration;

use rustls::RootCertStore;

use super::bearer::Bearer;
use super::host::Host;
use super::url::Url;

/// How the documents of an issuer are fetched.
#[derive(Clone)]
pub(crate) struct FetchSettings {
    /// The maximum duration of fetching the keys, including discovery.
    pub(crate) timeout: Duration,
    /// The trusted authorities. `None`: those of the system.
    pub(crate) authorities: Option<RootCertStore>,
    pub(crate) bearer: Option<Bearer>,
    pub(crate) proxy: Option<Url>,
    /// A host in a private network that may be fetched from without TLS.
    pub(crate) plain_host: Option<Host>,
}

impl Default for FetchSettings {
    fn default() -> Self {
        let timeout = Duration::from_secs(DEFAULT_TIMEOUT);
        FetchSettings { timeout, authorities: None, bearer: None, proxy: None, plain_host: None }
    }
}

/// The default of `timeout` in seconds.
pub(crate) const DEFAULT_TIMEOUT: u64 = 5;

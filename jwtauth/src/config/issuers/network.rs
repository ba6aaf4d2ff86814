//! How the documents of an issuer are fetched: `timeout`, `ca`, `bearer_token_file`, `proxy`, `allow_http`.

use std::path::PathBuf;
use std::time::Duration;

use crate::config::material;
use crate::config::settings::{Origin, Settings};
use crate::issuers::{Bearer, DEFAULT_TIMEOUT, FetchSettings, Host, Source, Url, authorities, bearer_token};

/// The longest timeout in seconds. Requests wait for the keys.
const LONGEST: u64 = 30;

/// The maximum length of a file of certificates in bytes: a few times that of all public authorities.
const LONGEST_CA: u64 = 1024 * 1024;

/// The maximum length of a file with a token in bytes.
const LONGEST_TOKEN: u64 = 16 * 1024;

/// The settings of one issuer, before it is known where its documents are.
pub(super) struct IssuerNetwork {
    /// The maximum duration of a fetch in seconds.
    pub(super) timeout: u64,
    pub(super) ca: Option<PathBuf>,
    pub(super) proxy: Option<String>,
    pub(super) allow_http: Option<String>,
    settings: FetchSettings,
    bearer: Option<(PathBuf, Origin)>,
    ca_origin: Option<Origin>,
    proxy_origin: Option<Origin>,
    allow_http_origin: Option<Origin>,
}

/// Reads the settings. A setting with a fault has its default.
pub(super) fn read(table: &mut Settings<'_>) -> IssuerNetwork {
    let [ca_origin, proxy_origin, allow_http_origin] =
        ["ca", "proxy", "allow_http"].map(|name| table.whereabouts(name));
    let timeout = timeout(table);
    let (ca, authorities) = ca(table).unzip();
    let (proxy, proxy_url) = proxy(table).unzip();
    let (allow_http, plain_host) = allow_http(table).unzip();
    let bearer = bearer(table);
    let duration = Duration::from_secs(timeout);
    let settings = FetchSettings { timeout: duration, authorities, bearer: None, proxy: proxy_url, plain_host };
    IssuerNetwork { timeout, ca, proxy, allow_http, settings, bearer, ca_origin, proxy_origin, allow_http_origin }
}

impl IssuerNetwork {
    /// The host that may be fetched from without TLS.
    pub(super) fn plain_host(&self) -> Option<&Host> {
        self.settings.plain_host.as_ref()
    }

    /// Whether a token in a file authorizes fetching.
    pub(super) fn has_bearer(&self) -> bool {
        self.bearer.is_some()
    }

    /// Checks the settings together with the place of the documents.
    pub(super) fn of(&self, table: &mut Settings<'_>, source: &Source) -> FetchSettings {
        let mut settings = self.settings.clone();
        let Some(url) = source.url() else { return settings };
        let is_plain = !url.is_secure() && self.plain_host() == Some(&url.host());
        if let Some(host) = &self.allow_http {
            if is_plain {
                let setting = table.named("allow_http");
                table.warn(format!(
                    "`{setting}`: the keys of this issuer are fetched from `{host}` without TLS; an attacker in \
                     this network can replace them, and then create its tokens"
                ));
            } else {
                let remedy = "write the host of `jwks_uri`, `discovery` or `issuer`, or remove it";
                let problem = "names a host that is not fetched from by `http:`";
                table.fault("allow_http", self.allow_http_origin.as_ref(), problem, remedy);
            }
        }
        // A discovery document by `http:` may name keys by `https:`.
        if self.ca.is_some() && !url.is_secure() && matches!(source, Source::Set(_)) {
            let remedy = "write an `https:` URL, or remove `ca`";
            table.fault("ca", self.ca_origin.as_ref(), "is set, and `jwks_uri` is `http:`", remedy);
        }
        if self.proxy.is_some() && !url.is_secure() && !is_plain {
            let problem = "is set, and the keys are fetched by `http:`, which must not leave this machine";
            let remedy = "write an `https:` URL, or remove `proxy`";
            table.fault("proxy", self.proxy_origin.as_ref(), problem, remedy);
        }
        if let Some((file, origin)) = &self.bearer {
            if !url.is_secure() && !url.is_loopback() {
                let problem = "is set, and the token would be sent by `http:`";
                table.fault("bearer_token_file", Some(origin), problem, "write an `https:` URL");
            }
            settings.bearer = Some(Bearer::new(file.clone(), url.clone()));
        }
        settings
    }
}

fn timeout(table: &mut Settings<'_>) -> u64 {
    match table.seconds("timeout") {
        Some(setting) if (1..=LONGEST).contains(&setting.value) => setting.value,
        Some(setting) => {
            let problem = format!("is not between 1 and {LONGEST} seconds");
            table.fault("timeout", Some(&setting.origin), problem, "requests wait that long: write a short one");
            DEFAULT_TIMEOUT
        }
        None => DEFAULT_TIMEOUT,
    }
}

fn ca(table: &mut Settings<'_>) -> Option<(PathBuf, rustls::RootCertStore)> {
    let file = material::file(table, "ca", LONGEST_CA)?;
    let Some(roots) = authorities(&file.bytes) else {
        let remedy = "name a PEM file with the certificates of the authorities that sign the server's";
        table.fault("ca", Some(&file.origin), "names a file that is not a list of certificates in PEM", remedy);
        return None;
    };
    Some((file.path, roots))
}

fn bearer(table: &mut Settings<'_>) -> Option<(PathBuf, Origin)> {
    let file = material::file(table, "bearer_token_file", LONGEST_TOKEN)?;
    if bearer_token(&file.bytes).is_none() {
        let problem = "names a file that does not contain one token (RFC 6750 §2.1)";
        table.fault("bearer_token_file", Some(&file.origin), problem, "write only the token into it, without `Bearer`");
        return None;
    }
    Some((file.path, file.origin))
}

fn proxy(table: &mut Settings<'_>) -> Option<(String, Url)> {
    let setting = table.text("proxy")?;
    match Url::parse_proxy(&setting.value) {
        Ok(url) => Some((setting.value, url)),
        Err(problem) => {
            let remedy = "write its host and port, such as `http://proxy.internal:3128`";
            table.fault("proxy", Some(&setting.origin), problem, remedy);
            None
        }
    }
}

fn allow_http(table: &mut Settings<'_>) -> Option<(String, Host)> {
    let setting = table.text("allow_http")?;
    match Url::parse_host(&setting.value) {
        Some(host) => Some((setting.value, host)),
        None => {
            let remedy = "write the host alone, such as `id.internal`, without `http://` and port";
            table.fault("allow_http", Some(&setting.origin), "is not a host", remedy);
            None
        }
    }
}

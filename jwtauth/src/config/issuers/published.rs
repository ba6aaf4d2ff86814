//! Where an issuer publishes its keys: `discovery` and `jwks_uri`.

use crate::claims::issuer::TENANT;
use crate::config::settings::{Setting, Settings};
use crate::issuers::{Host, Source, Url};

const HTTPS: &str = "write its `https:` URL, such as `https://id.example.com`";

/// The settings of one issuer.
pub(super) struct Published {
    pub(super) discovery: Option<Setting<String>>,
    pub(super) jwks_uri: Option<Setting<String>>,
    is_set: bool,
    set: Option<Url>,
}

/// Reads the settings. `plain` is the host that may be fetched from without TLS.
pub(super) fn read(table: &mut Settings<'_>, plain: Option<&Host>) -> Published {
    let is_set = table.is_set("jwks_uri");
    let jwks_uri = table.text("jwks_uri");
    let set = jwks_uri.as_ref().and_then(|setting| {
        let url = Url::parse(&setting.value, plain);
        url.inspect_err(|problem| table.fault("jwks_uri", Some(&setting.origin), *problem, HTTPS)).ok()
    });
    Published { discovery: table.text("discovery"), jwks_uri, is_set, set }
}

impl Published {
    /// The first document to fetch. Returns `None` if there is a fault.
    pub(super) fn source(
        &self,
        table: &mut Settings<'_>,
        issuer: &Setting<String>,
        plain: Option<&Host>,
    ) -> Option<Source> {
        match (&self.discovery, self.is_set) {
            (Some(discovery), true) => {
                let remedy = "keep `discovery`, whose document names the keys, or `jwks_uri`";
                table.fault("discovery", Some(&discovery.origin), "is set beside `jwks_uri`", remedy);
                None
            }
            (None, true) => self.set.clone().map(Source::Set),
            (Some(discovery), false) => Source::discovery_at(&issuer.value, &discovery.value, plain)
                .inspect_err(|problem| table.fault("discovery", Some(&discovery.origin), *problem, HTTPS))
                .ok(),
            (None, false) if issuer.value.contains(TENANT) => {
                if !table.faults_on("discovery") {
                    let problem = "is not set, and an `issuer` with `{tenantid}` is not a URL";
                    let remedy =
                        "write the `https:` URL of its discovery document, or set `jwks_uri` to where its keys are";
                    table.fault("discovery", None, problem, remedy);
                }
                None
            }
            (None, false) => Source::discovery(&issuer.value, plain)
                .inspect_err(|problem| {
                    let remedy = format!("{HTTPS}, or set `jwks_uri` to where its keys are");
                    table.fault("issuer", Some(&issuer.origin), *problem, remedy);
                })
                .ok(),
        }
    }
}

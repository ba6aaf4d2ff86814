mod claims;
mod prefixes;
mod tenants;

use std::sync::Arc;

use super::error::{ConfigError, ConfigFault};
use super::issuer_config::IssuerConfig;
use super::issuer_network;
use super::names::{ISSUERS, OF_ISSUER};
use super::numbers::LONG_LEEWAY;
use super::policy;
use super::settings::{Origin, Setting, Settings};
use super::userids::Users;
use crate::algorithm::Algorithm;
use crate::claims::issuer::TENANT;
use crate::clock::Clock;
use crate::issuers::{FetchError, FetchSettings, IssuerSettings, Issuers, Source, TokenType, Url};

const LEEWAY: u64 = 30;

/// One hour.
const RETAIN: u64 = 60 * 60;

/// Valid issuers, and the origins of their settings.
#[derive(Default)]
pub(crate) struct ChosenIssuers {
    issuers: Vec<IssuerSettings>,
    origins: Vec<Origin>,
}

impl ChosenIssuers {
    /// Creates the issuers. If the keys of an `eager` issuer can't be fetched, that is a fault.
    pub(crate) async fn launch(&mut self, clock: &Clock) -> Result<Issuers, ConfigError> {
        let fault = |(place, error): (usize, FetchError)| ConfigFault {
            setting: format!("{ISSUERS}[{place}].issuer"),
            problem: error.problem().to_owned(),
            remedy: format!("{}; or remove `eager`, to launch without its keys", error.remedy()),
            origin: self.origins.get(place).and_then(Origin::described),
        };
        let launched = Issuers::launch(std::mem::take(&mut self.issuers), clock).await;
        launched.map_err(|missing| ConfigError { faults: missing.into_iter().map(fault).collect() })
    }

    /// The settings of the issuers, in the order of the list.
    #[cfg(feature = "cli")]
    pub(crate) fn settings(&self) -> &[IssuerSettings] {
        &self.issuers
    }
}

/// The settings of the issuers, and the data that a launch needs from them.
#[derive(Default)]
pub(super) struct ReadIssuers {
    pub(super) configs: Vec<IssuerConfig>,
    pub(super) chosen: ChosenIssuers,
}

/// Reads the list of issuers. Skips an issuer that has a fault. `own` is the application's own issuer.
pub(super) fn read(settings: &mut Settings<'_>, own: Option<&str>, users: Users, verified_cache: usize) -> ReadIssuers {
    let mut read = ReadIssuers::default();
    for mut table in settings.open_list(ISSUERS).unwrap_or_default() {
        if let Some((issuer, source, fetching, origin)) = read_one(&mut table, own, users, &read.configs) {
            if issuer.leeway > LONG_LEEWAY {
                let (setting, leeway) = (table.named("leeway"), issuer.leeway);
                table.warn(format!(
                    "`{setting}` is {leeway} seconds, and every token is valid for that much longer; a minute is enough"
                ));
            }
            read.chosen.issuers.push(issuer_settings(&issuer, source, fetching, verified_cache));
            read.chosen.origins.push(origin);
            read.configs.push(issuer);
        }
        settings.close(table, &OF_ISSUER);
    }
    prefixes::check(settings, &read.configs, users);
    read
}

fn read_one(
    table: &mut Settings<'_>,
    own: Option<&str>,
    users: Users,
    before: &[IssuerConfig],
) -> Option<(IssuerConfig, Source, FetchSettings, Origin)> {
    let (issuer, audience) = (required_text(table, "issuer"), audience(table));
    let algorithms = algorithms(table);
    let claims = claims::read(table);
    let leeway = table.seconds("leeway").map_or(LEEWAY, |setting| setting.value);
    let typ = typ(table);
    let network = issuer_network::read(table);
    let has_url = table.is_set("jwks_uri");
    let jwks_uri = table.text("jwks_uri");
    let discovery = table.text("discovery");
    let eager = table.flag("eager").is_some_and(|setting| setting.value);
    let retain_on_error = table.seconds("retain_on_error").map_or(RETAIN, |setting| setting.value);

    let mut source = jwks_uri.as_ref().and_then(|setting| match Url::parse(&setting.value, network.plain_host()) {
        Ok(url) => Some(Source::Set(url)),
        Err(problem) => {
            table.fault("jwks_uri", Some(&setting.origin), problem, HTTPS);
            None
        }
    });
    let issuer = issuer?;
    let tenants = tenants::read(table, &issuer);
    let userid_prefix = prefixes::read(table, &issuer.value, users);
    let Setting { value: issuer, origin } = issuer;
    check_unique(table, &issuer, &origin, own, before);
    match (&discovery, has_url) {
        (Some(discovery), true) => {
            let remedy = "keep `discovery`, whose document names the keys, or `jwks_uri`";
            table.fault("discovery", Some(&discovery.origin), "is set beside `jwks_uri`", remedy);
        }
        (None, true) => {}
        (Some(discovery), false) => {
            source = Source::discovery_at(&issuer, &discovery.value, network.plain_host())
                .inspect_err(|problem| table.fault("discovery", Some(&discovery.origin), *problem, HTTPS))
                .ok();
        }
        (None, false) if issuer.contains(TENANT) => {
            if !table.faults_on("discovery") {
                let remedy =
                    "write the `https:` URL of its discovery document, or set `jwks_uri` to where its keys are";
                table.fault(
                    "discovery",
                    None,
                    "is not set, and an `issuer` with a tenant is not the URL of one",
                    remedy,
                );
            }
        }
        (None, false) => {
            source = Source::discovery(&issuer, network.plain_host())
                .inspect_err(|problem| {
                    let remedy = format!("{HTTPS}, or set `jwks_uri` to where its keys are");
                    table.fault("issuer", Some(&origin), *problem, remedy);
                })
                .ok();
        }
    }
    let claims = claims?;
    let source = source?;
    let fetching = network.of(table, &source);
    let issuer = IssuerConfig {
        issuer,
        audience: audience?,
        algorithms: algorithms?,
        audience_claim: claims.audience_claim,
        require: claims.require,
        tenants: tenants?,
        userid_claim: claims.userid_claim,
        userid_prefix: userid_prefix?,
        permissions_claim: claims.permissions_claim,
        permissions: claims.permissions,
        leeway,
        typ,
        discovery: discovery.map(|setting| setting.value),
        jwks_uri: jwks_uri.map(|setting| setting.value),
        eager,
        retain_on_error,
        timeout: network.timeout,
        bearer_token_file: network.has_bearer(),
        ca: network.ca,
        proxy: network.proxy,
        allow_http: network.allow_http,
    };
    Some((issuer, source, fetching, origin))
}

const HTTPS: &str = "write its `https:` URL, such as `https://id.example.com`";

fn issuer_settings(
    issuer: &IssuerConfig,
    source: Source,
    fetching: FetchSettings,
    verified_cache: usize,
) -> IssuerSettings {
    let typ = |typ: &str| if typ == AT_JWT { TokenType::AccessToken } else { TokenType::Jwt };
    IssuerSettings {
        source,
        fetching,
        algorithms: issuer.algorithms.clone(),
        typ: issuer.typ.as_deref().map(typ),
        policy: Arc::new(policy::of_issuer(issuer)),
        retain: issuer.retain_on_error,
        eager: issuer.eager,
        verified_cache,
    }
}

fn required_text(table: &mut Settings<'_>, name: &'static str) -> Option<Setting<String>> {
    if !table.is_set(name) {
        table.fault(name, None, "is not set", "write the value of `iss` in the tokens of this issuer, often its URL");
    }
    table.text(name)
}

fn audience(table: &mut Settings<'_>) -> Option<Vec<String>> {
    if !table.is_set("audience") {
        let remedy = "write the value of `aud` in those tokens of the issuer that are for this application";
        table.fault("audience", None, "is not set, and tokens for other applications would be accepted", remedy);
    }
    table.texts("audience").map(|setting| setting.value)
}

/// Checks that an issuer is listed only once and is not the application itself, because `iss` selects the keys that
/// verify a token.
fn check_unique(table: &mut Settings<'_>, issuer: &str, origin: &Origin, own: Option<&str>, before: &[IssuerConfig]) {
    if own == Some(issuer) {
        table.fault(
            "issuer",
            Some(origin),
            "is the application's own `issuer`",
            "remove this issuer, or change the other setting",
        );
    }
    if before.iter().any(|other| other.issuer == issuer) {
        table.fault("issuer", Some(origin), "is in the list twice", "keep one of the two entries");
    }
}

fn algorithms(table: &mut Settings<'_>) -> Option<Vec<Algorithm>> {
    let asymmetric = Algorithm::ALL.iter().copied().filter(|algorithm| !algorithm.is_hmac());
    if !table.is_set("algorithms") {
        return Some(asymmetric.collect());
    }
    let setting = table.texts("algorithms")?;
    let mut algorithms = Vec::new();
    for name in &setting.value {
        let problem = match name.parse::<Algorithm>() {
            Ok(algorithm) if !algorithm.is_hmac() => {
                if !algorithms.contains(&algorithm) {
                    algorithms.push(algorithm);
                }
                continue;
            }
            Ok(_) => format!("has {name}, which needs a shared secret, and an issuer publishes none"),
            Err(_) => format!("has `{}`, which is not the name of an algorithm", shown(name)),
        };
        let names: Vec<&str> = asymmetric.clone().map(Algorithm::name).collect();
        table.fault("algorithms", Some(&setting.origin), problem, format!("choose from {}", names.join(", ")));
        return None;
    }
    Some(algorithms)
}

const JWT: &str = "JWT";
const AT_JWT: &str = "at+jwt";

fn typ(table: &mut Settings<'_>) -> Option<String> {
    let setting = table.text("typ")?;
    // Media types are case-insensitive (RFC 7515 §4.1.9).
    for known in [JWT, AT_JWT] {
        if setting.value.eq_ignore_ascii_case(known) {
            return Some(known.to_owned());
        }
    }
    let remedy = format!("write `{AT_JWT}` or `{JWT}`, or remove it");
    let problem = format!("is `{}`, which is not a type of access tokens", shown(&setting.value));
    table.fault("typ", Some(&setting.origin), problem, remedy);
    None
}

/// Formats a value for a message. None of these settings is a secret.
fn shown(value: &str) -> String {
    value.chars().take(64).flat_map(char::escape_debug).collect()
}

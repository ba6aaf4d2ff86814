//! Reads and checks the list `issuers`, and creates the issuers.

mod claims;
mod files;
mod network;
mod prefixes;
mod published;
mod tenants;

use std::sync::Arc;

use figment::Figment;

use super::error::{ConfigError, ConfigFault};
use super::findings::Findings;
use super::grant::Grant;
use super::issuer_config::IssuerConfig;
use super::names::{ISSUERS, OF_ISSUER};
use super::numbers::LONG_LEEWAY;
use super::policy;
use super::resource::Resource;
use super::settings::{Origin, Setting, Settings};
use super::userids::Users;
use super::values::Config;
use crate::algorithm::Algorithm;
use crate::claims::issuer::IssuerName;
use crate::clock::Clock;
use crate::issuers::{FetchError, FetchSettings, FixedKeys, IssuerSettings, Issuers, Source, TokenType};

const LEEWAY: u64 = 30;

/// One hour.
const RETAIN: u64 = 60 * 60;

/// Valid issuers, and the origins of their settings.
#[derive(Default)]
pub(crate) struct ChosenIssuers {
    issuers: Vec<IssuerSettings>,
    origins: Vec<Origin>,
    /// The entries of the settings `permissions` of all issuers.
    grants: Vec<Grant>,
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

    /// What the settings `permissions` of all issuers grant.
    pub(crate) fn grants(self) -> Vec<Grant> {
        self.grants
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

impl ReadIssuers {
    /// The issuers, as their tokens name them.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.configs.iter().map(|config| &*config.issuer)
    }
}

/// Reads the list of issuers. Skips an issuer that has a fault. `own` is the application's own issuer.
pub(super) fn read(
    settings: &mut Settings<'_>,
    own: Option<&str>,
    users: Users,
    verified_cache: usize,
    resource: Option<&Resource>,
) -> ReadIssuers {
    let (mut read, mut places) = (ReadIssuers::default(), Vec::new());
    let tables = settings.open_list(ISSUERS).unwrap_or_default();
    let count = tables.len();
    for (place, mut table) in tables.into_iter().enumerate() {
        if let Some((issuer, settings, origin, grants)) =
            read_one(&mut table, own, users, &read.configs, verified_cache, resource)
        {
            if issuer.leeway > LONG_LEEWAY {
                let (setting, leeway) = (table.named("leeway"), issuer.leeway);
                table.warn(format!(
                    "`{setting}` is {leeway} seconds, and every token is valid for that much longer; a minute is enough"
                ));
            }
            read.chosen.issuers.push(settings);
            read.chosen.origins.push(origin);
            read.chosen.grants.extend(grants);
            read.configs.push(issuer);
            places.push(place);
        }
        settings.close(table, &OF_ISSUER);
    }
    prefixes::check_userids(settings, &read.configs, count, users);
    prefixes::check_overlaps(settings, &places, &read.configs);
    read
}

/// Rereads the files of all issuers, whose settings are those of the launch.
pub(super) fn reread(config: &Config, at_launch: &Figment) -> (Findings, Vec<(String, FixedKeys)>) {
    files::reread(config, at_launch)
}

fn read_one(
    table: &mut Settings<'_>,
    own: Option<&str>,
    users: Users,
    before: &[IssuerConfig],
    verified_cache: usize,
    resource: Option<&Resource>,
) -> Option<(IssuerConfig, IssuerSettings, Origin, Vec<Grant>)> {
    let (issuer, audience) = (required_text(table, "issuer"), audience(table, resource));
    let algorithms = algorithms(table);
    let claims = claims::read(table);
    let leeway = table.seconds("leeway").map_or(LEEWAY, |setting| setting.value);
    let typ = typ(table);
    let has_secret = table.is_set("master_secret_file");
    let has_jwks_file = table.is_set("jwks_file");
    // Without an algorithm for published keys, there is no URL, and `issuer` can be any text.
    let in_files = match &algorithms {
        _ if has_jwks_file => Some(true),
        _ if !has_secret => Some(false),
        Some(algorithms) => Some(algorithms.iter().all(|algorithm| algorithm.is_hmac())),
        // A fault in `algorithms` is no reason for others.
        None => None,
    };
    let files = files::read(table, algorithms.as_deref(), verified_cache);
    if in_files == Some(true) {
        files::refuse_fetching(table, has_jwks_file);
    }
    let network = network::read(table);
    let published = published::read(table, network.plain_host());
    let eager = table.flag("eager").is_some_and(|setting| setting.value);
    let retain_on_error = table.seconds("retain_on_error").map_or(RETAIN, |setting| setting.value);

    let issuer = issuer?;
    let tenants = tenants::read(table, &issuer);
    let userid_prefix = prefixes::read(table, &issuer.value, users);
    check_unique(table, &issuer.value, &issuer.origin, own, before);
    let source = match in_files {
        Some(true) => Some(Source::Files),
        Some(false) => published.source(table, &issuer, network.plain_host()),
        None => None,
    };
    let Setting { value: issuer, origin } = issuer;
    let claims = claims?;
    let (source, files) = (source?, files?);
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
        discovery: published.discovery.map(|setting| setting.value),
        jwks_uri: published.jwks_uri.map(|setting| setting.value),
        eager,
        retain_on_error,
        timeout: network.timeout,
        bearer_token_file: network.has_bearer(),
        ca: network.ca,
        proxy: network.proxy,
        allow_http: network.allow_http,
        jwks_file: files.jwks_file,
        master_secret_file: has_secret,
    };
    let settings = issuer_settings(&issuer, source, fetching, files.keys, verified_cache);
    Some((issuer, settings, origin, claims.grants))
}

fn issuer_settings(
    issuer: &IssuerConfig,
    source: Source,
    fetching: FetchSettings,
    fixed: FixedKeys,
    verified_cache: usize,
) -> IssuerSettings {
    let typ = |typ: &str| if typ == AT_JWT { TokenType::AccessToken } else { TokenType::Jwt };
    IssuerSettings {
        source,
        fetching,
        fixed,
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

fn audience(table: &mut Settings<'_>, resource: Option<&Resource>) -> Option<Vec<String>> {
    if !table.is_set("audience") {
        // A claim such as `client_id` never holds a resource.
        let is_aud = table.peek("audience_claim").is_none_or(|claim| claim.as_str() == Some("aud"));
        if let Some(resource) = resource.filter(|_| is_aud) {
            return Some(resource.audience());
        }
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
    let without_slash = |issuer: &str| issuer.strip_suffix('/').unwrap_or(issuer).to_owned();
    if own.is_some_and(|own| own != issuer && without_slash(own) == without_slash(issuer)) {
        let problem = "is the application's own `issuer`, except for a slash at the end";
        table.fault("issuer", Some(origin), problem, "change one of the two settings");
    }
    let name = IssuerName::from(issuer);
    if before.iter().any(|other| other.issuer == issuer) {
        table.fault("issuer", Some(origin), "is in the list twice", "keep one of the two entries");
    } else if let Some(other) = before.iter().find(|other| name.overlaps(&IssuerName::from(&*other.issuer))) {
        let problem = format!("can have the same `iss` as the issuer `{}` in the list", shown(&other.issuer));
        table.fault("issuer", Some(origin), problem, "keep one of the two entries");
    }
}

/// Reads the accepted algorithms. Those of a shared secret need `master_secret_file`.
fn algorithms(table: &mut Settings<'_>) -> Option<Vec<Algorithm>> {
    let asymmetric = Algorithm::ALL.iter().copied().filter(|algorithm| !algorithm.is_hmac());
    let has_secret = table.is_set("master_secret_file");
    if !table.is_set("algorithms") {
        return Some(asymmetric.chain(has_secret.then_some(Algorithm::HS256)).collect());
    }
    let setting = table.texts("algorithms")?;
    let mut algorithms = Vec::new();
    for name in &setting.value {
        let problem = match name.parse::<Algorithm>() {
            Ok(algorithm) if !algorithm.is_hmac() || has_secret => {
                if !algorithms.contains(&algorithm) {
                    algorithms.push(algorithm);
                }
                continue;
            }
            Ok(_) => format!("has {name}, which needs a shared secret, and an issuer publishes none"),
            Err(_) => format!("has `{}`, which is not the name of an algorithm", shown(name)),
        };
        let names: Vec<&str> = asymmetric.clone().map(Algorithm::name).collect();
        let remedy = format!("choose from {}; a shared secret needs `master_secret_file`", names.join(", "));
        table.fault("algorithms", Some(&setting.origin), problem, remedy);
        return None;
    }
    let of_secret = algorithms.iter().filter(|algorithm| algorithm.is_hmac()).count();
    if has_secret && of_secret != 1 {
        // RFC 8725 §3.1: a key has one algorithm.
        let problem = match of_secret {
            0 => "has none for the secret in `master_secret_file`",
            _ => "has several for the secret in `master_secret_file`, and a secret has one",
        };
        table.fault("algorithms", Some(&setting.origin), problem, "write one of HS256, HS384, HS512");
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

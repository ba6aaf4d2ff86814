use std::sync::Arc;

use super::settings::{Origin, Setting, Settings};
use super::{Config, ConfigError, Fault, LONG_LEEWAY, MINUTE, userid_claim};
use crate::algorithm::Algorithm;
use crate::claims::policy::Policy;
use crate::clock::Clock;
use crate::issuers::{FetchError, Issuers, Source, Trusted, Type, Url};

/// The settings of one issuer whose tokens are accepted beside the application's own, checked: what stands in one
/// `[[<profile>.jwtauth.issuers]]` of Rocket.toml. Needs the Cargo feature `issuers`.
///
/// ```toml
/// [[default.jwtauth.issuers]]
/// issuer = "https://id.example.com/realms/shop"
/// audience = "orders-api"
/// ```
///
/// No issuer may stand there twice, nor be the application's own `issuer`.
#[non_exhaustive]
#[derive(Debug)]
pub struct IssuerConfig {
    /// The value of `iss` in its tokens, compared to the letter. Without `jwks_uri` it is also where its keys are asked
    /// for: an `https:` URL, or `http:` on this machine, below which there is a discovery document (OpenID Connect
    /// Discovery §4). _Required._
    pub issuer: String,

    /// Who we are to the issuer: one of these must stand in `aud` (RFC 8725 §3.9): a text or a list of them.
    /// _Required:_ the issuer has tokens for others as well, who could pass them on.
    pub audience: Vec<String>,

    /// The algorithms that its keys may be used with, whatever else it publishes. _Default:_ all but those with a
    /// shared secret, which can't be among them.
    pub algorithms: Vec<Algorithm>,

    /// The claim that holds the user id. _Default:_ `sub` (RFC 7519 §4.1.2).
    pub userid_claim: String,

    /// How far the issuer's clock and ours may be apart, in seconds; allowed on `exp`, `nbf` and `iat`. _Default:_ 30:
    /// no two clocks are quite the same.
    pub leeway: u64,

    /// The only `typ` that a token's header may have: `at+jwt`, to insist on an access token by RFC 9068, or `JWT`, for
    /// which none at all will do as well. _Default:_ none; then either will do.
    pub typ: Option<String>,

    /// Where the issuer's keys are: a JWK set (RFC 7517 §5), by `https:`, or by `http:` on this machine. _Default:_
    /// where the discovery document says. If that is on another host than the issuer, the host must have a public
    /// address, so that the document can't lead into the internal network; keys that are there need this setting.
    pub jwks_uri: Option<String>,

    /// Whether the launch fails if the keys can't be fetched. _Default:_ `false`: they are fetched when the first
    /// token comes.
    pub eager: bool,

    /// For how long, in seconds, keys that have run out are used on while newer ones can't be had. _Default:_ 1 hour:
    /// an issuer that is away for a while takes nobody down with it, and as long would a key be accepted that it has
    /// withdrawn.
    pub retain_on_error: u64,
}

/// The name of the list of tables.
pub(super) const LIST: &str = "issuers";

const NAMES: [&str; 9] =
    ["issuer", "audience", "algorithms", "userid_claim", "leeway", "typ", "jwks_uri", "eager", "retain_on_error"];

const LEEWAY: u64 = 30;

const RETAIN: u64 = 60 * MINUTE;

/// Issuers that check out, and where their names were set.
#[derive(Default)]
pub(crate) struct ChosenIssuers {
    trusted: Vec<Trusted>,
    origins: Vec<Origin>,
}

impl ChosenIssuers {
    /// Makes them ready. Those that must be there by the launch, and are not, are faults.
    pub(crate) async fn launch(&mut self, clock: &Clock) -> Result<Issuers, ConfigError> {
        let fault = |(place, error): (usize, FetchError)| Fault {
            setting: format!("{LIST}[{place}].issuer"),
            problem: error.problem().to_owned(),
            remedy: format!("{}; or remove `eager`, to launch without its keys", error.remedy()),
            origin: self.origins.get(place).and_then(Origin::described),
        };
        let launched = Issuers::launch(std::mem::take(&mut self.trusted), clock).await;
        launched.map_err(|missing| ConfigError { faults: missing.into_iter().map(fault).collect() })
    }
}

/// Reads the list of issuers, after the rest of the settings. What has a fault is left out.
pub(super) fn read(settings: &mut Settings<'_>, config: &mut Config, warnings: &mut Vec<String>) -> ChosenIssuers {
    let mut chosen = ChosenIssuers::default();
    for mut table in settings.open_list(LIST).unwrap_or_default() {
        if let Some((issuer, source, origin)) = read_one(&mut table, config) {
            if issuer.leeway > LONG_LEEWAY {
                let (setting, leeway) = (table.named("leeway"), issuer.leeway);
                warnings.push(format!(
                    "`{setting}` is {leeway} seconds, and every token is valid for that much longer; a minute is enough"
                ));
            }
            chosen.trusted.push(trusted(&issuer, source, config.verified_cache));
            chosen.origins.push(origin);
            config.issuers.push(issuer);
        }
        settings.close(table, &NAMES);
    }
    chosen
}

fn read_one(table: &mut Settings<'_>, config: &Config) -> Option<(IssuerConfig, Source, Origin)> {
    let (issuer, audience) = (required_text(table, "issuer"), audience(table));
    let algorithms = algorithms(table);
    let userid_claim = userid_claim(table);
    let leeway = table.seconds("leeway").map_or(LEEWAY, |setting| setting.value);
    let typ = typ(table);
    let has_address = table.is_set("jwks_uri");
    let jwks_uri = table.text("jwks_uri");
    let eager = table.flag("eager").is_some_and(|setting| setting.value);
    let retain_on_error = table.seconds("retain_on_error").map_or(RETAIN, |setting| setting.value);

    let mut source = jwks_uri.as_ref().and_then(|address| match Url::parse(&address.value) {
        Ok(url) => Some(Source::Set(url)),
        Err(problem) => {
            table.fault("jwks_uri", Some(&address.origin), problem, HTTPS);
            None
        }
    });
    let Setting { value: issuer, origin } = issuer?;
    check_unique(table, &issuer, &origin, config);
    if !has_address {
        source = Source::discovery(&issuer)
            .inspect_err(|problem| {
                let remedy = format!("{HTTPS}, or set `jwks_uri` to where its keys are");
                table.fault("issuer", Some(&origin), *problem, remedy);
            })
            .ok();
    }
    let issuer = IssuerConfig {
        issuer,
        audience: audience?,
        algorithms: algorithms?,
        userid_claim,
        leeway,
        typ,
        jwks_uri: jwks_uri.map(|address| address.value),
        eager,
        retain_on_error,
    };
    Some((issuer, source?, origin))
}

const HTTPS: &str = "write its `https:` URL, such as `https://id.example.com`";

fn trusted(issuer: &IssuerConfig, source: Source, verified_cache: usize) -> Trusted {
    let policy = Policy {
        userid_claim: issuer.userid_claim.clone(),
        issuer: Some(issuer.issuer.clone()),
        audience: issuer.audience.clone(),
        leeway: issuer.leeway,
        // Limited, that is: whatever it is, a token must say when it expires.
        expiration_delta: Some(0),
        refresh_delta: None,
        max_lifetime: None,
        allow_refresh: false,
        verify_expiration_on_refresh: true,
        sessions: false,
        among_others: true,
        foreign: true,
    };
    Trusted {
        source,
        algorithms: issuer.algorithms.clone(),
        typ: issuer.typ.as_deref().map(|typ| if typ == AT_JWT { Type::AccessToken } else { Type::Jwt }),
        policy: Arc::new(policy),
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

/// Not twice, and not our own: which keys a token is checked with must be plain from `iss`.
fn check_unique(table: &mut Settings<'_>, issuer: &str, origin: &Origin, config: &Config) {
    if config.issuer.as_deref() == Some(issuer) {
        table.fault(
            "issuer",
            Some(origin),
            "is the application's own `issuer`",
            "remove this issuer, or change the other setting",
        );
    }
    if config.issuers.iter().any(|other| other.issuer == issuer) {
        table.fault("issuer", Some(origin), "is in the list twice", "keep one of the two entries");
    }
}

fn algorithms(table: &mut Settings<'_>) -> Option<Vec<Algorithm>> {
    let asymmetric = Algorithm::ALL.into_iter().filter(|algorithm| !algorithm.is_hmac());
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
    // Media types are compared without case (RFC 7515 §4.1.9).
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

/// A value as a message quotes it. None of these settings is a secret.
fn shown(value: &str) -> String {
    value.chars().take(64).flat_map(char::escape_debug).collect()
}

mod error;
mod keys;
mod numbers;
mod sessions;
mod settings;

use figment::Figment;

pub use self::error::{ConfigError, Fault};
pub use self::sessions::SessionsConfig;
pub(crate) use self::sessions::{Chosen, Where};
use self::settings::Settings;
use crate::{Algorithm, KeyRing};

/// The settings, checked: what stands in `[<profile>.jwtauth]` of Rocket.toml, or in the environment
/// variable `ROCKET_JWTAUTH={…}`.
///
/// ```toml
/// [default.jwtauth]
/// allow_refresh = true
/// issuer = "https://shop.example.com"
///
/// [release.jwtauth]
/// master_secret_file = "/run/secrets/jwtauth"
/// ```
///
/// The fairing makes one at ignition, and an application can look at it with
/// [`JwtAuth::config`](crate::JwtAuth::config). Every fault is reported at once, with its setting, where
/// that was set, and the remedy; an unknown setting is a fault.
///
/// A duration is a number of seconds or a text: `90`, `"30m"`, `"12h 30m"`, `"7d"`; where there need be
/// no limit, also `"unlimited"`, which is `None` here. Text is compared with case.
///
/// # Keys
///
/// The key settings are not kept; they become the [`KeyRing`].
///
/// | setting | what it is |
/// |---|---|
/// | `master_secret` | the secret of the HMAC algorithms, at least 32, 48, 64 bytes for HS256, HS384, HS512 |
/// | `master_secret_file` | the same, from a file; a newline at its end is ignored |
/// | `private_key`, `private_key_file` | the key that signs: PEM, or in a file also DER; PKCS #8, PKCS #1 (RSA) or SEC 1 (EC) |
/// | `public_key`, `public_key_file` | the key that verifies; derived from the private key if that is there, and proved to belong to it; alone, tokens can only be verified |
///
/// A path in a file of settings is relative to that file. In the debug profile a missing secret is
/// replaced by a random one that lasts as long as the process, and a short one is used, both with a
/// warning; in every other profile they are faults.
#[non_exhaustive]
#[derive(Debug)]
pub struct Config {
    /// How tokens are signed, and the only way in which they may be. _Default:_ `HS256`: the only kind
    /// of key that needs no files and no C code.
    pub algorithm: Algorithm,

    /// The key ID, put into the header as `kid` (RFC 7515 §4.1.4). A token with another one is refused.
    /// _Default:_ none; then a token with any is refused. Who only verifies the tokens of an identity
    /// provider sets it to the provider's.
    pub kid: Option<String>,

    /// The lifetime of an access token, in seconds. `None`: it never expires. _Default:_ 30 minutes: that is
    /// how long a change to a user, or the theft of a token, may go unnoticed.
    pub expiration_delta: Option<u64>,

    /// How far the clocks of those who issue and those who check may be apart, in seconds; allowed on
    /// `exp`, `nbf`, `iat`, `refresh_until` and `max_lifetime`. _Default:_ 0: with one clock there is no
    /// skew, and every second of it lengthens the life of all tokens.
    pub leeway: u64,

    /// Turns refreshing on. `None`: not set; then no refresh endpoint can be mounted. _Default:_ not set: a
    /// token that can be refreshed is worth more to a thief, so it takes a decision.
    pub allow_refresh: Option<bool>,

    /// How long after it was issued a token can be refreshed, in seconds. `None`: for ever. _Default:_
    /// 7 days: who comes back within a week stays logged in.
    pub refresh_delta: Option<u64>,

    /// Whether only a token that has not expired can be refreshed. _Default:_ `false`: a client finds
    /// out by a 401 that it has to refresh, and can still do so.
    pub verify_expiration_on_refresh: bool,

    /// The end of a login, in seconds after it, however often its token was refreshed. `None`: there is
    /// none. _Default:_ unlimited: how long is for the application to say.
    pub max_lifetime: Option<u64>,

    /// Put into `iss`, and required there (RFC 8725 §3.8). _Default:_ none.
    pub issuer: Option<String>,

    /// Put into `aud`, and one of them required there (RFC 8725 §3.9): a text or a list of them.
    /// _Default:_ none; then a token that has `aud` is for somebody else, and refused
    /// (RFC 7519 §4.1.3).
    pub audience: Vec<String>,

    /// The scheme of the `Authorization` header; compared without case (RFC 9110 §11.1). _Default:_
    /// `Bearer` (RFC 6750 §2.1).
    pub auth_header_prefix: String,

    /// The claim that holds the user id. _Default:_ `sub` (RFC 7519 §4.1.2).
    pub userid_claim: String,

    /// Named in the `WWW-Authenticate` challenge (RFC 9110 §11.5). _Default:_ none.
    pub realm: Option<String>,

    /// The settings of sessions, below `[<profile>.jwtauth.sessions]`. `None`: there are none, and tokens are all
    /// there is to a login. _Default:_ none: sessions need a place to be kept.
    pub sessions: Option<SessionsConfig>,
}

/// All settings, in the order of the table in the manual.
const NAMES: [&str; 20] = [
    "master_secret",
    "master_secret_file",
    "private_key",
    "private_key_file",
    "public_key",
    "public_key_file",
    "algorithm",
    "kid",
    "expiration_delta",
    "leeway",
    "allow_refresh",
    "refresh_delta",
    "verify_expiration_on_refresh",
    "max_lifetime",
    "issuer",
    "audience",
    "auth_header_prefix",
    "userid_claim",
    "realm",
    sessions::TABLE,
];

const MINUTE: u64 = 60;
const DAY: u64 = 24 * 60 * MINUTE;

/// Settings that check out, the keys that they name, and what the operator should be warned of.
pub(crate) struct Checked {
    pub(crate) config: Config,
    pub(crate) keys: KeyRing,
    /// What keeps sessions, if something does.
    pub(crate) sessions: Option<Chosen>,
    pub(crate) warnings: Vec<String>,
}

impl Config {
    /// Reads and checks the settings, keys included. `has_store`: the application brings a store for sessions.
    pub(crate) fn check(figment: &Figment, has_store: bool) -> Result<Checked, ConfigError> {
        let mut settings = Settings::of(figment);
        let mut warnings = Vec::new();

        let refreshing = sessions::Refreshing::of(&settings);
        let algorithm = algorithm(&mut settings);
        let keys = keys::read(&mut settings, algorithm, figment.profile(), &mut warnings);
        let mut config = Config {
            algorithm: algorithm.unwrap_or_default(),
            kid: kid(&mut settings),
            expiration_delta: limit(&mut settings, "expiration_delta", Some(30 * MINUTE)),
            leeway: settings.seconds("leeway").map_or(0, |setting| setting.value),
            allow_refresh: settings.flag("allow_refresh").map(|setting| setting.value),
            refresh_delta: limit(&mut settings, "refresh_delta", Some(7 * DAY)),
            verify_expiration_on_refresh: settings
                .flag("verify_expiration_on_refresh")
                .is_some_and(|setting| setting.value),
            max_lifetime: limit(&mut settings, "max_lifetime", None),
            issuer: settings.text("issuer").map(|setting| setting.value),
            audience: settings.texts("audience").map_or_else(Vec::new, |setting| setting.value),
            auth_header_prefix: auth_header_prefix(&mut settings),
            userid_claim: userid_claim(&mut settings),
            realm: realm(&mut settings),
            sessions: None,
        };
        let sessions = sessions::read(&mut settings, &mut config, &refreshing, keys.as_ref(), has_store, &mut warnings);

        match (settings.finish(&NAMES), keys) {
            (faults, Some(keys)) if faults.is_empty() => {
                let keys = match &config.kid {
                    Some(kid) => keys.with_kid(kid),
                    None => keys,
                };
                warnings.extend(config.endless_login());
                warnings.extend(config.long_leeway());
                Ok(Checked { config, keys, sessions, warnings })
            }
            (faults, _) => Err(ConfigError { faults }),
        }
    }

    /// The warning that tokens live on for long after they have expired.
    fn long_leeway(&self) -> Option<String> {
        let leeway = self.leeway;
        (leeway > LONG_LEEWAY).then(|| {
            format!("`leeway` is {leeway} seconds, and every token good for that much longer; a minute is plenty")
        })
    }

    /// The warning that nothing ever ends a login, if nothing does.
    fn endless_login(&self) -> Option<String> {
        if self.max_lifetime.is_some() {
            return None;
        }
        let refreshed_for_ever = self.allow_refresh == Some(true)
            && self.refresh_delta.is_none()
            && !(self.verify_expiration_on_refresh && self.expiration_delta.is_some());
        // Each request asks whether the session is over, which `refresh_delta` sees to.
        let ends_by_session = self.sessions.as_ref().is_some_and(|sessions| sessions.staleness.is_some());
        let setting = match (self.expiration_delta, refreshed_for_ever) {
            (None, _) if !ends_by_session => "expiration_delta",
            (_, true) => "refresh_delta",
            _ => return None,
        };
        Some(format!("nothing ever ends a login: `{setting}` is unlimited, and so is `max_lifetime`; set one of them"))
    }
}

/// Clocks that are further apart than this, in seconds, are not skewed but wrong.
const LONG_LEEWAY: u64 = 10 * MINUTE;

/// The most bytes of a key ID: it stands in every token.
const LONGEST_KID: usize = 255;

fn kid(settings: &mut Settings<'_>) -> Option<String> {
    let setting = settings.text("kid")?;
    if setting.value.len() <= LONGEST_KID {
        return Some(setting.value);
    }
    let remedy = "it stands in every token: write a short one";
    settings.fault("kid", Some(&setting.origin), "is longer than 255 bytes", remedy);
    None
}

fn limit(settings: &mut Settings<'_>, name: &str, default: Option<u64>) -> Option<u64> {
    settings.limit(name).map_or(default, |setting| setting.value)
}

fn algorithm(settings: &mut Settings<'_>) -> Option<Algorithm> {
    if !settings.is_set("algorithm") {
        return Some(Algorithm::default());
    }
    let setting = settings.text("algorithm")?;
    match setting.value.parse() {
        Ok(algorithm) => Some(algorithm),
        Err(_) => {
            let names = Algorithm::ALL.map(Algorithm::name).join(", ");
            let remedy = format!("write one of {names}");
            settings.fault("algorithm", Some(&setting.origin), "is not the name of an algorithm", remedy);
            None
        }
    }
}

fn auth_header_prefix(settings: &mut Settings<'_>) -> String {
    let default = "Bearer".to_owned();
    let Some(setting) = settings.text("auth_header_prefix") else {
        return default;
    };
    // The characters of a token in RFC 9110 §5.6.2.
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if setting.value.bytes().all(is_token) {
        return setting.value;
    }
    settings.fault(
        "auth_header_prefix",
        Some(&setting.origin),
        "has characters that can't stand in the name of a scheme",
        "write one word of letters, digits and dashes, such as `Bearer`",
    );
    default
}

fn userid_claim(settings: &mut Settings<'_>) -> String {
    let default = "sub".to_owned();
    let Some(setting) = settings.text("userid_claim") else {
        return default;
    };
    if setting.value != default && crate::claims::is_reserved(&setting.value) {
        settings.fault(
            "userid_claim",
            Some(&setting.origin),
            "is the name of a claim with a meaning of its own",
            "choose another name, such as `sub`",
        );
        return default;
    }
    setting.value
}

fn realm(settings: &mut Settings<'_>) -> Option<String> {
    let setting = settings.text("realm")?;
    if setting.value.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return Some(setting.value);
    }
    settings.fault("realm", Some(&setting.origin), "has characters that can't stand in a header", "write it in ASCII");
    None
}

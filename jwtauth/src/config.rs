mod deciding;
mod error;
#[cfg(feature = "issuers")]
mod issuers;
mod key_file;
mod keys;
mod material;
mod misplaced;
mod numbers;
#[cfg(feature = "cli")]
mod report;
mod reread;
mod rolling;
mod secret_text;
mod sessions;
mod settings;
mod source;
mod tables;
mod times;

use figment::Figment;

pub use self::error::{ConfigError, Fault};
#[cfg(feature = "issuers")]
pub(crate) use self::issuers::ChosenIssuers;
#[cfg(feature = "issuers")]
pub use self::issuers::IssuerConfig;
pub(crate) use self::key_file::KeyFile;
#[cfg(feature = "cli")]
pub(crate) use self::report::{SecretSize, origin_of_warning, secret_sizes};
pub(crate) use self::reread::Reread;
use self::rolling::Rolling;
pub use self::sessions::SessionsConfig;
pub(crate) use self::sessions::{Chosen, Where, session_settings};
use self::settings::{Origin, Settings};
pub(crate) use self::source::KeySettings;
use crate::keys::KeyRing;

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
/// The settings of keys are not part of it. They become the [`KeyRing`] of
/// [`JwtAuth::keys`](crate::JwtAuth::keys). The guide lists [all settings](crate::guide::settings), and has a chapter on
/// [keys](crate::guide::keys).
#[non_exhaustive]
#[derive(Debug)]
pub struct Config {
    /// How often the files of the keys are looked at, in seconds, and with them the list `keys` where it stands in
    /// Rocket.toml. If there is something new, it is noted, and read again a second later. If it is the same then, all of
    /// it is checked, and put in the place of the old.
    /// `None`: only when the application asks for it ([`JwtAuth::reload`](crate::JwtAuth::reload)) or the process
    /// gets a SIGHUP. _Default:_ none: who replaces a file may have to replace two.
    pub reload: Option<u64>,

    /// The path at which the public keys are published, as a JWK set (RFC 7517 §5). _Default:_ none: not
    /// everybody is to know them.
    pub jwks_path: Option<String>,

    /// How many verified tokens this process remembers, so that their signatures need not be checked and their
    /// claims not be read again; everything else is checked on each request. A token of up to 500 bytes counts
    /// as one and takes about 1 KiB; a longer one counts as several, and so does one with many values in its claims,
    /// which have more on the heap than their text. 0: none. _Default:_ 10,000, about 10 MB: for public keys it is always
    /// worth it, for secrets up to some 100,000 tokens in use.
    pub verified_cache: usize,

    /// The lifetime of an access token, in seconds. `None`: it never expires. _Default:_ 30 minutes: that is
    /// how long a change to a user, or the theft of a token, may go unnoticed.
    pub expiration_delta: Option<u64>,

    /// How far the clocks of those who issue and those who check may be apart, in seconds; allowed on
    /// `exp`, `nbf`, `refresh_until` and `max_lifetime`. _Default:_ 0: every second of it lengthens the life of all
    /// tokens. On `iat`, which lengthens nothing, a minute is always allowed, and the leeway if it is longer.
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

    /// Whether the application's catchers for 403 answer a refused refresh, instead of the standard bodies.
    /// [`RefreshError::of`](crate::RefreshError::of) tells them the reason. _Default:_ `false`: clients rely on the
    /// bodies.
    pub refresh_catchers: bool,

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

    /// Others whose tokens are accepted as well, each below `[[<profile>.jwtauth.issuers]]`. _Default:_ none.
    #[cfg(feature = "issuers")]
    pub issuers: Vec<IssuerConfig>,
}

/// All settings but those of a key, which come before them, in the order of the table in the manual.
const NAMES: [&str; 18] = [
    keys::LIST,
    "reload",
    "jwks_path",
    "verified_cache",
    "expiration_delta",
    "leeway",
    "allow_refresh",
    "refresh_delta",
    "verify_expiration_on_refresh",
    "refresh_catchers",
    "max_lifetime",
    "issuer",
    "audience",
    "auth_header_prefix",
    "userid_claim",
    "realm",
    sessions::TABLE,
    "issuers",
];

/// The default of `verified_cache`.
const VERIFIED_CACHE: usize = 10_000;

const MINUTE: u64 = 60;
const DAY: u64 = 24 * 60 * MINUTE;

/// Settings that check out, the keys that they name, and what the operator should be warned of.
pub(crate) struct Checked {
    pub(crate) config: Config,
    pub(crate) keys: KeyRing,
    /// Where those were read.
    pub(crate) key_settings: KeySettings,
    /// The files that the keys are in, if they can be read again.
    pub(crate) files: Vec<KeyFile>,
    /// What keeps sessions, if something does.
    pub(crate) sessions: Option<Chosen>,
    #[cfg(feature = "issuers")]
    pub(crate) issuers: ChosenIssuers,
    pub(crate) warnings: Vec<String>,
}

impl Config {
    /// Reads and checks the settings, keys included. `has_store`: the application brings a store for sessions.
    pub(crate) fn check(figment: &Figment, has_store: bool, now: u64) -> Result<Checked, ConfigError> {
        let mut settings = Settings::of(figment);
        let mut warnings = Vec::new();

        let refreshing = sessions::Refreshing::of(&settings);
        warnings.extend(deciding::decide(&mut settings));
        let is_list = settings.is_set(keys::LIST);
        let can_roll = is_list || settings.is_set("reload");
        let keys = keys::read(&mut settings, figment.profile(), now, &mut warnings);
        let mut files = std::mem::take(&mut settings.files);
        let key_settings = KeySettings::of(figment, is_list);
        files.extend(key_settings.file_at_launch());
        if !files.iter().all(KeyFile::lasts) {
            files.clear();
        }
        let mut config = Config {
            reload: settings.limit("reload").and_then(|setting| setting.value),
            jwks_path: jwks_path(&mut settings, keys.as_ref()),
            verified_cache: settings.number("verified_cache").map_or(VERIFIED_CACHE, |setting| setting.value as usize),
            expiration_delta: limit(&mut settings, "expiration_delta", Some(30 * MINUTE)),
            leeway: settings.seconds("leeway").map_or(0, |setting| setting.value),
            allow_refresh: settings.flag("allow_refresh").map(|setting| setting.value),
            refresh_delta: limit(&mut settings, "refresh_delta", Some(7 * DAY)),
            verify_expiration_on_refresh: settings
                .flag("verify_expiration_on_refresh")
                .is_some_and(|setting| setting.value),
            refresh_catchers: settings.flag("refresh_catchers").is_some_and(|setting| setting.value),
            max_lifetime: limit(&mut settings, "max_lifetime", None),
            issuer: settings.text("issuer").map(|setting| setting.value),
            audience: settings.texts("audience").map_or_else(Vec::new, |setting| setting.value),
            auth_header_prefix: auth_header_prefix(&mut settings),
            userid_claim: userid_claim(&mut settings),
            realm: realm(&mut settings),
            sessions: None,
            #[cfg(feature = "issuers")]
            issuers: Vec::new(),
        };
        let sessions = sessions::read(&mut settings, &mut config, &refreshing, keys.as_ref(), has_store, &mut warnings);
        #[cfg(feature = "issuers")]
        let issuers = issuers::read(&mut settings, &mut config, &mut warnings);
        #[cfg(not(feature = "issuers"))]
        settings.refuse(
            "issuers",
            "needs the Cargo feature `issuers` of jwtauth, which this program was built without",
            "write `jwtauth = { version = \"…\", features = [\"issuers\"] }` in Cargo.toml",
        );

        warnings.append(&mut settings.warnings);
        match (settings.finish(&[keys::of_one(), &NAMES].concat()), keys) {
            (faults, Some(keys)) if faults.is_empty() => {
                warnings.extend(config.endless_login());
                warnings.extend(config.long_leeway());
                warnings.extend(config.nothing_to_reload(&files));
                let needs_seed = sessions.as_ref().is_some_and(|chosen| chosen.seed.is_none());
                warnings.extend(config.rolling(&keys, needs_seed, now).warnings());
                if can_roll && needs_seed {
                    warnings.push(REFRESH_TOKENS_HANG_ON_KEYS.to_owned());
                }
                Ok(Checked {
                    config,
                    keys,
                    key_settings,
                    files,
                    sessions,
                    #[cfg(feature = "issuers")]
                    issuers,
                    warnings,
                })
            }
            (faults, _) => Err(ConfigError { faults }),
        }
    }

    fn rolling<'k>(&self, ring: &'k KeyRing, derived_from: bool, now: u64) -> Rolling<'k> {
        // With sessions it is not by a key of the ring that refreshing ends.
        let refreshes = self.allow_refresh == Some(true) && self.sessions.is_none();
        let longest = match (refreshes && !self.verify_expiration_on_refresh, self.expiration_delta, self.refresh_delta)
        {
            (true, Some(use_), Some(refresh)) => Some(use_.max(refresh)),
            (true, ..) => None,
            (false, longest, _) => longest,
        };
        Rolling { ring, now, longest, published: self.jwks_path.is_some(), derived_from }
    }

    /// The warning that there is nothing to watch.
    fn nothing_to_reload(&self, files: &[KeyFile]) -> Option<String> {
        (self.reload.is_some() && files.is_empty()).then(|| {
            "`reload` is set, but no key is in a file that can be read again: there is nothing to watch".to_owned()
        })
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

const REFRESH_TOKENS_HANG_ON_KEYS: &str = "keys can roll, and `sessions.secret_file` is not set: the refresh tokens of a \
    session work only as long as the key that signed at its login stays among `keys`, with its private part";

/// A path that can be mounted, and something to publish there.
fn jwks_path(settings: &mut Settings<'_>, keys: Option<&KeyRing>) -> Option<String> {
    let setting = settings.text("jwks_path")?;
    let is_segment = |segment: &str| {
        let is_safe = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        // Neither empty nor a step up.
        segment.bytes().any(|byte| byte != b'.') && segment.bytes().all(is_safe)
    };
    if !setting.value.strip_prefix('/').is_some_and(|path| path.split('/').all(is_segment)) {
        let remedy = "write a path such as `/.well-known/jwks.json`";
        settings.fault("jwks_path", Some(&setting.origin), "is no path that can be mounted", remedy);
        return None;
    }
    check_publishable(settings, Some(&setting.origin), keys).then_some(setting.value)
}

fn check_publishable(settings: &mut Settings<'_>, origin: Option<&Origin>, keys: Option<&KeyRing>) -> bool {
    // If there is no ring, its own fault has been told.
    let lacks = keys.is_some_and(|keys| !keys.has_public());
    if lacks {
        let problem = "is set, and there is no public key to publish: who verifies with a secret could sign as well";
        let remedy = "remove it, or sign with a private key (`algorithm = \"EdDSA\"`)";
        settings.fault("jwks_path", origin, problem, remedy);
    }
    !lacks
}

fn limit(settings: &mut Settings<'_>, name: &str, default: Option<u64>) -> Option<u64> {
    settings.limit(name).map_or(default, |setting| setting.value)
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

#[cfg(all(test, not(feature = "issuers")))]
mod tests {
    use figment::providers::Serialized;

    use super::*;

    #[test]
    fn issuers_without_their_feature_are_one_fault_that_names_it() {
        let settings = serde_json::json!({ "issuers": [{ "issuer": "https://id.example.com", "audience": "us" }] });
        let figment = rocket::Config::figment().merge(Serialized::default("jwtauth", settings).profile("default"));
        let Err(error) = Config::check(&figment, false, 0) else { panic!("a fault") };
        let [fault] = error.faults() else { panic!("one fault: {error}") };
        assert_eq!(fault.setting(), "issuers");
        assert!(
            fault.problem().contains("Cargo feature `issuers`") && fault.remedy().contains("features = [\"issuers\"]")
        );
    }
}

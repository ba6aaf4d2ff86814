use std::num::NonZeroU32;

use super::Config;
use super::material::material;
use super::settings::{Origin, Settings};
use super::{ConfigError, Fault};
use crate::error::KeyError;
use crate::keys::KeyRing;
use crate::keys::{Seed, looks_like_a_key};
use crate::session::{SessionSettings, StoreError, StoreFault, StoreUrl};

/// The settings of sessions, checked: what stands in `[<profile>.jwtauth.sessions]` of Rocket.toml. That the
/// table is there, be it empty, is what turns sessions on.
///
/// ```toml
/// [default.jwtauth]
/// allow_refresh = true
/// max_lifetime = "90d"
///
/// [default.jwtauth.sessions]
/// url = "memory:"
/// ```
///
/// `allow_refresh` must be on then, and `refresh_delta` limited: it says after how long without a refresh a
/// session is over. `verify_expiration_on_refresh` has no meaning, since it is not the access token that is
/// refreshed; to set it is a fault.
///
/// `url`, `secret` and `secret_file` are not part of it. They become the store, and the key of refresh tokens. The guide
/// lists [all settings of sessions](crate::guide::sessions#settings).
///
/// # Clocks
///
/// `leeway` is for tokens; the ends of sessions have none. As many seconds as the clocks of two nodes differ are lost
/// from `reuse_grace` when a client that was answered by one of them comes again to the other.
///
/// # Who shares sessions
///
/// Whoever shares a store and a key shares sessions, whatever `issuer` and `audience` say: a refresh token names
/// neither. Give each application a `secret` of its own.
#[non_exhaustive]
#[derive(Debug)]
pub struct SessionsConfig {
    /// For how long, in seconds after its first use, a refresh token that is spent is answered with the same
    /// successor again. 0: a refresh token is good once. _Default:_ 30 seconds: long enough for every tab and
    /// every retry after a lost response, and as long does a thief's copy work unnoticed.
    pub reuse_grace: u64,

    /// How old, in seconds, this node's knowledge of a session may be when it lets an access token pass. 0: the
    /// store is asked on every request. `None`: never; a session that was ended is found out when it is
    /// refreshed. _Default:_ 5 seconds: so long does an access token outlive a logout on another node, and so
    /// long does a node do without its store.
    pub staleness: Option<u64>,

    /// How many sessions a user can have at once; when another begins, the least recently refreshed ends.
    /// `None`: any number. _Default:_ unlimited.
    pub max_per_user: Option<NonZeroU32>,
}

/// The name of the table.
pub(super) const TABLE: &str = "sessions";

const NAMES: [&str; 6] = ["url", "secret", "secret_file", "reuse_grace", "staleness", "max_per_user"];

/// As many bytes as the hash that takes them in (RFC 7518 §3.2).
pub(super) const MIN_SECRET: usize = 32;

/// Beyond this the grace is no longer for retries.
const LONG_GRACE: u64 = 10 * 60;

/// What is to keep the sessions.
pub(crate) struct Chosen {
    pub(crate) place: Where,
    /// What the key of refresh tokens is derived from. `None`: from the keys that sign.
    pub(crate) seed: Option<Seed>,
}

/// Where sessions are kept.
pub(crate) enum Where {
    /// In the application's own store.
    Given,
    Url {
        url: StoreUrl,
        /// Where the setting was made, if it was.
        origin: Option<Origin>,
    },
}

impl Where {
    /// The launch error for a store that cannot be used.
    pub(crate) fn unusable(&self, error: &StoreError) -> ConfigError {
        let origin = match self {
            Where::Url { origin: Some(origin), .. } => origin.described(),
            _ => None,
        };
        let (problem, remedy) = match StoreFault::of(error) {
            Some(fault) => (fault.problem.clone(), fault.remedy.clone()),
            None => (error.causes(), "check the store and this URL".to_owned()),
        };
        let problem = format!("the session store cannot be used: {problem}");
        let fault = Fault { setting: format!("{TABLE}.url"), problem, remedy, origin };
        ConfigError { faults: vec![fault] }
    }
}

/// Reads the settings of sessions. `None` if there are to be none, or there is a fault.
pub(super) fn read(
    settings: &mut Settings<'_>,
    config: &mut Config,
    refreshing: &Refreshing,
    ring: Option<&KeyRing>,
    has_store: bool,
    warnings: &mut Vec<String>,
) -> Option<Chosen> {
    let on = has_store || settings.is_set(TABLE);
    let mut table = settings.open(TABLE);
    if !on {
        return None;
    }
    let place = match &mut table {
        Some(table) => place(table, has_store),
        None => default_place(has_store),
    };
    let seed = seed(settings, table.as_mut(), ring);
    let mut sessions = SessionsConfig { reuse_grace: 30, staleness: Some(5), max_per_user: None };
    if let Some(table) = &mut table {
        if let Some(setting) = table.seconds("reuse_grace") {
            sessions.reuse_grace = setting.value;
        }
        if let Some(setting) = table.seconds_or_unlimited("staleness") {
            sessions.staleness = setting.value;
        }
        if let Some(setting) = table.count("max_per_user") {
            sessions.max_per_user = setting.value;
        }
    }
    if sessions.reuse_grace > LONG_GRACE {
        warnings.push(
            "`sessions.reuse_grace` is longer than 10 minutes: so long does a stolen refresh token work beside its \
             owner's, and nobody notices"
                .to_owned(),
        );
    }
    if let Some(table) = table {
        settings.close(table, &NAMES);
    }
    refreshing.check(settings, config);
    config.sessions = Some(sessions);
    Some(Chosen { place: place?, seed: seed? })
}

fn default_place(has_store: bool) -> Option<Where> {
    if has_store {
        return Some(Where::Given);
    }
    let url = StoreUrl::parse("memory:", None).ok()?;
    Some(Where::Url { url, origin: None })
}

fn place(table: &mut Settings<'_>, has_store: bool) -> Option<Where> {
    if !table.is_set("url") {
        return default_place(has_store);
    }
    let setting = table.text("url")?;
    if has_store {
        table.fault(
            "url",
            Some(&setting.origin),
            "is set, and the application brings a store of its own",
            "remove it, or the call of `sessions` on the fairing",
        );
        return None;
    }
    match StoreUrl::parse(&setting.value, setting.origin.base()) {
        Ok(url) => Some(Where::Url { url, origin: Some(setting.origin) }),
        Err(fault) => {
            table.fault("url", Some(&setting.origin), fault.problem, fault.remedy);
            None
        }
    }
}

const RECIPE: &str = "`openssl rand -hex 32` makes one";

/// What refresh tokens are derived from: a secret of their own, or (`Some(None)`) what signs.
fn seed(settings: &mut Settings<'_>, table: Option<&mut Settings<'_>>, ring: Option<&KeyRing>) -> Option<Option<Seed>> {
    if let Some(table) = table
        && (table.is_set("secret") || table.is_set("secret_file"))
    {
        let secret = material(table, "secret")?;
        if secret.bytes.len() < MIN_SECRET {
            let problem = format!("has {} bytes, and needs at least {MIN_SECRET}", secret.bytes.len());
            table.fault(&secret.setting, Some(&secret.origin), problem, RECIPE);
            return None;
        }
        if looks_like_a_key(&secret.bytes) {
            table.fault(&secret.setting, Some(&secret.origin), KeyError::KeyAsSecret.to_string(), RECIPE);
            return None;
        }
        return Some(Some(Seed::extract(&secret.bytes)));
    }
    check_ring(settings, ring).then_some(None)
}

/// Whether refresh tokens can be derived from what signs.
pub(super) fn check_ring(settings: &mut Settings<'_>, ring: Option<&KeyRing>) -> bool {
    // Without a ring its own fault has been told.
    let Some(ring) = ring else {
        return false;
    };
    if !ring.has_seed() {
        let remedy = format!("set it, or `sessions.secret_file`; {RECIPE}");
        let problem = "is not set, and there is no private key that refresh tokens could be derived from";
        settings.fault(&format!("{TABLE}.secret"), None, problem, remedy);
    }
    ring.has_seed()
}

/// Where the settings of refreshing were made that sessions have something to say about.
pub(super) struct Refreshing {
    allow: Option<Origin>,
    delta: Option<Origin>,
    verify_expiration: Option<Origin>,
}

impl Refreshing {
    pub(super) fn of(settings: &Settings<'_>) -> Self {
        Refreshing {
            allow: settings.whereabouts("allow_refresh"),
            delta: settings.whereabouts("refresh_delta"),
            verify_expiration: settings.whereabouts("verify_expiration_on_refresh"),
        }
    }

    fn check(&self, settings: &mut Settings<'_>, config: &Config) {
        let remedy = |what: &str| format!("{what}, or remove `[default.jwtauth.{TABLE}]`");
        if config.allow_refresh != Some(true) && !settings.faults_on("allow_refresh") {
            let problem = "is not on, and sessions live by being refreshed";
            settings.fault("allow_refresh", self.allow.as_ref(), problem, remedy("write `allow_refresh = true`"));
        }
        if config.refresh_delta.is_none() && !settings.faults_on("refresh_delta") {
            let problem = "is unlimited, and so would be a session that nobody uses any more";
            settings.fault("refresh_delta", self.delta.as_ref(), problem, remedy("write a duration such as `\"7d\"`"));
        }
        if self.verify_expiration.is_some() && !settings.faults_on("verify_expiration_on_refresh") {
            settings.fault(
                "verify_expiration_on_refresh",
                self.verify_expiration.as_ref(),
                "has no meaning with sessions: it is the refresh token that is refreshed, and that has no `exp`",
                remedy("remove it"),
            );
        }
    }
}

/// What sessions take from the settings, if there are any.
pub(crate) fn session_settings(config: &Config) -> Option<SessionSettings> {
    let sessions = config.sessions.as_ref()?;
    Some(SessionSettings {
        // The check of the settings requires a limit. Without one, no session would last.
        refresh_delta: config.refresh_delta.unwrap_or(0),
        max_lifetime: config.max_lifetime,
        reuse_grace: sessions.reuse_grace,
        staleness: sessions.staleness,
        max_per_user: sessions.max_per_user,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unusable_store_is_fault_with_cause_and_remedy() {
        let told = |error: StoreError| {
            let url = StoreUrl::parse("memory:", None).unwrap_or_else(|fault| panic!("{fault}"));
            Where::Url { url, origin: None }.unusable(&error).to_string()
        };
        let begin = "invalid `jwtauth` configuration\n  - `sessions.url`: the session store cannot be used: ";
        let unknown = told(StoreError::new("connection refused"));
        assert_eq!(unknown, format!("{begin}connection refused; check the store and this URL"));
        let known = told(StoreFault::new("it is asleep", "wake it").into());
        assert_eq!(known, format!("{begin}it is asleep; wake it"));
    }
}

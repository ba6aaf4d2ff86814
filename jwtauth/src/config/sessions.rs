//! Reads and checks the table `sessions`.

use super::error::{ConfigError, ConfigFault};
use super::material::material;
use super::names::{OF_SESSIONS, SESSIONS};
use super::sessions_config::SessionsConfig;
use super::settings::{Origin, Settings};
use super::values::Config;
use crate::error::KeyError;
use crate::keys::KeyRing;
use crate::keys::{Seed, looks_like_a_key};
use crate::session::{SessionSettings, StoreError, StoreFault, StoreUrl};

/// The minimum length of a secret: the size of the hash that it is used with (RFC 7518 §3.2).
pub(super) const MIN_SECRET: usize = 32;

/// A longer grace period is no longer for retries only.
const LONG_GRACE: u64 = 10 * 60;

/// The configuration of sessions.
pub(crate) struct Chosen {
    pub(crate) place: Where,
    /// The seed of the key of refresh tokens. `None` if it is derived from the signing keys.
    pub(crate) seed: Option<Seed>,
}

/// Where sessions are stored.
pub(crate) enum Where {
    /// In a store that the application provides.
    Given,
    Url {
        url: StoreUrl,
        /// The origin of the setting, if it was set.
        origin: Option<Origin>,
    },
}

impl Where {
    /// The launch error for a store that can't be used.
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
        let fault = ConfigFault { setting: format!("{SESSIONS}.url"), problem, remedy, origin };
        ConfigError { faults: vec![fault] }
    }
}

/// The settings of sessions, and what a launch needs from them. Both are `None` without sessions. The second is also
/// `None` if there is a fault.
#[derive(Default)]
pub(super) struct ReadSessions {
    pub(super) config: Option<SessionsConfig>,
    pub(super) chosen: Option<Chosen>,
}

/// Reads the settings of sessions.
pub(super) fn read(
    settings: &mut Settings<'_>,
    refreshing: &Refreshing,
    ring: Option<&KeyRing>,
    has_store: bool,
) -> ReadSessions {
    let on = has_store || settings.is_set(SESSIONS);
    let mut table = settings.open(SESSIONS);
    if !on {
        return ReadSessions::default();
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
        settings.warn(
            "`sessions.reuse_grace` is longer than 10 minutes: a stolen refresh token works that long beside its \
             owner's, and nobody notices",
        );
    }
    if let Some(table) = table {
        settings.close(table, &OF_SESSIONS);
    }
    refreshing.check(settings);
    let chosen = place.zip(seed).map(|(place, seed)| Chosen { place, seed });
    ReadSessions { config: Some(sessions), chosen }
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
            "is set, but the application provides its own store",
            "remove it, or the call of `session_store` on the fairing",
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

/// The seed of refresh tokens: from a separate secret, or `Some(None)` for the signing keys.
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

/// Whether refresh tokens can be derived from the signing keys. Adds a fault if not.
pub(super) fn check_ring(settings: &mut Settings<'_>, ring: Option<&KeyRing>) -> bool {
    // A missing ring was reported as a fault of its own.
    let Some(ring) = ring else {
        return false;
    };
    if !ring.has_seed() {
        let remedy = format!("set it, or `sessions.secret_file`; {RECIPE}");
        let problem = "is not set, and there is no private key that refresh tokens could be derived from";
        settings.fault(&format!("{SESSIONS}.secret"), None, problem, remedy);
    }
    ring.has_seed()
}

/// The settings of refreshing. Sessions restrict them.
pub(super) struct Refreshing {
    pub(super) allow: Option<bool>,
    pub(super) delta: Option<u64>,
    pub(super) verifies_expiration: bool,
    pub(super) allow_origin: Option<Origin>,
    delta_origin: Option<Origin>,
    pub(super) verifies_expiration_origin: Option<Origin>,
}

impl Refreshing {
    pub(super) fn read(settings: &mut Settings<'_>, default_delta: Option<u64>) -> Self {
        let [allow_origin, delta_origin, verifies_expiration_origin] =
            ["allow_refresh", "refresh_delta", "verify_expiration_on_refresh"].map(|name| settings.whereabouts(name));
        Refreshing {
            allow: settings.flag("allow_refresh").map(|setting| setting.value),
            delta: settings.limit("refresh_delta").map_or(default_delta, |setting| setting.value),
            verifies_expiration: settings.flag("verify_expiration_on_refresh").is_some_and(|setting| setting.value),
            allow_origin,
            delta_origin,
            verifies_expiration_origin,
        }
    }

    fn check(&self, settings: &mut Settings<'_>) {
        let remedy = |what: &str| format!("{what}, or remove `[default.jwtauth.{SESSIONS}]`");
        if self.allow != Some(true) && !settings.faults_on("allow_refresh") {
            let problem = "is not on, and sessions need refreshing";
            settings.fault(
                "allow_refresh",
                self.allow_origin.as_ref(),
                problem,
                remedy("write `allow_refresh = true`"),
            );
        }
        if self.delta.is_none() && !settings.faults_on("refresh_delta") {
            let problem = "is unlimited, so a session that is no longer used would never end";
            settings.fault(
                "refresh_delta",
                self.delta_origin.as_ref(),
                problem,
                remedy("write a duration such as `\"7d\"`"),
            );
        }
        if self.verifies_expiration_origin.is_some() && !settings.faults_on("verify_expiration_on_refresh") {
            settings.fault(
                "verify_expiration_on_refresh",
                self.verifies_expiration_origin.as_ref(),
                "has no meaning with sessions: the refresh token is used for refreshing, and it has no `exp`",
                remedy("remove it"),
            );
        }
    }
}

/// The settings that the session module needs, if sessions are enabled.
pub(crate) fn session_settings(config: &Config) -> Option<SessionSettings> {
    let sessions = config.sessions.as_ref()?;
    Some(SessionSettings {
        // The settings check requires a limit. 0 would end every session immediately.
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
    fn sessions_url_fault_has_cause_and_remedy_of_unusable_store() {
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

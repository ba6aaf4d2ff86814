//! Reads and checks all settings, and creates everything that a launch derives from them.

use std::sync::Arc;

use figment::Figment;

use super::cookies;
use super::deciding;
use super::error::ConfigError;
use super::issuers;
use super::issuers::ChosenIssuers;
use super::key_file::KeyFile;
use super::key_settings::KeySettings;
use super::keys;
use super::misplaced;
use super::names;
use super::names::{ISSUERS, KEYS};
use super::policy;
use super::resource;
use super::sessions;
use super::sessions::Chosen;
use super::settings::Settings;
use super::texts;
use super::userids;
use super::userids::Users;
use super::values::Config;
use super::warnings;
use crate::claims::policy::Policy;
use crate::keys::KeyRing;

/// Valid settings, and everything that a launch derives from them.
pub(crate) struct Checked {
    pub(crate) config: Config,
    /// The rules for the application's own tokens.
    pub(crate) policy: Arc<Policy>,
    pub(crate) keys: KeyRing,
    /// The source of the key settings.
    pub(crate) key_settings: KeySettings,
    /// The files that contain the keys. Empty if any of them can't be reread.
    pub(crate) files: Vec<KeyFile>,
    /// The configuration of sessions, if they are enabled.
    pub(crate) sessions: Option<Chosen>,
    pub(crate) issuers: ChosenIssuers,
    pub(crate) warnings: Vec<String>,
}

/// The default of `verified_cache`.
const VERIFIED_CACHE: usize = 10_000;

const MINUTE: u64 = 60;
const DAY: u64 = 24 * 60 * MINUTE;

impl Config {
    /// Reads and checks the settings, including the keys. `has_store` is set if the application brings its own session
    /// store.
    pub(crate) fn check(figment: &Figment, has_store: bool, now: u64) -> Result<Checked, ConfigError> {
        let mut settings = Settings::of(figment);
        misplaced::find(&mut settings);
        if let Some(overridden) = deciding::decide(&mut settings) {
            settings.warn(overridden);
        }
        let is_list = settings.is_set(KEYS);
        let can_roll = is_list || settings.is_set("reload");
        let keys = keys::read(&mut settings, now);
        let jwks_path = texts::jwks_path(&mut settings, keys.as_ref());
        let issuer = settings.text("issuer").map(|setting| setting.value);
        let verified_cache = settings.number("verified_cache").map_or(VERIFIED_CACHE, |setting| setting.value as usize);
        let refreshing = sessions::Refreshing::read(&mut settings, Some(7 * DAY));
        let chosen = sessions::read(&mut settings, &refreshing, keys.as_ref(), has_store);
        let cookies = cookies::read(&mut settings, &refreshing);
        let userids = userids::read(&mut settings);
        let lists_issuers = settings.is_set(ISSUERS);
        let users = Users { userids, has_own: keys.as_ref().is_some_and(|keys| !keys.keys().is_empty()) };
        let auth_header_prefix = texts::auth_header_prefix(&mut settings);
        let resource = resource::read(&mut settings, &auth_header_prefix);
        let listed = issuers::read(&mut settings, issuer.as_deref(), users, verified_cache, resource.as_ref());
        let resource = resource::finish(&mut settings, resource, listed.names(), jwks_path.as_deref());
        if userids.is_some() && !lists_issuers {
            settings.warn("`userids` is set, and has no effect, because there are no trusted issuers");
        }
        let is_debug = *figment.profile() == rocket::Config::DEBUG_PROFILE;
        let config = Config {
            reload: limit(&mut settings, "reload", None),
            jwks_path,
            verified_cache,
            expiration_delta: limit(&mut settings, "expiration_delta", Some(30 * MINUTE)),
            leeway: settings.seconds("leeway").map_or(0, |setting| setting.value),
            allow_refresh: refreshing.allow,
            refresh_delta: refreshing.delta,
            verify_expiration_on_refresh: refreshing.verifies_expiration,
            refresh_catchers: settings.flag("refresh_catchers").is_some_and(|setting| setting.value),
            max_lifetime: limit(&mut settings, "max_lifetime", None),
            issuer,
            audience: settings.texts("audience").map_or_else(Vec::new, |setting| setting.value),
            auth_header_prefix,
            userids,
            userid_claim: texts::userid_claim(&mut settings),
            realm: texts::realm(&mut settings),
            resource,
            warn_open_routes: settings.flag("warn_open_routes").map_or(is_debug, |setting| setting.value),
            sessions: chosen.config,
            cookies,
            #[cfg(feature = "issuers")]
            issuers: listed.configs,
        };

        let all: Vec<&str> = names::of_section().collect();
        let found = settings.finish(&all);
        let (true, Some(keys)) = (found.faults.is_empty(), keys) else {
            return Err(ConfigError { faults: found.faults });
        };
        let key_settings = KeySettings::of(figment, is_list);
        let mut files = found.files;
        files.extend(key_settings.file_at_launch());
        if !files.iter().all(KeyFile::lasts) {
            files.clear();
        }
        let sessions = chosen.chosen;
        let derives = sessions.as_ref().is_some_and(|chosen| chosen.seed.is_none());
        let mut warnings = found.warnings;
        warnings.extend(warnings::of(&config, &keys, now, derives, can_roll, files.is_empty()));
        Ok(Checked {
            policy: Arc::new(policy::of_application(&config)),
            config,
            keys,
            key_settings,
            files,
            sessions,
            issuers: listed.chosen,
            warnings,
        })
    }
}

fn limit(settings: &mut Settings<'_>, name: &str, default: Option<u64>) -> Option<u64> {
    settings.limit(name).map_or(default, |setting| setting.value)
}

#[cfg(all(test, not(feature = "issuers")))]
mod tests {
    use figment::providers::Serialized;

    use super::*;

    #[test]
    fn config_check_names_missing_feature_of_issuers() {
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

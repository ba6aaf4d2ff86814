//! Rereads the keys while the application runs.

use figment::Figment;

use super::deciding;
use super::error::ConfigError;
use super::findings::Findings;
use super::issuers;
use super::key_file::KeyFile;
use super::key_settings::{KeySettings, ReadSettings};
use super::keys;
use super::misplaced;
use super::names::KEYS;
use super::rolling;
use super::sessions;
use super::settings::Settings;
use super::texts::check_publishable;
use super::values::Config;
use crate::issuers::FixedKeys;
use crate::keys::KeyRing;

/// The outcome of rereading the keys.
pub(crate) struct Reread {
    pub(crate) files: Vec<KeyFile>,
    /// The application's own keys. `None` if they have a fault.
    pub(crate) keys: Option<KeyRing>,
    /// The keys of issuers in files, each with the name of the issuer. An issuer whose files have a fault is missing.
    pub(crate) issuers: Vec<(String, FixedKeys)>,
    /// All faults.
    pub(crate) outcome: Result<(), ConfigError>,
    pub(crate) warnings: Vec<String>,
}

impl Config {
    /// Rereads the keys, and those of issuers in files. A fault of some does not affect the others. All other settings
    /// keep their values from the launch. `derives` is set if refresh tokens are derived from the keys.
    pub(crate) fn reread(&self, key_settings: &KeySettings, derives: bool, now: u64) -> Reread {
        let (file, figment) = match key_settings.read() {
            Some(ReadSettings { file, error: Some(error), .. }) => (Some(file), Err(error)),
            Some(ReadSettings { file, figment, error: None }) => (Some(file), Ok(figment)),
            None => (None, Ok(key_settings.at_launch().clone())),
        };
        let (keys, Findings { mut faults, mut warnings, mut files }) = match figment {
            Ok(figment) => self.reread_own(key_settings, &figment, derives, now),
            Err(error) => (None, Findings { faults: key_settings.unreadable(&error).faults, ..Findings::default() }),
        };
        let (found, issuers) = issuers::reread(self, key_settings.at_launch());
        faults.extend(found.faults);
        warnings.extend(found.warnings);
        // In the order of the launch.
        files.extend(found.files);
        files.extend(file);
        let outcome = if faults.is_empty() { Ok(()) } else { Err(ConfigError { faults }) };
        Reread { files, keys, issuers, outcome, warnings }
    }

    /// Rereads the application's own keys. Returns no keys if there is a fault.
    fn reread_own(
        &self,
        key_settings: &KeySettings,
        figment: &Figment,
        derives: bool,
        now: u64,
    ) -> (Option<KeyRing>, Findings) {
        let mut settings = Settings::of(figment);
        misplaced::find(&mut settings);
        let keys = if key_settings.has_lost_list(figment) && settings.findings.faults.is_empty() {
            let remedy = "a list can change while the application runs; to do without, launch again";
            settings.fault(KEYS, None, "is missing now", remedy);
            None
        } else {
            // The launch already logged what is overridden.
            deciding::decide(&mut settings);
            keys::read(&mut settings, now)
        };
        if self.jwks_path.is_some() {
            check_publishable(&mut settings, None, keys.as_ref());
        }
        if derives {
            sessions::check_ring(&mut settings, keys.as_ref());
        }
        let mut found = settings.into_findings();
        let keys = keys.filter(|_| found.faults.is_empty());
        if let Some(keys) = &keys {
            found.warnings.extend(rolling::warnings(self, keys, derives, now));
        }
        (keys, found)
    }
}

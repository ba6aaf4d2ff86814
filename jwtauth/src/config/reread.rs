//! Rereads the keys while the application runs.

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
    pub(crate) keys: Result<KeyRing, ConfigError>,
    /// The keys of issuers in files, each with the name of the issuer. All of them are replaced, or none.
    pub(crate) issuers: Vec<(String, FixedKeys)>,
    pub(crate) warnings: Vec<String>,
}

impl Config {
    /// Rereads the keys, and those of issuers in files. All other settings keep their values from the launch. `derives`
    /// is set if refresh tokens are derived from the keys.
    pub(crate) fn reread(&self, key_settings: &KeySettings, derives: bool, now: u64) -> Reread {
        let (file, figment) = match key_settings.read() {
            Some(ReadSettings { file, error: Some(error), .. }) => {
                let keys = Err(key_settings.unreadable(&error));
                return Reread { files: vec![file], keys, issuers: Vec::new(), warnings: Vec::new() };
            }
            Some(ReadSettings { file, figment, error: None }) => (Some(file), figment),
            None => (None, key_settings.at_launch().clone()),
        };
        let mut settings = Settings::of(&figment);
        misplaced::find(&mut settings);
        let keys = if key_settings.has_lost_list(&figment) && settings.findings.faults.is_empty() {
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
        let (found, issuers) = issuers::reread(self, key_settings.at_launch());
        let Findings { mut faults, mut warnings, mut files } = settings.into_findings();
        faults.extend(found.faults);
        warnings.extend(found.warnings);
        files.extend(found.files);
        files.extend(file);
        let keys = match (faults, keys) {
            (faults, Some(keys)) if faults.is_empty() => {
                warnings.extend(rolling::warnings(self, &keys, derives, now));
                Ok(keys)
            }
            (faults, _) => Err(ConfigError { faults }),
        };
        Reread { files, keys, issuers, warnings }
    }
}

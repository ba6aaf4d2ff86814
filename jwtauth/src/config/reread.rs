//! The keys once more, while the application runs.

use super::key_file::KeyFile;
use super::settings::Settings;
use super::source::{KeySettings, ReadSettings};
use super::{Config, ConfigError, check_publishable, deciding, keys, sessions};
use crate::keys::KeyRing;

/// What came of reading the keys anew.
pub(crate) struct Reread {
    pub(crate) files: Vec<KeyFile>,
    pub(crate) keys: Result<KeyRing, ConfigError>,
    pub(crate) warnings: Vec<String>,
}

impl Config {
    /// Reads the keys anew, by the settings that have been checked. `needs_seed`: refresh tokens are derived from them.
    pub(crate) fn reread(&self, key_settings: &KeySettings, needs_seed: bool, now: u64) -> Reread {
        let (file, figment) = match key_settings.read() {
            Some(ReadSettings { file, error: Some(error), .. }) => {
                let keys = Err(key_settings.unreadable(&error));
                return Reread { files: vec![file], keys, warnings: Vec::new() };
            }
            Some(ReadSettings { file, figment, error: None }) => (Some(file), figment),
            None => (None, key_settings.at_launch().clone()),
        };
        let mut settings = Settings::of(&figment);
        let mut warnings = Vec::new();
        let keys = if key_settings.has_lost_list(&figment) && settings.faults.is_empty() {
            let remedy = "a list can change while the application runs; to do without, launch again";
            settings.fault(keys::LIST, None, "is not there any more", remedy);
            None
        } else {
            // The launch has said what is overridden.
            deciding::decide(&mut settings);
            keys::read(&mut settings, figment.profile(), now, &mut warnings)
        };
        if self.jwks_path.is_some() {
            check_publishable(&mut settings, None, keys.as_ref());
        }
        if needs_seed {
            sessions::check_ring(&mut settings, keys.as_ref());
        }
        let mut files = std::mem::take(&mut settings.files);
        warnings.append(&mut settings.warnings);
        files.extend(file);
        let keys = match (settings.into_faults(), keys) {
            (faults, Some(keys)) if faults.is_empty() => {
                warnings.extend(self.rolling(&keys, needs_seed, now).warnings());
                Ok(keys)
            }
            (faults, _) => Err(ConfigError { faults }),
        };
        Reread { files, keys, warnings }
    }
}

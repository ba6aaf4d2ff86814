use std::path::PathBuf;

use figment::Figment;
use figment::providers::{Format, Toml};

use super::keys::LIST;
use super::material::KeyFile;
use super::settings::SECTION;

/// Where the settings of keys are, to be read again.
pub(crate) struct KeySettings {
    /// As they were at the launch.
    figment: Figment,
    /// The file of settings in which the list of keys stands, if it does.
    file: Option<PathBuf>,
}

impl KeySettings {
    pub(super) fn of(figment: &Figment) -> Self {
        let mut settings = KeySettings { figment: figment.clone(), file: None };
        let list = figment.find_value(&Self::path()).ok();
        let metadata = list.and_then(|list| figment.get_metadata(list.tag()));
        settings.file = metadata.and_then(|metadata| Some(metadata.source.as_ref()?.file_path()?.to_owned()));
        // Only a file such as Rocket's own, with profiles at its top, is known to be read as it was.
        if !settings.has_list(&settings.now()) {
            settings.file = None;
        }
        settings
    }

    /// The settings of today: a list is read again where it stands, all others are those of the launch.
    pub(super) fn now(&self) -> Figment {
        match &self.file {
            Some(file) => Figment::from(Toml::file_exact(file).nested()).select(self.figment.profile().clone()),
            None => self.figment.clone(),
        }
    }

    /// The file of settings, as one of those that may change.
    pub(super) fn file(&self) -> Option<KeyFile> {
        self.file.as_ref().map(|file| KeyFile::read(file.clone()).0)
    }

    /// Whether a list that was there at the launch is gone.
    pub(super) fn has_lost_list(&self, now: &Figment) -> bool {
        self.file.is_some() && !self.has_list(now)
    }

    fn has_list(&self, figment: &Figment) -> bool {
        figment.find_value(&Self::path()).is_ok()
    }

    fn path() -> String {
        format!("{SECTION}.{LIST}")
    }
}

use std::io;
use std::path::PathBuf;

use figment::Figment;
use figment::providers::{Format, Toml};
use figment::value::{Tag, Value};

use super::ConfigError;
use super::keys::LIST;
use super::material::KeyFile;
use super::settings::{SECTION, Settings};

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
        settings.file = settings.file_of_list();
        // Only a file such as Rocket's own, with profiles at its top, is known to be read as it was.
        if Self::list(&settings.now()).is_none() {
            settings.file = None;
        }
        settings
    }

    /// The file in which the whole list stands: one that was put together from several is in none of them.
    fn file_of_list(&self) -> Option<PathBuf> {
        let file_of = |tag: Tag| Some(self.figment.get_metadata(tag)?.source.as_ref()?.file_path()?.to_owned());
        let list = Self::list(&self.figment)?;
        let file = file_of(list.tag())?;
        list.as_array()?.iter().all(|key| file_of(key.tag()).as_ref() == Some(&file)).then_some(file)
    }

    /// The settings of today: a list is read again where it stands, all others are those of the launch.
    pub(super) fn now(&self) -> Figment {
        match &self.file {
            Some(file) => Figment::from(Toml::file_exact(file).nested()).select(self.figment.profile().clone()),
            None => self.figment.clone(),
        }
    }

    /// The file of settings, as one of those that may change, and whether it can be read. What is in it is noted as it
    /// is now: only what is taken from it after that may be taken for what was noted.
    pub(super) fn file(&self) -> Option<(KeyFile, io::Result<()>)> {
        let (file, content) = KeyFile::read(self.file.clone()?);
        Some((file, content.map(drop)))
    }

    /// The file of settings at a launch, which was read some time before: if the list has changed meanwhile, so has it.
    pub(super) fn file_at_launch(&self) -> Option<KeyFile> {
        let (file, _) = self.file()?;
        let is_same = Self::list(&self.now()) == Self::list(&self.figment);
        Some(if is_same { file } else { file.unread() })
    }

    /// Whether a list that was there at the launch is gone.
    pub(super) fn has_lost_list(&self, now: &Figment) -> bool {
        self.file.is_some() && Self::list(now).is_none()
    }

    /// That the file of settings can't be read any more.
    pub(super) fn unreadable(&self, error: &io::Error) -> ConfigError {
        let mut settings = Settings::of(&self.figment);
        let origin = settings.whereabouts(LIST);
        let problem = format!("stands in a file that can't be read: {error}");
        settings.fault(LIST, origin.as_ref(), problem, "put the file back, and check its permissions");
        ConfigError { faults: settings.into_faults() }
    }

    fn list(figment: &Figment) -> Option<Value> {
        figment.find_value(&format!("{SECTION}.{LIST}")).ok()
    }
}

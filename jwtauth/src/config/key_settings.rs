use std::io;
use std::path::{Path, PathBuf};

use figment::providers::{Format, Toml};
use figment::value::{Dict, Map, Tag, Value};
use figment::{Figment, Metadata, Profile, Provider, Source};
use zeroize::Zeroizing;

use super::error::ConfigError;
use super::key_file::KeyFile;
use super::names::{KEYS, SECTION};
use super::settings::Settings;

/// The source of the key settings, for rereading them.
pub(crate) struct KeySettings {
    /// The settings at launch.
    figment: Figment,
    /// The settings file that contains the list of keys, if there is one.
    file: Option<PathBuf>,
}

impl KeySettings {
    /// `list_decides` is set if the keys in use come from the list.
    pub(super) fn of(figment: &Figment, list_decides: bool) -> Self {
        let mut settings = KeySettings { figment: figment.clone(), file: None };
        settings.file = settings.file_of_list().filter(|_| list_decides);
        // Only a file in Rocket's format, with profiles at the top, can be reread.
        if settings.read().is_none_or(|read| Self::list(&read.figment).is_none()) {
            settings.file = None;
        }
        settings
    }

    /// The file that contains the whole list. `None` if the list was merged from several files.
    fn file_of_list(&self) -> Option<PathBuf> {
        let file_of = |tag: Tag| Some(self.figment.get_metadata(tag)?.source.as_ref()?.file_path()?.to_owned());
        let list = Self::list(&self.figment)?;
        let file = file_of(list.tag())?;
        list.as_array()?.iter().all(|key| file_of(key.tag()).as_ref() == Some(&file)).then_some(file)
    }

    /// Rereads the settings file. Without a file, it returns `None`, and the settings stay those of the launch.
    pub(super) fn read(&self) -> Option<ReadSettings> {
        let path = self.file.as_ref()?;
        let (file, content) = KeyFile::read(path.clone());
        let (content, error) = match content {
            Ok(content) => (content, None),
            Err(error) => (Zeroizing::default(), Some(error)),
        };
        let figment = Figment::from(Content { path, bytes: &content }).select(self.figment.profile().clone());
        Some(ReadSettings { file, figment, error })
    }

    /// The settings at launch.
    pub(super) fn at_launch(&self) -> &Figment {
        &self.figment
    }

    /// The settings file at launch. It was read some time earlier: if the list differs now, the file has changed since.
    pub(super) fn file_at_launch(&self) -> Option<KeyFile> {
        let read = self.read()?;
        let is_same = Self::list(&read.figment) == Self::list(&self.figment);
        Some(if is_same { read.file } else { read.file.unread() })
    }

    /// Whether the list existed at launch and is missing now.
    pub(super) fn has_lost_list(&self, now: &Figment) -> bool {
        self.file.is_some() && Self::list(now).is_none()
    }

    /// The error for a settings file that can no longer be read.
    pub(super) fn unreadable(&self, error: &io::Error) -> ConfigError {
        let mut settings = Settings::of(&self.figment);
        let origin = settings.whereabouts(KEYS);
        let problem = format!("is in a file that can't be read: {error}");
        settings.fault(KEYS, origin.as_ref(), problem, "put the file back, and check its permissions");
        ConfigError { faults: settings.into_findings().faults }
    }

    fn list(figment: &Figment) -> Option<Value> {
        figment.find_value(&format!("{SECTION}.{KEYS}")).ok()
    }
}

/// The settings file, read once. The settings are parsed from the same bytes as the hash.
pub(super) struct ReadSettings {
    pub(super) file: KeyFile,
    pub(super) figment: Figment,
    /// Why the file could not be read.
    pub(super) error: Option<io::Error>,
}

/// The content of a settings file with profiles, in the format that Rocket reads.
struct Content<'c> {
    path: &'c Path,
    bytes: &'c [u8],
}

impl Provider for Content<'_> {
    fn metadata(&self) -> Metadata {
        Metadata::from("TOML file", Source::File(self.path.to_owned()))
    }

    fn data(&self) -> figment::Result<Map<Profile, Dict>> {
        let text = str::from_utf8(self.bytes).map_err(|error| figment::Error::from(error.to_string()))?;
        Toml::string(text).nested().data()
    }
}

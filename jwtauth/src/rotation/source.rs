use std::sync::Mutex;
use std::time::Duration;

use crate::config::{KeyFile, KeySettings};

/// Where the keys come from.
pub(crate) struct KeySource {
    pub(super) settings: KeySettings,
    /// Whether any key is in a file that can be read again.
    pub(super) in_files: bool,
    /// Held while they are read, so that what was read last is what is used.
    pub(super) last: Mutex<LastRead>,
}

/// The files as they were when their keys were read last.
pub(super) struct LastRead {
    pub(super) files: Vec<KeyFile>,
    /// Whether their keys are in use. If not, what is wrong with them has been logged.
    pub(super) in_use: bool,
    /// Other content that was found since then, and is not used yet.
    pub(super) noted: Option<Noted>,
}

/// New content that was found once.
pub(super) struct Noted {
    files: Vec<KeyFile>,
    /// When the first read that found it was over, since the epoch.
    at: Duration,
}

/// How far apart two reads must be, at least, that find the same content before it is used.
pub(super) const INTERVAL: Duration = Duration::from_secs(1);

/// What to do with new content.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ripeness {
    /// Nothing noted it before.
    New,
    /// It was noted, but less than [`INTERVAL`] ago.
    Early,
    /// It has been the same for long enough.
    Ripe,
}

impl KeySource {
    pub(crate) fn new(settings: KeySettings, files: Vec<KeyFile>) -> Self {
        let in_files = !files.is_empty();
        KeySource { settings, in_files, last: Mutex::new(LastRead { files, in_use: true, noted: None }) }
    }
}

impl LastRead {
    /// Takes what was noted for what was read last. If nothing was noted, the files are the same as before.
    pub(super) fn settle(&mut self, in_use: bool) {
        if let Some(noted) = self.noted.take() {
            self.files = noted.files;
        }
        self.in_use = in_use;
    }

    /// Judges content that a read found which began and ended at these times, and notes it if it is new.
    pub(super) fn judge(&mut self, files: Vec<KeyFile>, began: Duration, ended: Duration) -> Ripeness {
        if let Some(noted) = &self.noted
            && noted.files == files
            // If the clock was set back, the time that has passed is not known: it counts from now on.
            && began >= noted.at
        {
            return if began - noted.at >= INTERVAL { Ripeness::Ripe } else { Ripeness::Early };
        }
        self.noted = Some(Noted { files, at: ended });
        Ripeness::New
    }
}

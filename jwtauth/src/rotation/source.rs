use std::sync::Mutex;
use std::time::Duration;

use crate::config::{KeyFile, KeySettings};

/// The source of the keys.
pub(crate) struct KeySource {
    pub(super) settings: KeySettings,
    /// Whether any key is in a file that can be reread.
    pub(super) in_files: bool,
    /// Locked during a read, so that the result of the last read is the one that is used.
    pub(super) last: Mutex<LastRead>,
}

/// The files as they were at the last read.
pub(super) struct LastRead {
    pub(super) files: Vec<KeyFile>,
    /// Whether their keys are in use. If not, the reason has been logged.
    pub(super) in_use: bool,
    /// New content that was found since then and is not used yet.
    pub(super) noted: Option<Noted>,
}

/// New content that was found by one read.
pub(super) struct Noted {
    files: Vec<KeyFile>,
    /// When that read ended, since the epoch.
    at: Duration,
}

/// The minimum time between two reads that find the same content before it is used.
pub(super) const INTERVAL: Duration = Duration::from_secs(1);

/// Whether new content can be used.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ripeness {
    /// No earlier read found it.
    New,
    /// An earlier read found it, but less than [`INTERVAL`] ago.
    Early,
    /// It has not changed for [`INTERVAL`].
    Ripe,
}

impl KeySource {
    pub(crate) fn new(settings: KeySettings, files: Vec<KeyFile>) -> Self {
        let in_files = !files.is_empty();
        KeySource { settings, in_files, last: Mutex::new(LastRead { files, in_use: true, noted: None }) }
    }
}

impl LastRead {
    /// Makes the noted content the last read. Without noted content, the files are unchanged.
    pub(super) fn settle(&mut self, in_use: bool) {
        if let Some(noted) = self.noted.take() {
            self.files = noted.files;
        }
        self.in_use = in_use;
    }

    /// Judges content from a read with these start and end times. Notes it if it is new.
    pub(super) fn judge(&mut self, files: Vec<KeyFile>, began: Duration, ended: Duration) -> Ripeness {
        if let Some(noted) = &self.noted
            && noted.files == files
            // If the clock was set back, the elapsed time is unknown, and the interval starts again.
            && began >= noted.at
        {
            return if began - noted.at >= INTERVAL { Ripeness::Ripe } else { Ripeness::Early };
        }
        self.noted = Some(Noted { files, at: ended });
        Ripeness::New
    }
}

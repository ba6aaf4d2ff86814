use super::error::ConfigFault;
use super::key_file::KeyFile;

/// What reading the settings found, apart from their values.
#[derive(Default)]
pub(super) struct Findings {
    pub(super) faults: Vec<ConfigFault>,
    /// Warnings about valid settings.
    pub(super) warnings: Vec<String>,
    /// The files that were read because settings name them.
    pub(super) files: Vec<KeyFile>,
}

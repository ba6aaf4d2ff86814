use super::error::ConfigFault;
use super::key_file::KeyFile;

/// What reading the settings has found beside their values.
#[derive(Default)]
pub(super) struct Findings {
    pub(super) faults: Vec<ConfigFault>,
    /// Valid settings that the operator should know about.
    pub(super) warnings: Vec<String>,
    /// The files that settings name and that were read.
    pub(super) files: Vec<KeyFile>,
}

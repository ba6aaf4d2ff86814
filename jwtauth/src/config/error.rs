use std::fmt;

/// All faults in the settings.
///
/// The text has one line for each fault: the setting, the problem, the remedy, and the origin of the setting. It never
/// shows the value of a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    pub(super) faults: Vec<ConfigFault>,
}

impl ConfigError {
    /// The faults, in the order of the table of settings.
    pub fn faults(&self) -> &[ConfigFault] {
        &self.faults
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("invalid `jwtauth` configuration")?;
        for fault in &self.faults {
            write!(f, "\n  - {fault}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}

/// A fault in the settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigFault {
    pub(super) setting: String,
    pub(super) problem: String,
    pub(super) remedy: String,
    pub(super) origin: Option<String>,
}

impl ConfigFault {
    /// The name of the setting.
    pub fn setting(&self) -> &str {
        &self.setting
    }

    /// What is wrong with the setting.
    pub fn problem(&self) -> &str {
        &self.problem
    }

    /// How to fix the fault.
    pub fn remedy(&self) -> &str {
        &self.remedy
    }

    /// Where the setting was made: a file and its key, an environment variable, or a place in the code. `None` if it is
    /// not set.
    pub fn origin(&self) -> Option<&str> {
        self.origin.as_deref()
    }
}

impl fmt::Display for ConfigFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {}; {}", self.setting, self.problem, self.remedy)?;
        match &self.origin {
            Some(origin) => write!(f, " [{origin}]"),
            None => Ok(()),
        }
    }
}

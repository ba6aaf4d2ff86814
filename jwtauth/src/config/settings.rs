//! Typed access to one section of a figment. Reading collects all faults instead of stopping at the first, and keeps
//! the origin of each value. Figment's own errors are not used, because they print the invalid value, which may be a
//! secret, and omit the name of the section.

use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use figment::value::{Dict, Tag, Value};
use figment::{Figment, Profile, Source};

use super::error::ConfigFault;
use super::findings::Findings;
use super::names;
use super::names::SECTION;
use super::nearest::nearest;
use super::numbers::{whole_number, whole_seconds};

/// The longest duration: a thousand years in seconds. Later dates don't fit into a token.
const LONGEST: u64 = 1000 * 31_557_600;

pub(super) struct Settings<'f> {
    pub(super) figment: &'f Figment,
    /// The keys of the table, starting at the profile.
    pub(super) path: Vec<String>,
    values: Dict,
    /// Whether the section can be read. If not, that is the only fault.
    readable: bool,
    pub(super) findings: Findings,
}

/// A value and its origin.
pub(crate) struct Setting<T> {
    pub(crate) value: T,
    pub(crate) origin: Origin,
}

/// Where a value was set.
#[derive(Clone)]
pub(crate) struct Origin {
    described: Option<String>,
    file: Option<PathBuf>,
}

impl Origin {
    /// The origin of an environment variable that is not among the sources.
    pub(super) fn of_variable(name: &str) -> Self {
        Origin { described: Some(format!("environment variable {name}")), file: None }
    }

    pub(super) fn described(&self) -> Option<String> {
        self.described.clone()
    }

    /// Resolves a path relative to the settings file, or to the working directory if the setting is not in a file.
    pub(super) fn resolve(&self, path: &str) -> PathBuf {
        match self.file.as_deref().and_then(Path::parent) {
            Some(folder) => folder.join(path),
            None => PathBuf::from(path),
        }
    }

    /// The folder of the settings file, which relative paths start from. `None` if the setting is not in a file.
    pub(super) fn base(&self) -> Option<&Path> {
        self.file.as_deref().and_then(Path::parent)
    }

    /// The folder that relative paths start from, for a message.
    pub(super) fn folder(&self) -> String {
        match self.file.as_deref().and_then(Path::parent) {
            Some(folder) => folder.display().to_string(),
            None => "the working directory".to_owned(),
        }
    }
}

impl<'f> Settings<'f> {
    pub(super) fn of(figment: &'f Figment) -> Self {
        let mut settings = Settings::at(figment, vec![SECTION.to_owned()], Dict::new());
        match figment.find_value(SECTION) {
            Ok(Value::Dict(_, values)) => {
                settings.values = values;
            }
            Ok(other) => {
                let origin = settings.origin(other.tag(), None);
                let remedy = "write the settings below `[default.jwtauth]`, or `ROCKET_JWTAUTH={setting=\"value\"}`";
                settings.fault(SECTION, Some(&origin), "is not a table", remedy);
                settings.readable = false;
            }
            Err(error) if error.missing() => {}
            Err(_) => {
                let remedy = "check the syntax of Rocket.toml and of ROCKET_JWTAUTH";
                settings.fault(SECTION, None, "can't be read", remedy);
                settings.readable = false;
            }
        }
        settings
    }

    pub(super) fn at(figment: &'f Figment, path: Vec<String>, values: Dict) -> Self {
        Settings { figment, path, values, readable: true, findings: Findings::default() }
    }

    pub(super) fn fault(
        &mut self,
        setting: &str,
        origin: Option<&Origin>,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        if !self.readable {
            return;
        }
        self.findings.faults.push(ConfigFault {
            setting: setting.to_owned(),
            problem: problem.into(),
            remedy: remedy.into(),
            origin: origin.and_then(|origin| origin.described.clone()),
        });
    }

    /// Whether a fault of this setting was reported already.
    pub(super) fn faults_on(&self, setting: &str) -> bool {
        self.findings.faults.iter().any(|fault| fault.setting == setting)
    }

    /// The full name of a setting, below the section.
    pub(super) fn named(&self, setting: &str) -> String {
        let tables = self.path.iter().skip(1).map(String::as_str);
        tables.chain([setting]).collect::<Vec<_>>().join(".")
    }

    /// The origin of a setting that was not read yet.
    pub(super) fn whereabouts(&self, name: &str) -> Option<Origin> {
        self.values.get(name).map(|value| self.origin(value.tag(), Some(name)))
    }

    /// The value of a setting that was not read yet.
    pub(super) fn peek(&self, name: &str) -> Option<&Value> {
        self.values.get(name)
    }

    /// The tag of a value that was not read yet.
    pub(super) fn tag(&self, name: &str) -> Option<Tag> {
        self.peek(name).map(Value::tag)
    }

    pub(super) fn is_set(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// Reads a text that is not empty.
    pub(super) fn text(&mut self, name: &str) -> Option<Setting<String>> {
        let (value, origin) = self.take(name)?;
        let text = match value {
            Value::String(_, text) => text,
            Value::Char(_, char) => char.to_string(),
            other => {
                let remedy = match other {
                    Value::Array(..) | Value::Dict(..) if name == "issuer" && self.path.len() <= 1 => {
                        "write one text; trusted issuers are listed in `issuers`"
                    }
                    Value::Array(..) => "write one text",
                    _ => "put it in quotes",
                };
                self.wrong_type(name, &origin, &other, "text", remedy);
                return None;
            }
        };
        if text.is_empty() {
            self.fault(name, Some(&origin), "is empty", "give it a value, or remove it");
            return None;
        }
        Some(Setting { value: text, origin })
    }

    pub(super) fn flag(&mut self, name: &str) -> Option<Setting<bool>> {
        let (value, origin) = self.take(name)?;
        match value {
            Value::Bool(_, value) => Some(Setting { value, origin }),
            other => {
                self.wrong_type(name, &origin, &other, "`true` or `false`", "write one of these, without quotes");
                None
            }
        }
    }

    /// Reads a text or a list of texts.
    pub(super) fn texts(&mut self, name: &str) -> Option<Setting<Vec<String>>> {
        let (value, origin) = self.take(name)?;
        let values = match value {
            Value::Array(_, values) => values,
            one => vec![one],
        };
        let mut texts = Vec::new();
        for value in values {
            match value {
                Value::String(_, text) if !text.is_empty() => texts.push(text),
                Value::String(..) => {
                    self.fault(name, Some(&origin), "has an empty text", "give it a value, or remove it");
                    return None;
                }
                other => {
                    self.wrong_type(name, &origin, &other, "text or a list of texts", "put it in quotes");
                    return None;
                }
            }
        }
        if texts.is_empty() {
            self.fault(name, Some(&origin), "is an empty list", "add an entry, or remove it");
            return None;
        }
        Some(Setting { value: texts, origin })
    }

    /// Reads a duration in whole seconds, not zero. `Some(None)` is `"unlimited"`.
    pub(super) fn limit(&mut self, name: &str) -> Option<Setting<Option<u64>>> {
        let setting = self.seconds_or_unlimited(name)?;
        if setting.value == Some(0) {
            self.fault(name, Some(&setting.origin), "is zero", "write a longer duration, or `\"unlimited\"`");
            return None;
        }
        Some(setting)
    }

    /// Reads a duration in whole seconds, which may be zero. `Some(None)` is `"unlimited"`.
    pub(super) fn seconds_or_unlimited(&mut self, name: &str) -> Option<Setting<Option<u64>>> {
        if let Some(origin) = self.unlimited(name) {
            return Some(Setting { value: None, origin });
        }
        let setting = self.duration(name, "or `\"unlimited\"`")?;
        Some(Setting { value: Some(setting.value), origin: setting.origin })
    }

    /// Reads a count, not zero. `Some(None)` is `"unlimited"`.
    pub(super) fn count(&mut self, name: &str) -> Option<Setting<Option<NonZeroU32>>> {
        let remedy = "write a whole number from 1 up, or `\"unlimited\"`";
        if let Some(origin) = self.unlimited(name) {
            return Some(Setting { value: None, origin });
        }
        let (value, origin) = self.take(name)?;
        let count = match &value {
            Value::Num(_, number) => whole_number(*number).ok().and_then(|number| u32::try_from(number).ok()),
            Value::String(_, text) => text.parse().ok(),
            other => {
                self.wrong_type(name, &origin, other, "a number", remedy);
                return None;
            }
        };
        match count.and_then(NonZeroU32::new) {
            Some(count) => Some(Setting { value: Some(count), origin }),
            None => {
                self.fault(name, Some(&origin), "is not a number of things", remedy);
                None
            }
        }
    }

    /// Reads a count, which may be zero.
    pub(super) fn number(&mut self, name: &str) -> Option<Setting<u32>> {
        let (value, origin) = self.take(name)?;
        let remedy = "write a whole number, 0 for none";
        let number = match &value {
            Value::Num(_, number) => whole_number(*number).ok().and_then(|number| u32::try_from(number).ok()),
            other => {
                self.wrong_type(name, &origin, other, "a number", remedy);
                return None;
            }
        };
        if number.is_none() {
            self.fault(name, Some(&origin), "is not a number of things", remedy);
        }
        number.map(|value| Setting { value, origin })
    }

    fn unlimited(&mut self, name: &str) -> Option<Origin> {
        match self.values.get(name) {
            Some(Value::String(_, text)) if text == "unlimited" => self.take(name).map(|(_, origin)| origin),
            _ => None,
        }
    }

    /// Reads a duration in whole seconds, which may be zero.
    pub(super) fn seconds(&mut self, name: &str) -> Option<Setting<u64>> {
        self.duration(name, "")
    }

    fn duration(&mut self, name: &str, or: &str) -> Option<Setting<u64>> {
        let remedy = format!("write a number of seconds or text like `\"30m\"`, `\"12h 30m\"`, `\"7d\"` {or}");
        let remedy = remedy.trim_end();
        let (value, origin) = self.take(name)?;
        let seconds = match &value {
            Value::Num(_, number) => whole_number(*number),
            Value::String(_, text) => whole_seconds(text).ok_or("is not a duration in whole seconds"),
            other => {
                self.wrong_type(name, &origin, other, "a duration", remedy);
                return None;
            }
        };
        match seconds {
            Ok(seconds) if seconds <= LONGEST => return Some(Setting { value: seconds, origin }),
            Ok(_) => self.fault(name, Some(&origin), "is longer than a thousand years", remedy),
            Err(problem) => self.fault(name, Some(&origin), problem, remedy),
        }
        None
    }

    /// Adds a warning for the operator.
    pub(super) fn warn(&mut self, warning: impl Into<String>) {
        self.findings.warnings.push(warning.into());
    }

    /// Ignores the settings that were not read.
    #[cfg(feature = "issuers")]
    pub(super) fn skip_rest(&mut self) {
        self.values.clear();
    }

    /// Ends reading. Settings that were not read are ignored.
    pub(super) fn into_findings(self) -> Findings {
        self.findings
    }

    /// Ends reading. A setting that was not read is unknown, which is a fault.
    pub(super) fn finish(mut self, known: &[&str]) -> Findings {
        for (name, value) in std::mem::take(&mut self.values) {
            let meant = nearest(&name, known.iter().copied()).map(|(_, known)| known);
            // A comma or brace in a secret may have been parsed as syntax, so that a part of the secret became a name.
            let is_name = name.len() <= 30 && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'_' | b'-'));
            let shown = if meant.is_some() || is_name { &name } else { "(not shown)" };
            let origin = self.origin(value.tag(), Some(shown));
            // The setting that was meant is not set only because it is misspelt.
            if let Some(known) = meant {
                self.findings.faults.retain(|fault| fault.setting != known || fault.origin.is_some());
            }
            let remedy = match (names::header_of(&name, known), meant) {
                (Some(table), _) => format!("it is a setting of `{table}`: write it there"),
                (None, Some(known)) => format!("did you mean `{known}`?"),
                (None, None) => format!("the settings are: {}", known.join(", ")),
            };
            self.fault(shown, Some(&origin), "is not a setting", remedy);
        }
        let place = |fault: &ConfigFault| {
            // A setting in a nested table is sorted by the table's name.
            let setting = fault.setting.split(['.', '[']).next();
            known.iter().position(|name| Some(*name) == setting).unwrap_or(known.len())
        };
        self.findings.faults.sort_by_key(place);
        self.findings
    }

    pub(super) fn take(&mut self, name: &str) -> Option<(Value, Origin)> {
        let value = self.values.remove(name)?;
        let origin = self.origin(value.tag(), Some(name));
        Some((value, origin))
    }

    pub(super) fn wrong_type(&mut self, name: &str, origin: &Origin, found: &Value, wanted: &str, remedy: &str) {
        let found = match found {
            Value::String(..) | Value::Char(..) => "text",
            Value::Bool(..) => "`true` or `false`",
            Value::Num(..) => "a number",
            Value::Empty(..) => "nothing",
            Value::Dict(..) => "a table",
            Value::Array(..) => "a list",
        };
        self.fault(name, Some(origin), format!("is {found} where {wanted} is wanted"), remedy);
    }

    /// The origin of a value of the section, or of the section itself.
    fn origin(&self, tag: Tag, name: Option<&str>) -> Origin {
        let keys: Vec<&str> = self.path.iter().map(String::as_str).chain(name).collect();
        let profile = tag.profile().unwrap_or_else(|| self.figment.profile().clone());
        self.origin_of(tag, &profile, &keys)
    }

    pub(super) fn origin_of(&self, tag: Tag, profile: &Profile, keys: &[&str]) -> Origin {
        let Some(metadata) = self.figment.get_metadata(tag) else {
            return Origin { described: None, file: None };
        };
        let described = if let Some(variables) = metadata.name.strip_suffix(" environment variable(s)") {
            // Figment formats every key as a variable of its own. Keys in braces are in one variable.
            let variable = keys.first().map_or_else(String::new, |key| key.to_uppercase());
            format!("environment variable {}{variable}", variables.trim_matches('`'))
        } else {
            let key = if keys.is_empty() { profile.to_string() } else { metadata.interpolate(profile, keys) };
            match (&metadata.source, metadata.provide_location) {
                (Some(file @ Source::File(_)), _) => format!("`{key}` in {file}"),
                (Some(source), _) => format!("`{key}` in {} {source}", metadata.name),
                (None, Some(location)) => format!("`{key}` in {} {location}", metadata.name),
                (None, None) => format!("`{key}` in {}", metadata.name),
            }
        };
        let file = metadata.source.as_ref().and_then(Source::file_path).map(Path::to_owned);
        Origin { described: Some(described), file }
    }
}

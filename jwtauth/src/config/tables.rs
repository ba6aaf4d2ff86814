//! Nested tables of settings, and lists of tables.

use figment::value::Value;

use super::names::SECTION;
use super::settings::Settings;

impl<'f> Settings<'f> {
    /// Opens a nested table, which must be passed to [`close`](Self::close) later. Returns `None` if it is absent or
    /// not a table.
    pub(super) fn open(&mut self, name: &'static str) -> Option<Settings<'f>> {
        let (value, origin) = self.take(name)?;
        match value {
            Value::Dict(_, values) => Some(Settings::at(self.figment, self.path_of(name), values)),
            other => {
                let remedy = format!("write the settings below `[default.{SECTION}.{name}]`");
                self.wrong_type(name, &origin, &other, "a table", &remedy);
                None
            }
        }
    }

    /// Opens the tables of a list, each of which must be passed to [`close`](Self::close) later. Returns `None` if the
    /// list is absent, empty, or not a list of tables.
    pub(super) fn open_list(&mut self, name: &'static str) -> Option<Vec<Settings<'f>>> {
        let (value, origin) = self.take(name)?;
        let remedy = format!("write each below a `[[default.{SECTION}.{name}]]` of its own");
        let items = match value {
            Value::Array(_, items) if items.is_empty() => {
                self.fault(name, Some(&origin), "is an empty list", remedy);
                return None;
            }
            Value::Array(_, items) => items,
            other => {
                self.wrong_type(name, &origin, &other, "a list of tables", &remedy);
                return None;
            }
        };
        let mut tables = Vec::new();
        for (place, item) in items.into_iter().enumerate() {
            match item {
                Value::Dict(_, values) => {
                    tables.push(Settings::at(self.figment, self.path_of(&format!("{name}[{place}]")), values));
                }
                other => {
                    self.wrong_type(name, &origin, &other, "a list of tables", &remedy);
                    return None;
                }
            }
        }
        Some(tables)
    }

    /// Adds the findings of a nested table to those of this one.
    pub(super) fn close(&mut self, table: Settings<'_>, known: &[&str]) {
        let name = table.path.last().cloned().unwrap_or_default();
        let found = table.finish(known);
        self.findings.files.extend(found.files);
        self.findings.warnings.extend(found.warnings);
        for mut fault in found.faults {
            fault.setting = format!("{name}.{}", fault.setting);
            self.findings.faults.push(fault);
        }
    }

    fn path_of(&self, name: &str) -> Vec<String> {
        self.path.iter().cloned().chain([name.to_owned()]).collect()
    }
}

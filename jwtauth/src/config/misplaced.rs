//! Finds settings that are meant for jwtauth, but are in a place where it does not read them. They would have no
//! effect.
//!
//! Other crates have settings in the same files and variables. Therefore a name that only resembles a setting of this
//! crate is judged by its content, and a general name (`issuer`, `url`) alone is ignored.

use std::env;

use figment::value::{Dict, Tag, Value};
use figment::{Profile, Provider};
use strsim::damerau_levenshtein;

use super::names::{COOKIES, KEYS, SECTION, SESSIONS, TABLES, Table, of_section};
use super::settings::{Origin, Settings};

/// Names that no other crate is likely to use.
const TELLING: [&str; 10] = [
    "master_secret",
    "master_secret_file",
    "expiration_delta",
    "refresh_delta",
    "allow_refresh",
    "verify_expiration_on_refresh",
    "auth_header_prefix",
    "userid_claim",
    "jwks_path",
    "verified_cache",
];

/// Profiles whose misspelled names are recognized.
const PROFILES: [&str; 2] = ["default", "global"];

/// Reports every setting that is meant for jwtauth but is not read.
pub(super) fn find(settings: &mut Settings<'_>) {
    let selected = settings.figment.profile().clone();
    for (profile, beside) in settings.figment.data().unwrap_or_default() {
        if profile == selected || profile == Profile::Default || profile == Profile::Global {
            for (name, value) in &beside {
                in_profile(settings, &profile, name, value);
            }
        } else {
            other_profile(settings, &profile, &beside);
        }
    }
    variables_without_prefix(settings);
}

/// Checks a table at the top level of a file, where profiles are.
fn other_profile(settings: &mut Settings<'_>, profile: &Profile, beside: &Dict) {
    let name = profile.to_string().to_lowercase();
    let origin = beside.values().next().map(|value| settings.origin_of(value.tag(), profile, &[]));
    if canonical(&name) == SECTION || is_near_section(&name) && has_setting(beside) {
        let remedy = "write `[default.jwtauth]` or, for one profile, `[release.jwtauth]`";
        let shown = if name == SECTION { SECTION } else { &name };
        settings.fault(shown, origin.as_ref(), "is the name of a profile at the top of a file", remedy);
    } else if beside.contains_key(SECTION)
        && let Some(meant) = PROFILES.into_iter().find(|meant| damerau_levenshtein(meant, &name) <= 2)
    {
        let problem = format!("is below the profile `{name}`, which is not the selected one");
        settings.fault(SECTION, origin.as_ref(), problem, format!("did you mean `[{meant}.jwtauth]`?"));
    }
}

/// Checks a value next to the section.
fn in_profile(settings: &mut Settings<'_>, profile: &Profile, name: &str, value: &Value) {
    if name == SECTION {
        return;
    }
    let origin = settings.origin_of(value.tag(), profile, &[name]);
    let variable = is_variable(settings, value.tag());
    let lower = name.to_lowercase();
    let rest = canonical(&lower).strip_prefix(SECTION).filter(|rest| !rest.is_empty()).map(str::to_owned);
    if let Some(rest) = rest {
        let meant = path_of(&rest);
        let is_prefixed = lower.starts_with("jwtauth_") && !matches!(value, Value::Dict(..) | Value::Array(..));
        if meant.is_some() || is_prefixed && variable {
            let path = meant.unwrap_or_else(|| vec![lower.trim_start_matches(SECTION).trim_matches('_').to_owned()]);
            let remedy = match variable {
                true => format!("write `ROCKET_JWTAUTH={}`: all settings are in one variable", in_braces(&path)),
                false => format!("write `{}` below `{}`", path[path.len() - 1], header_of(&path)),
            };
            return settings.fault(name, Some(&origin), "is not read", remedy);
        }
    }
    if is_section(name, value) {
        let remedy = match (variable, lower == SECTION) {
            (true, _) => "did you mean `jwtauth`? The variable is `ROCKET_JWTAUTH`",
            (false, true) => "did you mean `jwtauth`? Names are compared with case",
            (false, false) => "did you mean `jwtauth`?",
        };
        return settings.fault(name, Some(&origin), "is not read", remedy);
    }
    let too_high = "is not read: it is one level too high";
    if let Some(table) = table_of(name, value) {
        let remedy = match variable {
            true => format!("write `ROCKET_JWTAUTH={{{}=…}}`", table.name),
            false => format!("write `{}`", table.header),
        };
        settings.fault(name, Some(&origin), too_high, remedy);
    } else if let Some(setting) = TELLING.into_iter().find(|setting| is_same_or_near(&lower, setting)) {
        let remedy = match variable {
            true => format!("write `ROCKET_JWTAUTH={{{setting}=…}}`"),
            false => format!("write `{setting}` below `[default.jwtauth]`"),
        };
        settings.fault(name, Some(&origin), too_high, remedy);
    }
}

/// Whether a value is meant to be the section.
fn is_section(name: &str, value: &Value) -> bool {
    let lower = name.to_lowercase();
    let Value::Dict(_, table) = value else {
        return lower == SECTION;
    };
    if canonical(&lower) == SECTION {
        return true;
    }
    let telling = table.keys().filter(|name| TELLING.iter().any(|setting| is_same_or_near(name, setting))).count();
    let is_of_tokens = ["jwt", "auth"].iter().any(|word| lower.contains(word));
    is_near_section(&lower) && has_setting(table) || telling >= if is_of_tokens { 1 } else { 2 }
}

fn is_near_section(lower: &str) -> bool {
    damerau_levenshtein(&canonical(lower), SECTION) <= 2
}

/// Whether a table contains a name that is, or resembles, a setting.
fn has_setting(table: &Dict) -> bool {
    let is_setting = |name: &String| {
        let is_table = || TABLES.iter().any(|table| table.name == name);
        of_section().any(|setting| is_same_or_near(name, setting)) || is_table()
    };
    table.keys().any(is_setting)
}

/// The table that a value next to the section is meant to be.
fn table_of(name: &str, value: &Value) -> Option<&'static Table> {
    let table = TABLES.iter().find(|table| canonical(&name.to_lowercase()) == table.name)?;
    let is_meant = |value: &Value| {
        let dict = value.as_dict();
        dict.is_some_and(|dict| dict.keys().all(|name| table.names.contains(&&**name)) && is_meant_for(table, dict))
    };
    let meant = match value {
        Value::Array(_, items) => !items.is_empty() && items.iter().all(is_meant),
        one => is_meant(one),
    };
    meant.then_some(table)
}

/// Whether the values of a table, whose names all match this one, show that it is meant for jwtauth.
fn is_meant_for(table: &Table, values: &Dict) -> bool {
    match table.name {
        SESSIONS => {
            let is_store = |url: &str| {
                let scheme = url.split_once(':').map_or("", |(scheme, _)| scheme);
                ["memory", "file", "redis", "rediss", "postgres", "postgresql"].contains(&scheme)
            };
            has_any(values, &["reuse_grace", "staleness", "max_per_user"])
                || values.get("url").and_then(Value::as_str).is_some_and(is_store)
        }
        KEYS => {
            has_any(values, &["master_secret_file", "private_key_file", "public_key_file"])
                || has_any(values, &["master_secret", "sign_from", "retire_at"])
        }
        COOKIES => has_any(values, &["allow_missing_origin", "login_url", "confirm_url"]),
        // The list of issuers.
        _ => has_any(values, &["issuer"]) && has_any(values, &["audience", "jwks_uri", "retain_on_error"]),
    }
}

/// Reports variables without Rocket's prefix, which Rocket does not read. Skipped if the application reads such
/// variables itself.
fn variables_without_prefix(settings: &mut Settings<'_>) {
    let is_own = |name: &str| name.to_uppercase().contains("`JWTAUTH_") && name.contains("environment variable");
    if settings.figment.metadata().any(|metadata| is_own(&metadata.name)) {
        return;
    }
    let mut names: Vec<String> = env::vars_os().filter_map(|(name, _)| name.into_string().ok()).collect();
    names.sort();
    for name in names {
        let lower = name.to_lowercase();
        let Some(rest) = lower.strip_prefix(SECTION).filter(|rest| rest.is_empty() || rest.starts_with(['_', '.']))
        else {
            continue;
        };
        let path = match canonical(rest) {
            rest if rest.is_empty() => Some(Vec::new()),
            rest => path_of(&rest),
        };
        if let Some(path) = path {
            let remedy = match path.is_empty() {
                true => "did you mean `ROCKET_JWTAUTH`?".to_owned(),
                false => format!("write `ROCKET_JWTAUTH={}`: all settings are in one variable", in_braces(&path)),
            };
            settings.fault(&lower, Some(&Origin::of_variable(&name)), "is not read", remedy);
        }
    }
}

/// The setting that a name without separators means, in the section or in a table below it.
fn path_of(rest: &str) -> Option<Vec<String>> {
    if let Some(setting) = of_section().find(|setting| is_same_or_near(rest, setting)) {
        return Some(vec![setting.to_owned()]);
    }
    TABLES.iter().find_map(|table| {
        let rest = rest.strip_prefix(table.name)?;
        let setting = table.names.iter().find(|setting| canonical(setting) == rest)?;
        Some(vec![table.name.to_owned(), (*setting).to_owned()])
    })
}

/// The form of a setting in the variable `ROCKET_JWTAUTH`.
fn in_braces(path: &[String]) -> String {
    path.iter().rev().fold("…".to_owned(), |value, name| format!("{{{name}={value}}}"))
}

fn header_of(path: &[String]) -> &'static str {
    let table = TABLES.iter().find(|table| path.len() > 1 && table.name == path[0]);
    table.map_or("[default.jwtauth]", |table| table.header)
}

/// The name in lower case, without word separators.
fn canonical(name: &str) -> String {
    name.chars().filter(|char| !matches!(char, '_' | '-' | '.' | ' ')).collect::<String>().to_lowercase()
}

/// Whether a name equals a setting's name apart from case and separators. A long name may also have one typo.
fn is_same_or_near(name: &str, setting: &str) -> bool {
    let (name, setting) = (canonical(name), canonical(setting));
    name == setting || setting.len() >= 8 && damerau_levenshtein(&name, &setting) <= 1
}

fn has_any(table: &Dict, names: &[&str]) -> bool {
    names.iter().any(|name| table.contains_key(*name))
}

fn is_variable(settings: &Settings<'_>, tag: Tag) -> bool {
    settings.figment.get_metadata(tag).is_some_and(|metadata| metadata.name.ends_with("environment variable(s)"))
}

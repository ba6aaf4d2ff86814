//! Warnings about settings that are valid, but whose combination is rarely intended.

use super::numbers::LONG_LEEWAY;
use super::rolling;
use super::values::Config;
use crate::keys::KeyRing;

const REFRESH_TOKENS_HANG_ON_KEYS: &str = "keys can roll, and `sessions.secret_file` is not set: the refresh tokens of a \
    session work only as long as the key that signed at its login stays among `keys`, with its private part";

/// All warnings about valid settings. `derives` is set if refresh tokens are derived from the keys, `can_roll` if the
/// keys can change while the application runs, and `no_files` if no key can be reread.
pub(super) fn of(
    config: &Config,
    keys: &KeyRing,
    now: u64,
    derives: bool,
    can_roll: bool,
    no_files: bool,
) -> Vec<String> {
    let mut warnings = Vec::from_iter(endless_login(config));
    warnings.extend(long_leeway(config));
    warnings.extend(nothing_to_reload(config, no_files));
    warnings.extend(rolling::warnings(config, keys, derives, now));
    if can_roll && derives {
        warnings.push(REFRESH_TOKENS_HANG_ON_KEYS.to_owned());
    }
    warnings
}

/// `reload` is set, but there is no file to watch.
fn nothing_to_reload(config: &Config, no_files: bool) -> Option<String> {
    (config.reload.is_some() && no_files).then(|| {
        "`reload` is set, but no key is in a file that can be read again: there is nothing to watch".to_owned()
    })
}

/// The leeway keeps tokens valid long after they have expired.
fn long_leeway(config: &Config) -> Option<String> {
    let leeway = config.leeway;
    (leeway > LONG_LEEWAY)
        .then(|| format!("`leeway` is {leeway} seconds, and every token good for that much longer; a minute is plenty"))
}

/// No setting limits a login.
fn endless_login(config: &Config) -> Option<String> {
    if config.max_lifetime.is_some() {
        return None;
    }
    let refreshed_for_ever = config.allow_refresh == Some(true)
        && config.refresh_delta.is_none()
        && !(config.verify_expiration_on_refresh && config.expiration_delta.is_some());
    // With sessions, each request checks whether the session has expired, which `refresh_delta` limits.
    let ends_by_session = config.sessions.as_ref().is_some_and(|sessions| sessions.staleness.is_some());
    let setting = match (config.expiration_delta, refreshed_for_ever) {
        (None, _) if !ends_by_session => "expiration_delta",
        (_, true) => "refresh_delta",
        _ => return None,
    };
    Some(format!("no setting ends a login: `{setting}` is unlimited, and so is `max_lifetime`; set one of them"))
}

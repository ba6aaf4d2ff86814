//! A short summary of the effective settings.

use std::time::{Duration, UNIX_EPOCH};

use crate::config::Config;
use crate::keys::{Key, KeyRing};
use crate::shown::escaped;

pub(super) fn summary(config: &Config, ring: &KeyRing, now: u64) -> Vec<String> {
    let mut lines: Vec<_> = ring.keys().iter().map(|key| key_line(key, ring, now)).collect();
    if lines.is_empty() {
        lines.push("keys: none; only tokens of trusted issuers are accepted".to_owned());
    }
    lines.push(format!(
        "access tokens: good for {}, leeway {}",
        limit(config.expiration_delta),
        duration(config.leeway)
    ));
    lines.push(match (config.allow_refresh, config.sessions.is_some()) {
        (None, _) => "refreshing: not set; a launch with a refresh endpoint would fail".to_owned(),
        (Some(false), _) => "refreshing: off".to_owned(),
        (Some(true), false) => {
            let expired = if config.verify_expiration_on_refresh { ", but no expired token" } else { "" };
            format!("refreshing: for {} after the issue of a token{expired}", limit(config.refresh_delta))
        }
        (Some(true), true) => format!("refreshing: within {} of the last refresh", limit(config.refresh_delta)),
    });
    lines.push(format!("a login ends after: {}", limit(config.max_lifetime)));
    lines.push(match &config.sessions {
        None => "sessions: off".to_owned(),
        Some(sessions) => format!(
            "sessions: on; staleness {}, reuse grace {}, {} per user",
            limit(sessions.staleness),
            duration(sessions.reuse_grace),
            sessions.max_per_user.map_or("any number".to_owned(), |most| format!("at most {most}")),
        ),
    });
    let text = |text: &Option<String>| text.as_deref().map_or("none".to_owned(), escaped);
    let audience: Vec<_> = config.audience.iter().map(|audience| escaped(audience)).collect();
    let audience = if audience.is_empty() { "none".to_owned() } else { audience.join(", ") };
    lines.push(format!("issuer: {}; audience: {audience}", text(&config.issuer)));
    lines.push(format!("public keys published at: {}", text(&config.jwks_path)));
    if let Some(resource) = &config.resource {
        let servers: Vec<_> = resource.authorization_servers.iter().map(|server| escaped(server)).collect();
        let servers = if servers.is_empty() { "none".to_owned() } else { servers.join(", ") };
        lines.push(format!(
            "protected resource: {}; metadata at {}; authorization servers: {servers}",
            escaped(&resource.identifier),
            escaped(resource.metadata_url())
        ));
    }
    let issuers: Vec<_> = config.issuers.iter().map(|issuer| escaped(&issuer.issuer)).collect();
    lines.push(format!("trusted issuers: {}", if issuers.is_empty() { "none".to_owned() } else { issuers.join(", ") }));
    lines
}

fn key_line(key: &Key, ring: &KeyRing, now: u64) -> String {
    let term = key.term();
    let mut uses = match (key.is_retired(now), ring.signer(now), key.can_sign()) {
        (true, ..) => "retired".to_owned(),
        (_, Some(signer), _) if std::ptr::eq(signer, key) => "signs and verifies".to_owned(),
        (_, _, false) => "verifies; it has no private key".to_owned(),
        _ => "verifies".to_owned(),
    };
    if let Some(begin) = term.begins_at().filter(|begin| *begin > now) {
        uses.push_str(&format!(", can sign from {}", date(begin)));
    }
    if let Some(end) = term.ends_at() {
        uses.push_str(&format!(", retired at {}", date(end)));
    }
    format!("key `{}`: {}, {uses}", escaped(key.kid()), key.algorithm())
}

fn limit(seconds: Option<u64>) -> String {
    seconds.map_or("unlimited".to_owned(), duration)
}

fn duration(seconds: u64) -> String {
    humantime::format_duration(Duration::from_secs(seconds)).to_string()
}

/// Formats a date. The years of key times have four digits, which was checked before.
fn date(seconds: u64) -> String {
    humantime::format_rfc3339_seconds(UNIX_EPOCH + Duration::from_secs(seconds)).to_string()
}

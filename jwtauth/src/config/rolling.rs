//! Warnings about the start and end times of keys: at some time no key signs, a key is retired before its tokens
//! expire, or a key signs before other services can have fetched it.

use std::time::Duration;

use super::names::KEYS;
use super::times::written;
use super::values::Config;
use crate::keys::{Key, KeyRing, MAX_AGE};

/// Warnings about the start and end times of keys. `derives` is set if refresh tokens are derived from the keys.
pub(super) fn warnings(config: &Config, ring: &KeyRing, derives: bool, now: u64) -> Vec<String> {
    let (longest, published) = (longest(config), config.jwks_path.is_some());
    Rolling { ring, now, longest, published, derives }.warnings()
}

/// How long a token can be used or refreshed, in seconds. `None` is unlimited.
fn longest(config: &Config) -> Option<u64> {
    // With sessions, refreshing does not depend on the key that signed the access token.
    let refreshes = config.allow_refresh == Some(true) && config.sessions.is_none();
    match (refreshes && !config.verify_expiration_on_refresh, config.expiration_delta, config.refresh_delta) {
        (true, Some(use_), Some(refresh)) => Some(use_.max(refresh)),
        (true, ..) => None,
        (false, longest, _) => longest,
    }
}

/// A ring, and how its keys are used.
struct Rolling<'a> {
    ring: &'a KeyRing,
    now: u64,
    /// How long a token can be used or refreshed, in seconds. `None` is unlimited.
    longest: Option<u64>,
    /// Whether the public keys are published.
    published: bool,
    /// Whether refresh tokens are derived from the keys.
    derives: bool,
}

impl Rolling<'_> {
    fn warnings(&self) -> Vec<String> {
        let gap = self.gap();
        let mut warnings = Vec::from_iter(gap.map(|gap| self.nobody_signs(gap)));
        for (place, key) in self.ring.keys().iter().enumerate() {
            let Some(end) = key.term().ends_at() else { continue };
            if key.is_retired(self.now) {
                let so_what = match self.derives && key.seed().is_some() {
                    true => "only sessions that began with the key still need it",
                    false => "the key can be removed",
                };
                warnings.push(format!("`{KEYS}[{place}].retire_at` has passed: {so_what}"));
            } else if gap != Some(end) && self.cuts_off(key, end) {
                warnings.push(self.cut_off(place, end));
            }
        }
        if self.published {
            warnings.extend(self.too_soon());
            warnings.extend(self.unpublished());
        }
        warnings
    }

    /// The first time from now on at which no signing key is in force.
    fn gap(&self) -> Option<u64> {
        let keys = self.ring.keys();
        if !keys.iter().any(Key::can_sign) {
            return None;
        }
        let mut time = self.now;
        let last_end = |time| {
            let ends = keys.iter().filter(|key| key.signs_at(time)).map(|key| key.term().ends_at());
            ends.max_by_key(|end| end.unwrap_or(u64::MAX))
        };
        // Each iteration ends at the end of another key.
        while let Some(end) = last_end(time) {
            time = end?;
        }
        Some(time)
    }

    fn nobody_signs(&self, gap: u64) -> String {
        let keys = self.ring.keys().iter().filter(|key| key.can_sign());
        let next = keys.filter_map(|key| key.term().begins_at()).filter(|begin| *begin > gap).min();
        let since = if gap > self.now { format!("from {} on", written(gap)) } else { "at present".to_owned() };
        match next {
            Some(next) => format!("{since} no key of `{KEYS}` signs, until one does from {} on", written(next)),
            None => format!("{since} no key of `{KEYS}` signs: those that could are retired; add one"),
        }
    }

    /// Whether the key ends before the last token that it signs.
    fn cuts_off(&self, key: &Key, end: u64) -> bool {
        let start = self.longest.map_or(0, |longest| end.saturating_sub(longest));
        let signs = |time| self.ring.signer(time).is_some_and(|signer| std::ptr::eq(signer, key));
        // Another key can take over only at these times.
        let times = self.ring.keys().iter().flat_map(|key| [key.term().begins_at(), key.term().ends_at()]).flatten();
        times.filter(|time| (start..end).contains(time)).chain([start]).any(signs)
    }

    fn cut_off(&self, place: usize, end: u64) -> String {
        let life = match self.longest {
            Some(longest) => format!("for {}", humantime::format_duration(Duration::from_secs(longest))),
            None => "for ever".to_owned(),
        };
        format!(
            "`{KEYS}[{place}]` signs tokens that are good {life}, and is retired before the last of them has run out: \
             from {} on it is refused; retire the key later, or have another one sign earlier",
            written(end)
        )
    }

    /// Warns about a key that signs before other services can know it.
    fn too_soon(&self) -> Option<String> {
        let published = self.ring.keys().iter().filter(|key| !key.algorithm().is_hmac());
        let begins = published.filter_map(|key| key.term().begins_at()).filter(|begin| *begin > self.now).min()?;
        (begins < self.now + MAX_AGE).then(|| {
            format!(
                "a key signs in {} seconds; clients that fetched the keys just before it was published may keep them for \
                 {MAX_AGE}, and refuse its tokens until then: a later `sign_from` is better",
                begins - self.now
            )
        })
    }

    fn unpublished(&self) -> Option<String> {
        let lacks = |key: &&Key| !key.algorithm().is_hmac() && key.jwk().is_none();
        self.ring.keys().iter().find(lacks).map(|key| {
            format!(
                "the key `{}` is not published: its file has one coordinate of the point, and a JWK has both; \
                 `openssl pkey -pubin -ec_conv_form uncompressed` writes both",
                key.kid()
            )
        })
    }
}

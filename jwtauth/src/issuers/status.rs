//! When the keys of an issuer are fetched, and how long they are used.

use std::sync::Arc;

use super::set::KeySet;
use crate::algorithm::Algorithm;

/// The state of an issuer's keys. It is replaced, never modified. All times are in seconds.
#[derive(Clone, Default)]
pub(super) struct Status {
    pub(super) known: Option<FetchedKeys>,
    /// When the last fetch started.
    pub(super) tried: Option<u64>,
    /// When the last fetch failed. `None` if it succeeded.
    pub(super) failed: Option<u64>,
    pub(super) is_fetching: bool,
}

/// Fetched keys.
#[derive(Clone)]
pub(super) struct FetchedKeys {
    pub(super) set: Arc<KeySet>,
    fetched: u64,
    /// How long they are fresh.
    lifetime: u64,
}

/// The step before a token can be checked.
pub(super) enum Next {
    /// Use the keys.
    Use(Arc<KeySet>),
    /// Use the keys, and fetch them again in the background.
    UseAndFetch(Arc<KeySet>),
    /// Fetch the keys, or wait for the fetch in progress.
    Fetch,
    /// Refuse the token: no key can check it, and the last fetch is too recent to try again.
    Refuse,
}

const MINUTE: u64 = 60;
const DAY: u64 = 24 * 60 * MINUTE;

/// The lifetime of keys if the issuer does not specify one. New keys are fetched earlier, when a token names them. A
/// withdrawn key can be used for this long.
const DEFAULT_LIFETIME: u64 = 10 * MINUTE;

/// The minimum interval between fetches for unknown key names, because anybody can invent such names.
const UNKNOWN_KEY_INTERVAL: u64 = 10;

/// How long requests do not wait for another attempt after a failure.
const BACK_OFF: u64 = 5;

/// The interval between attempts while there are usable keys.
const RETRY: u64 = 30;

impl FetchedKeys {
    pub(super) fn new(set: Arc<KeySet>, max_age: Option<u64>, now: u64) -> Self {
        let lifetime = max_age.unwrap_or(DEFAULT_LIFETIME).clamp(MINUTE, DAY);
        FetchedKeys { set, fetched: now, lifetime }
    }

    /// If the clock was set back, the keys count as stale.
    fn is_good_for(&self, lifetime: u64, now: u64) -> bool {
        now.checked_sub(self.fetched).is_some_and(|age| age < lifetime)
    }
}

impl Status {
    /// The step before a token with this algorithm and `kid` can be checked. `retain` is how long expired keys stay in
    /// use if newer ones can't be fetched.
    pub(super) fn next(&self, algorithm: Algorithm, kid: Option<&str>, retain: u64, now: u64) -> Next {
        let Some(known) = self.usable(retain, now) else {
            return if self.failed.is_some_and(|failed| is_within(BACK_OFF, failed, now)) {
                Next::Refuse
            } else {
                Next::Fetch
            };
        };
        let set = || Arc::clone(&known.set);
        if !known.set.has(algorithm, kid) {
            let has_asked = self.tried.is_some_and(|tried| is_within(UNKNOWN_KEY_INTERVAL, tried, now));
            return match (has_asked && !self.is_fetching, self.failed) {
                (false, _) => Next::Fetch,
                (true, None) => Next::Use(set()),
                (true, Some(_)) => Next::Refuse,
            };
        }
        if !known.is_good_for(known.lifetime, now) && self.failed.is_none() {
            return Next::Fetch;
        }
        if self.is_due(now) { Next::UseAndFetch(set()) } else { Next::Use(set()) }
    }

    /// The keys to check a token with, after the fetch that it waited for. `None` if the token can't be checked.
    pub(super) fn settled(
        &self,
        algorithm: Algorithm,
        kid: Option<&str>,
        retain: u64,
        now: u64,
    ) -> Option<Arc<KeySet>> {
        let set = &self.usable(retain, now)?.set;
        (self.failed.is_none() || set.has(algorithm, kid)).then(|| Arc::clone(set))
    }

    /// The seconds until the keys are fetched again in the background. `None` if there are no usable keys. Then the
    /// next token triggers a fetch.
    pub(super) fn due_in(&self, retain: u64, now: u64) -> Option<u64> {
        let known = self.usable(retain, now)?;
        let (since, after) = match self.failed {
            // Before they expire, so that no request has to wait.
            None => (known.fetched, known.lifetime - known.lifetime / 5),
            Some(failed) => (failed, RETRY),
        };
        Some(now.checked_sub(since).map_or(0, |passed| after.saturating_sub(passed)))
    }

    fn is_due(&self, now: u64) -> bool {
        !self.is_fetching && self.due_in(u64::MAX, now) == Some(0)
    }

    fn usable(&self, retain: u64, now: u64) -> Option<&FetchedKeys> {
        self.known.as_ref().filter(|known| known.is_good_for(known.lifetime.saturating_add(retain), now))
    }
}

/// Whether less than this many seconds have passed since then. False if the clock was set back.
fn is_within(seconds: u64, then: u64, now: u64) -> bool {
    now.checked_sub(then).is_some_and(|passed| passed < seconds)
}

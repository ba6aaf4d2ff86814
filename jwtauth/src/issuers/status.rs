use std::sync::Arc;

use super::set::KeySet;
use crate::algorithm::Algorithm;

/// What is known of the keys of an issuer: never changed, but replaced. All times are in seconds.
#[derive(Clone, Default)]
pub(super) struct Status {
    pub(super) known: Option<FetchedKeys>,
    /// When a fetch last began.
    pub(super) tried: Option<u64>,
    /// When a fetch last failed, if none has succeeded since.
    pub(super) failed: Option<u64>,
    pub(super) is_fetching: bool,
}

/// Keys that were fetched.
#[derive(Clone)]
pub(super) struct FetchedKeys {
    pub(super) set: Arc<KeySet>,
    fetched: u64,
    /// For how long they are good.
    lifetime: u64,
}

/// What has to be done before a token can be checked.
pub(super) enum Next {
    /// Nothing.
    Use(Arc<KeySet>),
    /// Nothing, but the keys should be fetched again meanwhile.
    UseAndFetch(Arc<KeySet>),
    /// The keys must be fetched first, or be awaited if they are already.
    Fetch,
    /// There is nothing to check it with, and no use in asking at the moment.
    Refuse,
}

const MINUTE: u64 = 60;
const DAY: u64 = 24 * 60 * MINUTE;

/// The lifetime of keys where the issuer says nothing of it. Keys that it rolls to are asked for by their names; this
/// is how long one that it has withdrawn can still be used.
const DEFAULT_LIFETIME: u64 = 10 * MINUTE;

/// How often a name that is not known makes us ask for the keys, which anybody can invent.
const UNKNOWN_KEY_INTERVAL: u64 = 10;

/// For how long after a failure nobody waits for another attempt.
const BACK_OFF: u64 = 5;

/// How often it is tried again while there are keys to go on with.
const RETRY: u64 = 30;

impl FetchedKeys {
    pub(super) fn new(set: Arc<KeySet>, max_age: Option<u64>, now: u64) -> Self {
        let lifetime = max_age.unwrap_or(DEFAULT_LIFETIME).clamp(MINUTE, DAY);
        FetchedKeys { set, fetched: now, lifetime }
    }

    /// A clock that was set back makes keys stale, not good for longer.
    fn is_good_for(&self, lifetime: u64, now: u64) -> bool {
        now.checked_sub(self.fetched).is_some_and(|age| age < lifetime)
    }
}

impl Status {
    /// What comes before the check of a token that names this algorithm and this key. `retain` says how long keys
    /// are used on when newer ones can't be had.
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

    /// What a token is checked with after a fetch that was awaited. `None` if it can't be said whether it is good.
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

    /// In how many seconds the keys are to be fetched without anybody asking. `None` if there are none any more:
    /// then the next token asks.
    pub(super) fn due_in(&self, retain: u64, now: u64) -> Option<u64> {
        let known = self.usable(retain, now)?;
        let (since, after) = match self.failed {
            // Before they run out, so that nobody has to wait.
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

/// Whether it is less than so many seconds since then. Not if the clock was set back.
fn is_within(seconds: u64, then: u64, now: u64) -> bool {
    now.checked_sub(then).is_some_and(|passed| passed < seconds)
}

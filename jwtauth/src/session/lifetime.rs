use super::record::SessionRecord;

/// How long sessions last under the current settings. Times are in seconds.
#[derive(Clone, Copy)]
pub(super) struct Lifetime {
    pub(super) refresh_delta: u64,
    pub(super) max_lifetime: Option<u64>,
}

/// The maximum number of seconds that a login may be in the future if `max_lifetime` is set. It allows for different
/// clocks on several nodes. A login further in the future means that the clock was set back. Its age is then unknown.
const SKEW: u64 = 5 * 60;

impl Lifetime {
    /// When a session ends that was last refreshed at `refreshed`. If `created` is later, it is from another clock.
    pub(super) fn ends_at(&self, created: u64, refreshed: u64) -> u64 {
        let idle = refreshed.saturating_add(self.refresh_delta);
        self.max_lifetime.map_or(idle, |max| idle.min(created.min(refreshed).saturating_add(max)))
    }

    /// When the session ends. The settings may be stricter now than when the row was written.
    pub(super) fn end_of(&self, session: &SessionRecord, now: u64) -> u64 {
        // The clock was set back by more than a session lasts without a refresh.
        if session.refreshed > now.saturating_add(self.refresh_delta) {
            return 0;
        }
        if self.max_lifetime.is_some_and(|max| session.created > now.saturating_add(max.min(SKEW))) {
            return 0;
        }
        session.ends_at.min(self.ends_at(session.created.min(now), session.refreshed))
    }

    /// Whether the session has ended, by its row and by the current settings.
    pub(super) fn is_over(&self, session: &SessionRecord, now: u64) -> bool {
        now >= self.end_of(session, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::session_id::SessionId;

    const DAY: u64 = 24 * 60 * 60;
    const NOW: u64 = 1_000_000_000;

    fn end_of(max_lifetime: Option<u64>, created: u64, refreshed: u64) -> u64 {
        let lifetime = Lifetime { refresh_delta: 7 * DAY, max_lifetime };
        let mut session = SessionRecord::new(SessionId::from_bytes([1; 16]), "alice", created, u64::MAX);
        session.refreshed = refreshed;
        lifetime.end_of(&session, NOW)
    }

    #[test]
    fn lifetime_ends_when_session_is_idle_or_login_is_old() {
        assert_eq!(end_of(None, NOW - 9 * DAY, NOW - DAY), NOW + 6 * DAY);
        assert_eq!(end_of(Some(10 * DAY), NOW - 9 * DAY, NOW - DAY), NOW + DAY);
        assert_eq!(end_of(Some(8 * DAY), NOW - 9 * DAY, NOW - DAY), NOW - DAY);
    }

    #[test]
    fn lifetime_is_not_extended_by_any_clock() {
        for max in [1, 60, DAY, 30 * DAY] {
            for ahead in [0, 1, 59, 299, 300, 301, DAY, 6 * DAY, 8 * DAY, u64::MAX - NOW] {
                for refreshed in [NOW - 10, NOW, NOW + ahead] {
                    let end = end_of(Some(max), NOW + ahead, refreshed);
                    assert!(end <= NOW + max, "{max} s, {ahead} s ahead: {end}");
                }
            }
        }
        // A clock that is a little ahead of this one does not end a session.
        assert_eq!(end_of(Some(DAY), NOW + 300, NOW + 300), NOW + DAY);
        assert_eq!(end_of(Some(DAY), NOW + 301, NOW + 301), 0);
        assert_eq!(end_of(None, NOW + 7 * DAY, NOW + 7 * DAY), NOW + 14 * DAY);
        assert_eq!(end_of(None, NOW + 7 * DAY + 1, NOW + 7 * DAY + 1), 0);
    }
}

use super::SessionRecord;

/// For how long sessions last, by the settings of today.
#[derive(Clone, Copy)]
pub(super) struct Terms {
    pub(super) refresh_delta: u64,
    pub(super) max_lifetime: Option<u64>,
}

impl Terms {
    /// When a session is over that was last refreshed then.
    pub(super) fn ends_at(&self, created: u64, refreshed: u64) -> u64 {
        let idle = refreshed.saturating_add(self.refresh_delta);
        self.max_lifetime.map_or(idle, |max| idle.min(created.saturating_add(max)))
    }

    /// When the session is over. Settings may have become stricter since its row was written.
    pub(super) fn end_of(&self, session: &SessionRecord, now: u64) -> u64 {
        // From a time that was never: the clock was set back by more than any session lasts without a refresh.
        if session.refreshed > now.saturating_add(self.refresh_delta) {
            return 0;
        }
        session.ends_at.min(self.ends_at(session.created, session.refreshed))
    }

    /// Whether the session is over, by its row and by the settings.
    pub(super) fn is_over(&self, session: &SessionRecord, now: u64) -> bool {
        now >= self.end_of(session, now)
    }
}

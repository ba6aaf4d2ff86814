use super::record::SessionRecord;
use super::refresh_outcome::RefreshOutcome;

/// A refresh of a session: the step to its next generation. The argument of
/// [`SessionStore::advance`](super::SessionStore::advance). All times are in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefreshStep {
    /// The generation of the refresh token that is presented.
    pub generation: u64,
    /// The time, since the epoch.
    pub now: u64,
    /// `reuse_grace`: for how long after its first use a token that is spent may be presented again. 0:
    /// never.
    pub grace: u64,
    /// When the session is over from now on, if this step is made.
    pub ends_at: u64,
    /// The key of the refresh token that is presented, as in [`SessionRecord::key_id`].
    pub key_id: [u8; 16],
}

impl RefreshStep {
    /// Decides the outcome by the table of [`RefreshOutcome`], and changes the row as the table says. It is for stores
    /// that read and write a row under one lock, or in one serializable transaction. If there is no row, the store
    /// answers [`RefreshOutcome::Unknown`] itself.
    ///
    /// The row has changed if the outcome is [`RefreshOutcome::Next`] or [`RefreshOutcome::Reused`].
    ///
    /// ```
    /// use jwtauth::{RefreshStep, RefreshOutcome, SessionId, SessionRecord};
    ///
    /// let mut row = SessionRecord::new(SessionId::random()?, "alice", 1000, 2000);
    /// let step = RefreshStep { generation: 0, now: 1500, grace: 30, ends_at: 2500, key_id: [1; 16] };
    /// assert_eq!(step.apply(&mut row), RefreshOutcome::Next);
    /// assert_eq!((row.generation, row.refreshed, row.ends_at, row.key_id), (1, 1500, 2500, Some([1; 16])));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn apply(&self, row: &mut SessionRecord) -> RefreshOutcome {
        let outcome = self.judge(row);
        match outcome {
            RefreshOutcome::Next => {
                row.generation = row.generation.saturating_add(1);
                row.refreshed = self.now;
                row.ends_at = self.ends_at;
                row.key_id = Some(self.key_id);
            }
            RefreshOutcome::Reused => {
                row.reused = true;
                row.ends_at = self.now;
            }
            _ => {}
        }
        outcome
    }

    /// The outcome that [`apply`](Self::apply) would have. It changes nothing.
    pub fn judge(&self, row: &SessionRecord) -> RefreshOutcome {
        if row.reused {
            RefreshOutcome::Unknown
        } else if !row.accepts(self.key_id) {
            RefreshOutcome::OtherKey
        } else if !row.is_alive(self.now) {
            RefreshOutcome::Expired
        } else if self.generation == row.generation {
            RefreshOutcome::Next
        } else if self.generation.checked_add(1) == Some(row.generation) && self.in_grace(row.refreshed) {
            RefreshOutcome::Repeated { ends_at: row.ends_at }
        } else {
            RefreshOutcome::Reused
        }
    }

    fn in_grace(&self, refreshed: u64) -> bool {
        self.grace > 0 && self.now.abs_diff(refreshed) <= self.grace
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::session_id::SessionId;

    const KEY: [u8; 16] = [1; 16];

    /// A row of generation 5, refreshed at 1000, over at 2000.
    fn row() -> SessionRecord {
        let mut row = SessionRecord::new(SessionId::from_bytes([7; 16]), "alice", 900, 2000);
        row.generation = 5;
        row.refreshed = 1000;
        row.key_id = Some(KEY);
        row
    }

    fn step(generation: u64, now: u64, grace: u64) -> RefreshStep {
        RefreshStep { generation, now, grace, ends_at: 3000, key_id: KEY }
    }

    #[test]
    fn refresh_step_judges_generation_time_and_grace() {
        let repeated = RefreshOutcome::Repeated { ends_at: 2000 };
        for (generation, now, grace, expected) in [
            (5, 1000, 30, RefreshOutcome::Next),
            (5, 1999, 30, RefreshOutcome::Next),
            (5, 2000, 30, RefreshOutcome::Expired),
            (4, 2000, 30, RefreshOutcome::Expired),
            (4, 1000, 30, repeated),
            (4, 1030, 30, repeated),
            (4, 1031, 30, RefreshOutcome::Reused),
            (4, 1000, 0, RefreshOutcome::Reused),
            (4, 970, 30, repeated),
            (4, 969, 30, RefreshOutcome::Reused),
            (3, 1000, 30, RefreshOutcome::Reused),
            (6, 1000, 30, RefreshOutcome::Reused),
            (u64::MAX, 1000, 30, RefreshOutcome::Reused),
        ] {
            let (step, mut bound) = (step(generation, now, grace), row());
            assert_eq!(step.judge(&bound), expected, "{generation} at {now}, grace {grace}");
            assert_eq!(step.apply(&mut bound), expected);
            let mut unbound = SessionRecord { key_id: None, ..row() };
            assert_eq!(step.apply(&mut unbound), expected);
            let mut after = SessionRecord { key_id: Some(KEY), ..unbound.clone() };
            match expected {
                RefreshOutcome::Next => assert_eq!(unbound, bound, "it is bound now"),
                _ => assert_eq!(unbound.key_id, None),
            }
            assert_eq!(after, bound);

            // Another key changes nothing, and learns nothing.
            let other = RefreshStep { key_id: [2; 16], ..step };
            after = row();
            assert_eq!(other.apply(&mut after), RefreshOutcome::OtherKey);
            assert_eq!(after, row());
        }
    }

    #[test]
    fn refresh_step_finds_no_generation_before_the_first() {
        let mut row = row();
        row.generation = 0;
        assert_eq!(step(u64::MAX, 1000, 30).judge(&row), RefreshOutcome::Reused);
    }

    #[test]
    fn refresh_step_leaves_the_trace_of_a_reuse_alone() {
        let mut row = row();
        assert_eq!(step(3, 1500, 30).apply(&mut row), RefreshOutcome::Reused);
        let trace = row.clone();
        assert_eq!((trace.reused, trace.ends_at, trace.generation), (true, 1500, 5));
        for (generation, now) in [(5, 1500), (3, 1400), (4, 9000)] {
            assert_eq!(step(generation, now, 30).apply(&mut row), RefreshOutcome::Unknown);
            assert_eq!(row, trace);
        }
    }
}

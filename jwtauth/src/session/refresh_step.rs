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
    /// `reuse_grace`: how long a spent token may be presented again and gets the same response. 0 means that each token
    /// is valid once, and any other use is reuse.
    pub grace: u64,
    /// The new end of the session, if this step is made.
    pub ends_at: u64,
    /// The key of the refresh token that is presented, as in [`SessionRecord::key_id`].
    pub key_id: [u8; 16],
}

impl RefreshStep {
    /// Determines the outcome by the table of [`RefreshOutcome`], and changes the row as the table specifies. It is for
    /// stores that read and write a row under one lock, or in one serializable transaction. If there is no row, the
    /// store itself returns [`RefreshOutcome::Unknown`].
    ///
    /// The row has changed if the outcome is [`RefreshOutcome::Next`] or [`RefreshOutcome::Reused`].
    ///
    /// ```
    /// use jwtauth::{RefreshStep, RefreshOutcome, SessionId, SessionRecord};
    ///
    /// let mut row = SessionRecord::new(SessionId::random()?, "alice", 1000, 2000);
    /// let step = RefreshStep { generation: 0, now: 1500, grace: 30, ends_at: 2500, key_id: [1; 16] };
    /// assert_eq!(step.apply(&mut row), RefreshOutcome::Next { generation: 1 });
    /// assert_eq!((row.generation, row.refreshed, row.ends_at, row.key_id), (1, 1500, 2500, Some([1; 16])));
    ///
    /// // The answer was lost, and the client comes back a moment later, and much later.
    /// let step = RefreshStep { now: 1510, ..step };
    /// assert_eq!(step.apply(&mut row), RefreshOutcome::Repeated { generation: 1, ends_at: 2500 });
    /// let step = RefreshStep { now: 2000, ends_at: 3000, ..step };
    /// assert_eq!(step.apply(&mut row), RefreshOutcome::Next { generation: 2 });
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn apply(&self, row: &mut SessionRecord) -> RefreshOutcome {
        let outcome = self.judge(row);
        match outcome {
            RefreshOutcome::Next { generation } => {
                row.prove(self.generation, self.now);
                row.generation = generation;
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

    /// Returns the outcome of [`apply`](Self::apply), but changes nothing.
    pub fn judge(&self, row: &SessionRecord) -> RefreshOutcome {
        let next = RefreshOutcome::Next { generation: row.generation.saturating_add(1) };
        let repeated = RefreshOutcome::Repeated { generation: row.generation, ends_at: row.ends_at };
        if row.reused {
            RefreshOutcome::Unknown
        } else if !row.accepts(self.key_id) {
            RefreshOutcome::OtherKey
        } else if !row.is_alive(self.now) {
            RefreshOutcome::Expired
        } else if self.generation == row.generation {
            next
        } else if self.grace == 0 {
            RefreshOutcome::Reused
        } else if self.generation == row.proven {
            if self.in_grace(row.refreshed) { repeated } else { next }
        } else if Some(self.generation) == row.previous && self.in_grace(row.proven_at) {
            if row.generation == row.proven { repeated } else { RefreshOutcome::Refused }
        } else {
            RefreshOutcome::Reused
        }
    }

    fn in_grace(&self, time: u64) -> bool {
        self.grace > 0 && self.now.abs_diff(time) <= self.grace
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::session_id::SessionId;

    const KEY: [u8; 16] = [1; 16];
    const REPEATED: RefreshOutcome = RefreshOutcome::Repeated { generation: 5, ends_at: 2000 };
    const NEXT: RefreshOutcome = RefreshOutcome::Next { generation: 6 };
    use RefreshOutcome::{Expired, Refused, Reused, Unknown};

    /// A row of generation 5, issued at 1000, with its end at 2000. Generation 3 was proven at 980, and generation 4 is
    /// void.
    fn unproven() -> SessionRecord {
        let mut row = SessionRecord::new(SessionId::from_bytes([7; 16]), "alice", 900, 2000);
        (row.generation, row.refreshed) = (5, 1000);
        (row.proven, row.proven_at, row.previous) = (3, 980, Some(1));
        row.key_id = Some(KEY);
        row
    }

    /// The same row after the access token of generation 5 was presented at 1010.
    fn proven() -> SessionRecord {
        SessionRecord { proven: 5, proven_at: 1010, previous: Some(3), ..unproven() }
    }

    fn step(generation: u64, now: u64, grace: u64) -> RefreshStep {
        RefreshStep { generation, now, grace, ends_at: 3000, key_id: KEY }
    }

    /// Checks the outcome and the changes of the step: with a key in the row, without one, and with a different key.
    fn check(row: &SessionRecord, step: RefreshStep, expected: RefreshOutcome) {
        let what = format!("{} at {}, grace {}, of {row:?}", step.generation, step.now, step.grace);
        assert_eq!(step.judge(row), expected, "{what}");
        let mut after = row.clone();
        assert_eq!(step.apply(&mut after), expected);
        let mut wanted = row.clone();
        match expected {
            RefreshOutcome::Next { generation } => {
                (wanted.generation, wanted.refreshed, wanted.ends_at) = (generation, step.now, 3000);
                if step.generation == row.generation && row.proven < row.generation {
                    (wanted.proven, wanted.proven_at, wanted.previous) = (step.generation, step.now, Some(row.proven));
                }
            }
            Reused => (wanted.reused, wanted.ends_at) = (true, step.now),
            _ => {}
        }
        assert_eq!(after, wanted, "{what}");

        let mut unbound = SessionRecord { key_id: None, ..row.clone() };
        assert_eq!(step.apply(&mut unbound), expected);
        let binds = matches!(expected, RefreshOutcome::Next { .. });
        assert_eq!(unbound, SessionRecord { key_id: binds.then_some(KEY), ..wanted }, "{what}");

        // A different key changes nothing, and the outcome reveals nothing else.
        let mut after = row.clone();
        assert_eq!(RefreshStep { key_id: [2; 16], ..step }.apply(&mut after), RefreshOutcome::OtherKey);
        assert_eq!(after, *row);
    }

    #[test]
    fn refresh_step_judges_row_with_unproven_current_generation() {
        for (generation, now, grace, expected) in [
            (5, 1000, 30, NEXT),
            (5, 1999, 30, NEXT),
            (5, 1000, 0, NEXT),
            (5, 2000, 30, Expired),
            // The response was lost.
            (3, 2000, 30, Expired),
            (3, 1000, 30, REPEATED),
            (3, 1030, 30, REPEATED),
            (3, 1031, 30, NEXT),
            (3, 1999, 30, NEXT),
            (3, 970, 30, REPEATED),
            (3, 969, 30, NEXT),
            (3, 1000, 0, Reused),
            // Late requests of a client that has already used the next tokens.
            (1, 1000, 30, Refused),
            (1, 1010, 30, Refused),
            (1, 1011, 30, Reused),
            (1, 950, 30, Refused),
            (1, 949, 30, Reused),
            (1, 1000, 0, Reused),
            // Void generations, old generations, and generations that were never issued.
            (4, 1000, 30, Reused),
            (4, 1000, 0, Reused),
            (2, 1000, 30, Reused),
            (0, 1000, 30, Reused),
            (6, 1000, 30, Reused),
            (u64::MAX, 1000, 30, Reused),
        ] {
            check(&unproven(), step(generation, now, grace), expected);
        }
    }

    #[test]
    fn refresh_step_judges_row_with_proven_current_generation() {
        for (generation, now, grace, expected) in [
            (5, 1010, 30, NEXT),
            (5, 1999, 0, NEXT),
            (5, 2000, 30, Expired),
            (3, 1040, 30, REPEATED),
            (3, 1041, 30, Reused),
            (3, 980, 30, REPEATED),
            (3, 979, 30, Reused),
            (3, 1010, 0, Reused),
            (1, 1010, 30, Reused),
            (4, 1010, 30, Reused),
            (6, 1010, 30, Reused),
        ] {
            check(&proven(), step(generation, now, grace), expected);
        }
    }

    #[test]
    fn refresh_step_judges_new_session() {
        let row = SessionRecord { key_id: Some(KEY), ..SessionRecord::new(unproven().id, "alice", 1000, 2000) };
        check(&row, step(0, 1000, 30), RefreshOutcome::Next { generation: 1 });
        check(&row, step(0, 1999, 0), RefreshOutcome::Next { generation: 1 });
        // No generation precedes the first.
        check(&row, step(u64::MAX, 1000, 30), Reused);
        check(&row, step(1, 1000, 30), Reused);
    }

    #[test]
    fn refresh_step_leaves_the_trace_of_a_reuse_alone() {
        let mut row = unproven();
        assert_eq!(step(4, 1500, 30).apply(&mut row), Reused);
        let trace = row.clone();
        assert_eq!((trace.reused, trace.ends_at, trace.generation), (true, 1500, 5));
        for (generation, now) in [(5, 1500), (3, 1400), (4, 9000)] {
            assert_eq!(step(generation, now, 30).apply(&mut row), Unknown);
            assert!(!row.prove(generation, now));
            assert_eq!(row, trace);
        }
    }

    #[test]
    fn session_proves_only_its_current_generation_once() {
        for generation in [0, 1, 2, 3, 4, 6, u64::MAX] {
            let mut row = unproven();
            assert!(!row.prove(generation, 1010), "{generation}");
            assert_eq!(row, unproven());
        }
        let mut row = unproven();
        assert!(row.prove(5, 1010));
        assert_eq!(row, proven());
        assert!(!row.prove(5, 1500), "it was proven at 1010");
        assert_eq!(row, proven());
    }
}

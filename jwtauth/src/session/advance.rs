use super::SessionRecord;

/// One step of a session to its next generation, as it is asked of
/// [`SessionStore::advance`](super::SessionStore::advance). All times are in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Advance {
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

/// What became of a step. The first line that applies decides.
///
/// | the session is | the key presented is | the generation presented is | answer | what changes |
/// |---|---|---|---|---|
/// | not there: never was, was ended, is forgotten | any | any | [`Unknown`](Self::Unknown) | nothing |
/// | there | not the row's | any | [`OtherKey`](Self::OtherKey) | nothing |
/// | over: `now >= ends_at` of the row | the row's, or the row has none | any | [`Expired`](Self::Expired) | nothing |
/// | alive | the row's, or the row has none | the current one | [`Next`](Self::Next) | generation + 1, `refreshed`, `ends_at`, `key_id` |
/// | alive | the row's, or the row has none | the one before, within its grace | [`Repeated`](Self::Repeated) | nothing |
/// | alive | the row's, or the row has none | any other | [`Reused`](Self::Reused) | the session ends, and leaves a trace |
///
/// A generation above the current one is no exception. No client has it, unless the store has been set back to an older
/// state: that can't be told from a token in other hands, and so ends the session as well.
///
/// The grace counts from the first use, which is the row's `refreshed`: within it means that the grace is not
/// 0, and `now` at most the grace away from `refreshed`, on either side. So a clock that is a little behind
/// the other node's, or was set back a little, harms nobody, and one that was set back far opens nothing.
///
/// A row that is the trace of a reuse ([`SessionRecord::reused`]) is not a session: the answer is `Unknown`.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advanced {
    /// The generation presented was the current one, and is now spent; the next one is current.
    Next,
    /// The generation presented has just been spent: the client is given the same next one again.
    Repeated {
        /// The row's `ends_at`: nothing is renewed by asking again.
        ends_at: u64,
    },
    /// A refresh token was presented again, which its owner never does (RFC 9700 §4.14.2): the session has been
    /// ended, in this very step, and its row has become the trace of it.
    Reused,
    /// The refresh token was made with a key that is not the key of the session.
    OtherKey,
    /// The session is over, and still kept.
    Expired,
    /// There is no such session.
    Unknown,
}

impl Advance {
    /// Makes this step of a row: judges it, and changes the row as the table of [`Advanced`] says. For stores that read a
    /// row and write it under one lock, or in one serializable transaction. [`Advanced::Unknown`] for a row that is not
    /// there is for them to say.
    ///
    /// The row has changed if the answer is [`Advanced::Next`] or [`Advanced::Reused`].
    ///
    /// ```
    /// use jwtauth::{Advance, Advanced, SessionId, SessionRecord};
    ///
    /// let mut row = SessionRecord::new(SessionId::random()?, "alice", 1000, 2000);
    /// let step = Advance { generation: 0, now: 1500, grace: 30, ends_at: 2500, key_id: [1; 16] };
    /// assert_eq!(step.apply(&mut row), Advanced::Next);
    /// assert_eq!((row.generation, row.refreshed, row.ends_at, row.key_id), (1, 1500, 2500, Some([1; 16])));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn apply(&self, row: &mut SessionRecord) -> Advanced {
        let SessionRecord { generation, refreshed, ends_at, key_id, reused, .. } = row;
        self.step(Steps { generation, refreshed, ends_at, key_id, reused })
    }

    /// What [`apply`](Self::apply) would answer. It changes nothing.
    pub fn judge(&self, row: &SessionRecord) -> Advanced {
        self.verdict(row.generation, row.refreshed, row.ends_at, row.key_id, row.reused)
    }

    pub(super) fn step(&self, row: Steps<'_>) -> Advanced {
        let advanced = self.verdict(*row.generation, *row.refreshed, *row.ends_at, *row.key_id, *row.reused);
        match advanced {
            Advanced::Next => {
                *row.generation = row.generation.saturating_add(1);
                *row.refreshed = self.now;
                *row.ends_at = self.ends_at;
                *row.key_id = Some(self.key_id);
            }
            Advanced::Reused => {
                *row.reused = true;
                *row.ends_at = self.now;
            }
            _ => {}
        }
        advanced
    }

    fn verdict(
        &self,
        generation: u64,
        refreshed: u64,
        ends_at: u64,
        key_id: Option<[u8; 16]>,
        reused: bool,
    ) -> Advanced {
        if reused {
            Advanced::Unknown
        } else if key_id.is_some_and(|own| own != self.key_id) {
            Advanced::OtherKey
        } else if self.now >= ends_at {
            Advanced::Expired
        } else if self.generation == generation {
            Advanced::Next
        } else if self.generation.checked_add(1) == Some(generation) && self.in_grace(refreshed) {
            Advanced::Repeated { ends_at }
        } else {
            Advanced::Reused
        }
    }

    fn in_grace(&self, refreshed: u64) -> bool {
        self.grace > 0 && self.now.abs_diff(refreshed) <= self.grace
    }
}

/// What of a row a step reads and changes.
pub(super) struct Steps<'r> {
    pub(super) generation: &'r mut u64,
    pub(super) refreshed: &'r mut u64,
    pub(super) ends_at: &'r mut u64,
    pub(super) key_id: &'r mut Option<[u8; 16]>,
    pub(super) reused: &'r mut bool,
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

    fn step(generation: u64, now: u64, grace: u64) -> Advance {
        Advance { generation, now, grace, ends_at: 3000, key_id: KEY }
    }

    #[test]
    fn advance_judges_by_the_table() {
        let repeated = Advanced::Repeated { ends_at: 2000 };
        for (generation, now, grace, expected) in [
            (5, 1000, 30, Advanced::Next),
            (5, 1999, 30, Advanced::Next),
            (5, 2000, 30, Advanced::Expired),
            (4, 2000, 30, Advanced::Expired),
            (4, 1000, 30, repeated),
            (4, 1030, 30, repeated),
            (4, 1031, 30, Advanced::Reused),
            (4, 1000, 0, Advanced::Reused),
            (4, 970, 30, repeated),
            (4, 969, 30, Advanced::Reused),
            (3, 1000, 30, Advanced::Reused),
            (6, 1000, 30, Advanced::Reused),
            (u64::MAX, 1000, 30, Advanced::Reused),
        ] {
            let (step, mut bound) = (step(generation, now, grace), row());
            assert_eq!(step.judge(&bound), expected, "{generation} at {now}, grace {grace}");
            assert_eq!(step.apply(&mut bound), expected);
            let mut unbound = SessionRecord { key_id: None, ..row() };
            assert_eq!(step.apply(&mut unbound), expected);
            let mut after = SessionRecord { key_id: Some(KEY), ..unbound.clone() };
            match expected {
                Advanced::Next => assert_eq!(unbound, bound, "it is bound now"),
                _ => assert_eq!(unbound.key_id, None),
            }
            assert_eq!(after, bound);

            // Another key changes nothing, and learns nothing.
            let other = Advance { key_id: [2; 16], ..step };
            after = row();
            assert_eq!(other.apply(&mut after), Advanced::OtherKey);
            assert_eq!(after, row());
        }
    }

    #[test]
    fn advance_of_a_first_generation_has_none_before_it() {
        let mut row = row();
        row.generation = 0;
        assert_eq!(step(u64::MAX, 1000, 30).judge(&row), Advanced::Reused);
    }

    #[test]
    fn advance_leaves_the_trace_of_a_reuse_alone() {
        let mut row = row();
        assert_eq!(step(3, 1500, 30).apply(&mut row), Advanced::Reused);
        let trace = row.clone();
        assert_eq!((trace.reused, trace.ends_at, trace.generation), (true, 1500, 5));
        for (generation, now) in [(5, 1500), (3, 1400), (4, 9000)] {
            assert_eq!(step(generation, now, 30).apply(&mut row), Advanced::Unknown);
            assert_eq!(row, trace);
        }
    }
}

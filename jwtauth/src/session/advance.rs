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
}

/// What became of a step.
///
/// | the session is | the generation presented is | answer | what changes |
/// |---|---|---|---|
/// | not there: never was, was ended, is forgotten | any | [`Unknown`](Self::Unknown) | nothing |
/// | over: `now >= ends_at` of the row | any | [`Expired`](Self::Expired) | nothing |
/// | alive | the current one | [`Next`](Self::Next) | generation + 1, `refreshed`, `ends_at` |
/// | alive | the one before, within its grace | [`Repeated`](Self::Repeated) | nothing |
/// | alive | any other | [`Reused`](Self::Reused) | the session ends |
///
/// A generation above the current one is no exception. No client has it, unless the store has been set back to an older
/// state: that can't be told from a token in other hands, and so ends the session as well.
///
/// The grace counts from the first use, which is the row's `refreshed`: within it means that the grace is not
/// 0, and `now` at most the grace away from `refreshed`, on either side. So a clock that is a little behind
/// the other node's, or was set back a little, harms nobody, and one that was set back far opens nothing.
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
    /// ended, in this very step.
    Reused,
    /// The session is over, and still kept.
    Expired,
    /// There is no such session.
    Unknown,
}

impl Advance {
    /// Judges this step by what a session's row has: for stores that read a row and write it under one lock,
    /// or in one serializable transaction. [`Advanced::Unknown`] is for them to say.
    ///
    /// ```
    /// use jwtauth::{Advance, Advanced, SessionRecord};
    ///
    /// fn step(row: &mut SessionRecord, step: Advance) -> Advanced {
    ///     let advanced = step.judge(row.generation, row.refreshed, row.ends_at);
    ///     if advanced == Advanced::Next {
    ///         row.generation += 1;
    ///         row.refreshed = step.now;
    ///         row.ends_at = step.ends_at;
    ///     }
    ///     advanced // and on `Reused`, the row is removed
    /// }
    /// ```
    pub fn judge(&self, generation: u64, refreshed: u64, ends_at: u64) -> Advanced {
        if self.now >= ends_at {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table() {
        // A row of generation 5, refreshed at 1000, over at 2000.
        let judge = |generation, now, grace| Advance { generation, now, grace, ends_at: 3000 }.judge(5, 1000, 2000);
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
            assert_eq!(judge(generation, now, grace), expected, "{generation} at {now}, grace {grace}");
        }
    }

    #[test]
    fn a_first_generation_has_none_before_it() {
        let step = Advance { generation: u64::MAX, now: 1, grace: 30, ends_at: 3 };
        assert_eq!(step.judge(0, 1, 2), Advanced::Reused);
    }
}

/// The outcome of a [`RefreshStep`](super::RefreshStep). The first line that applies decides.
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
/// A row that is the trace of a reuse ([`SessionRecord::reused`](super::SessionRecord::reused)) is not a session: the answer is `Unknown`.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefreshOutcome {
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

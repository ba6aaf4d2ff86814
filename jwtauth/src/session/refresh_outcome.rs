/// The outcome of a [`RefreshStep`](super::RefreshStep). The first line that applies decides.
///
/// | the session is | the key presented is | the generation presented is | answer | what changes |
/// |---|---|---|---|---|
/// | not there: never was, was ended, is forgotten | any | any | [`Unknown`](Self::Unknown) | nothing |
/// | there | not the row's | any | [`OtherKey`](Self::OtherKey) | nothing |
/// | over: `now >= ends_at` of the row | the row's, or the row has none | any | [`Expired`](Self::Expired) | nothing |
/// | alive | the row's, or the row has none | the current one | [`Next`](Self::Next) | it is proven, if it was not; generation + 1, `refreshed`, `ends_at`, `key_id` |
/// | alive | the row's, or the row has none | another, and the grace is 0 | [`Reused`](Self::Reused) | the session ends, and leaves a trace |
/// | alive | the row's, or the row has none | the proven one, within the grace of the hand-out of the current one | [`Repeated`](Self::Repeated) | nothing |
/// | alive | the row's, or the row has none | the proven one, later | [`Next`](Self::Next) | generation + 1, `refreshed`, `ends_at`, `key_id` |
/// | alive | the row's, or the row has none | the previous one, within the grace of the proof, and the current one is proven | [`Repeated`](Self::Repeated) | nothing |
/// | alive | the row's, or the row has none | the previous one, within the grace of the proof, and the current one is not proven | [`Refused`](Self::Refused) | nothing |
/// | alive | the row's, or the row has none | any other | [`Reused`](Self::Reused) | the session ends, and leaves a trace |
///
/// The **current** generation is the row's `generation`, the **proven** one its `proven`, and the **previous** one its
/// `previous`. The current generation may be the proven one: if its access token has been seen, or after the login.
///
/// To **prove** generation x at `now` means: `previous` becomes what `proven` was, `proven` becomes x, and `proven_at`
/// becomes `now`. What is proven already is not proven again.
///
/// A client that loses an answer comes back with the proven generation. However late that is, it gets a new successor,
/// and the one that was lost is void. A void generation is none of the three, and neither is one above the current one.
/// No client has that, unless the store has been set back to an older state. That can't be told from a token in other
/// hands, and so ends the session as well.
///
/// The grace counts from the hand-out of the current generation, which is `refreshed`, or from the proof of the proven
/// one, which is `proven_at`. Within it means that the grace is not 0, and `now` at most the grace away from that time,
/// on either side. So a clock that is a little behind the other node's, or was set back a little, harms nobody, and one
/// that was set back far opens nothing.
///
/// A row that is the trace of a reuse ([`SessionRecord::reused`](super::SessionRecord::reused)) is not a session: the answer is `Unknown`.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefreshOutcome {
    /// A new generation is handed out, and is current now.
    Next {
        /// The new generation: one above the row's before.
        generation: u64,
    },
    /// The current generation is handed out once more.
    Repeated {
        /// The row's generation.
        generation: u64,
        /// The row's `ends_at`: nothing is renewed by asking again.
        ends_at: u64,
    },
    /// The generation presented was replaced a moment ago, and the client has presented its successor since. The refresh
    /// is refused, and the session goes on.
    Refused,
    /// A refresh token was presented that its owner no longer uses (RFC 9700 §4.14.2): the session has been ended, in
    /// this very step, and its row has become the trace of it.
    Reused,
    /// The refresh token was made with a key that is not the key of the session.
    OtherKey,
    /// The session is over, and still kept.
    Expired,
    /// There is no such session.
    Unknown,
}

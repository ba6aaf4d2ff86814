/// The outcome of a [`RefreshStep`](super::RefreshStep). The first matching row of the table applies.
///
/// | session | presented key | presented generation | outcome | changes |
/// |---|---|---|---|---|
/// | unknown: never existed, was ended, or was purged | any | any | [`Unknown`](Self::Unknown) | none |
/// | known | differs from the row's key | any | [`OtherKey`](Self::OtherKey) | none |
/// | expired: `now >= ends_at` of the row | the row's, or the row has none | any | [`Expired`](Self::Expired) | none |
/// | alive | the row's, or the row has none | the current one | [`Next`](Self::Next) | the generation is proven, if it was not; generation + 1, `refreshed`, `ends_at`, `key_id` |
/// | alive | the row's, or the row has none | another, and the grace is 0 | [`Reused`](Self::Reused) | the session ends, and leaves a trace |
/// | alive | the row's, or the row has none | the proven one, within the grace after the current one was issued | [`Repeated`](Self::Repeated) | none |
/// | alive | the row's, or the row has none | the proven one, later | [`Next`](Self::Next) | generation + 1, `refreshed`, `ends_at`, `key_id` |
/// | alive | the row's, or the row has none | the previous one, within the grace of the proof, and the current one is proven | [`Repeated`](Self::Repeated) | none |
/// | alive | the row's, or the row has none | the previous one, within the grace of the proof, and the current one is not proven | [`Refused`](Self::Refused) | none |
/// | alive | the row's, or the row has none | any other | [`Reused`](Self::Reused) | the session ends, and leaves a trace |
///
/// The **current** generation is the row's `generation`, the **proven** one is its `proven`, and the **previous** one
/// is its `previous`. The current generation is also the proven one after the login, and after its access token was
/// presented.
///
/// To **prove** generation x at `now` means: `previous` is set to the old `proven`, `proven` is set to x, and
/// `proven_at` is set to `now`. A proven generation is not proven again.
///
/// A client that loses a response presents the proven generation again. At any later time it gets a new successor, and
/// the lost generation becomes void. A void generation is none of these three generations, and neither is a generation
/// above the current one. No legitimate client presents such a generation, unless the store was restored to an older
/// state. That case can't be distinguished from a stolen token, so it ends the session as well.
///
/// The grace is measured from the time when the current generation was issued (`refreshed`), or from the time when the
/// proven generation was proven (`proven_at`). A step is within the grace if the grace is not 0 and `now` differs from
/// that time by at most the grace, in either direction. A small clock skew between nodes, or a clock that was set back
/// a little, therefore causes no error. A clock that was set back far does not extend the grace.
///
/// A row that is the trace of a reuse ([`SessionRecord::reused`](super::SessionRecord::reused)) is not a session: the
/// outcome is `Unknown`.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefreshOutcome {
    /// A new generation is issued, and is now the current one.
    Next {
        /// The new generation: the row's old generation plus one.
        generation: u64,
    },
    /// The current generation is issued again.
    Repeated {
        /// The row's generation.
        generation: u64,
        /// The row's `ends_at`. A repeated request does not extend the session.
        ends_at: u64,
    },
    /// The presented generation was replaced a short time ago, and the client has already presented its successor. The
    /// refresh is refused, and the session stays alive.
    Refused,
    /// A refresh token was presented that its owner no longer uses (RFC 9700 §4.14.2). This step ended the session, and
    /// the row is now the trace of the reuse.
    Reused,
    /// The refresh token was created with a key that differs from the key of the session.
    OtherKey,
    /// The session has expired, and its row is still stored.
    Expired,
    /// There is no such session.
    Unknown,
}

use std::num::NonZeroU32;

use super::error::StoreError;
use super::record::SessionRecord;
use super::refresh_outcome::RefreshOutcome;
use super::refresh_step::RefreshStep;
use crate::claims::session_id::SessionId;

/// Where sessions are kept. `memory:` is built in; an application's own is given to the fairing with
/// [`JwtAuthFairing::session_store`](crate::JwtAuthFairing::session_store).
///
/// A store holds rows, [`SessionRecord`]s, by their id, and finds them by their user. It knows nothing of
/// tokens, keys and settings, and never looks at a clock: every rule about time is over the times that it is
/// given. Ending a session removes its row; a session that has run out (`now >= ends_at`) stays for
/// [`SessionRecord::KEPT`], and is then [purged](Self::purge).
///
/// Reuse of a refresh token leaves a trace: the row stays, marked as [`reused`](SessionRecord::reused), until
/// [`forget_reuse`](Self::forget_reuse) confirms that the reuse was reported, or until it is purged. So the report is
/// made at least once, also if the answer of the step is lost. Only [`find_reuse`](Self::find_reuse) answers such a row.
/// For everything else there is no such session.
///
/// # The rules
///
/// 1. Each method is atomic, over all tasks, processes and machines that share the store: two calls at once
///    have the effect of one after the other. [`advance`](Self::advance) is where everything depends on it.
/// 2. What was answered has been done, as durably as the store is: after an `Ok`, no later call sees the time
///    before.
/// 3. What can't be told is an error. A store that can't reach its server, or can't make sense of a row, never
///    answers as if the session were unknown, and never as if it were alive.
/// 4. A future that is dropped half-way has done all of its work or none. The library drops those that only read, when
///    clients hang up, and any of them when the application shuts down.
/// 5. Nothing in a store waits for ever: one that is away says so within seconds.
///
/// `jwtauth::session_store_conformance!` (feature `testing`) writes the tests that hold a store to all of this:
///
/// ```
/// # #[cfg(feature = "testing")]
/// mod tests {
///     # type MyStore = jwtauth::MemoryStore;
///     jwtauth::session_store_conformance!(MyStore::new());
/// }
/// ```
///
/// # Example
///
/// A store that listens, and leaves the work to another:
///
/// ```
/// use std::num::NonZeroU32;
/// use jwtauth::{RefreshStep, RefreshOutcome, MemoryStore, SessionId, SessionRecord, SessionStore, StoreError};
///
/// struct Loud(MemoryStore);
///
/// #[rocket::async_trait]
/// impl SessionStore for Loud {
///     async fn create(
///         &self,
///         session: &SessionRecord,
///         max_per_user: Option<NonZeroU32>,
///     ) -> Result<Vec<SessionId>, StoreError> {
///         println!("{} begins", session.id);
///         self.0.create(session, max_per_user).await
///     }
///
///     async fn advance(&self, id: SessionId, step: RefreshStep) -> Result<RefreshOutcome, StoreError> {
///         let advanced = self.0.advance(id, step).await?;
///         println!("{id}: {advanced:?}");
///         Ok(advanced)
///     }
///
///     async fn prove(&self, id: SessionId, generation: u64, now: u64) -> Result<(), StoreError> {
///         self.0.prove(id, generation, now).await
///     }
///
///     async fn get(&self, id: SessionId) -> Result<Option<SessionRecord>, StoreError> {
///         self.0.get(id).await
///     }
///
///     async fn find_reuse(&self, id: SessionId) -> Result<Option<SessionRecord>, StoreError> {
///         self.0.find_reuse(id).await
///     }
///
///     async fn forget_reuse(&self, id: SessionId) -> Result<(), StoreError> {
///         self.0.forget_reuse(id).await
///     }
///
///     async fn end(&self, id: SessionId) -> Result<Option<SessionRecord>, StoreError> {
///         self.0.end(id).await
///     }
///
///     async fn end_all(
///         &self,
///         userid: &str,
///         except: Option<SessionId>,
///     ) -> Result<Vec<SessionRecord>, StoreError> {
///         self.0.end_all(userid, except).await
///     }
///
///     async fn list(&self, userid: &str, now: u64) -> Result<Vec<SessionRecord>, StoreError> {
///         self.0.list(userid, now).await
///     }
///
///     async fn purge(&self, now: u64) -> Result<u64, StoreError> {
///         self.0.purge(now).await
///     }
/// }
///
/// let fairing = jwtauth::JwtAuth::fairing().session_store(Loud(MemoryStore::new()));
/// ```
#[rocket::async_trait]
pub trait SessionStore: Send + Sync + 'static {
    /// Begins a session: adds the row as it is given. The id is a new one.
    ///
    /// With `max_per_user`, at most so many sessions of this user are alive afterwards, the new one among them;
    /// alive as of its `created`, which is now. Those that were least recently refreshed (smallest
    /// [`refreshed`](SessionRecord::refreshed); which of two with the same is the store's to say) end in the
    /// same step, their rows are removed, and their ids are what is answered. When several sessions of a user
    /// begin at once, the limit holds when the last is answered.
    ///
    /// # Errors
    ///
    /// If the store can't tell whether it has the session. The library gives out no token then; a row that is
    /// there all the same does no harm.
    async fn create(
        &self,
        session: &SessionRecord,
        max_per_user: Option<NonZeroU32>,
    ) -> Result<Vec<SessionId>, StoreError>;

    /// Makes a step of a session to its next generation, or ends it: the only door to spend a refresh token.
    ///
    /// The table of [`RefreshOutcome`] is the whole of its rule. For the row with this id, atomically:
    ///
    /// - there is none, or it is the trace of a reuse: [`RefreshOutcome::Unknown`];
    /// - the row has a `key_id`, and it is not `step.key_id`: change nothing, and answer [`RefreshOutcome::OtherKey`];
    /// - `step.now >= row.ends_at`: change nothing, and answer [`RefreshOutcome::Expired`];
    /// - `step.generation == row.generation`: prove it as [`prove`](Self::prove) does, set `row.generation` one higher,
    ///   `row.refreshed = step.now`, `row.ends_at = step.ends_at`, `row.key_id = step.key_id`, and answer
    ///   [`RefreshOutcome::Next`] with the new `row.generation`;
    /// - `step.grace == 0`: see "anything else";
    /// - `step.generation == row.proven` and `|step.now - row.refreshed| <= step.grace`: change nothing, and answer
    ///   [`RefreshOutcome::Repeated`] with `row.generation` and `row.ends_at`;
    /// - `step.generation == row.proven`: set `row.generation` one higher, `row.refreshed = step.now`,
    ///   `row.ends_at = step.ends_at`, `row.key_id = step.key_id`, and answer [`RefreshOutcome::Next`] with the new
    ///   `row.generation`;
    /// - `step.generation == row.previous` and `|step.now - row.proven_at| <= step.grace`: change nothing, and answer
    ///   [`RefreshOutcome::Repeated`] with `row.generation` and `row.ends_at` if `row.generation == row.proven`, or else
    ///   [`RefreshOutcome::Refused`];
    /// - anything else: make the row the trace of a reuse (`row.reused = true`, `row.ends_at = step.now`), and answer
    ///   [`RefreshOutcome::Reused`].
    ///
    /// No other field changes, also none that the store does not know.
    ///
    /// Of any number of calls at once with the current generation and one key exactly one is answered `Next`, and all
    /// others, given a grace, `Repeated`. [`RefreshStep::apply`] makes the step for stores that hold a lock; SQL and scripts
    /// spell the table out.
    ///
    /// # Errors
    ///
    /// If the store can't tell what became of the step. The client comes again with the same token: if the step
    /// was made, it is answered `Repeated`, or later with a new `Next`; if it was reuse, the trace is found.
    async fn advance(&self, id: SessionId, step: RefreshStep) -> Result<RefreshOutcome, StoreError>;

    /// Notes that an access token of this generation was seen: the client has what was handed out with it.
    ///
    /// For the row with this id, atomically: if it is not the trace of a reuse, `generation == row.generation` and
    /// `generation > row.proven`, set `row.previous = row.proven`, `row.proven = generation` and `row.proven_at = now`.
    /// Otherwise do nothing, also if there is no such row. No other field changes. [`SessionRecord::prove`] does this for
    /// stores that hold a lock.
    ///
    /// It is called in the background: at most once for each rotation and process, unless it fails or the store forgets
    /// it. It need not be durable. If it is lost, the next look-up of this process does it again, and so does the client's
    /// next refresh.
    ///
    /// # Errors
    ///
    /// If the store can't tell whether it is done. No request notices.
    async fn prove(&self, id: SessionId, generation: u64, now: u64) -> Result<(), StoreError>;

    /// The trace of a reuse that has ended this session and has not been [forgotten](Self::forget_reuse): the row, with
    /// [`reused`](SessionRecord::reused) set. `None` if there is none. Sessions, ended otherwise or not, have none.
    ///
    /// It is asked when a refresh token is authentic and its session is unknown.
    ///
    /// # Errors
    ///
    /// If the store can't tell.
    async fn find_reuse(&self, id: SessionId) -> Result<Option<SessionRecord>, StoreError>;

    /// Removes the trace of a reuse, because the reuse has been reported. It removes no session; where there is no trace,
    /// it does nothing.
    ///
    /// # Errors
    ///
    /// If the store can't tell whether the trace is gone. The reuse may be reported once more then.
    async fn forget_reuse(&self, id: SessionId) -> Result<(), StoreError>;

    /// The row with this id, also if its session has run out; `None` if there is none.
    ///
    /// It sees every change that was answered before it was asked: no replica that lags behind may answer in its
    /// place.
    ///
    /// # Errors
    ///
    /// If the store can't tell.
    async fn get(&self, id: SessionId) -> Result<Option<SessionRecord>, StoreError>;

    /// Ends a session: removes its row, and answers it as it was; `None` if there was none. That the session belongs to
    /// whoever asks has been checked.
    ///
    /// A session that has run out is removed like any other, here and by [`end_all`](Self::end_all): what is to end does
    /// not come back when a clock is set back. Whoever asked is not told that it ended: by the times in the row it had.
    ///
    /// # Errors
    ///
    /// If the store can't tell whether the session has ended.
    async fn end(&self, id: SessionId) -> Result<Option<SessionRecord>, StoreError>;

    /// Ends all sessions of a user but the one excepted, if one is: removes their rows, and answers them as they were,
    /// in any order.
    ///
    /// A session of another user is never ended, also not if its id is the one excepted.
    ///
    /// # Errors
    ///
    /// If the store can't tell whether all of them have ended. Some may have.
    async fn end_all(&self, userid: &str, except: Option<SessionId>) -> Result<Vec<SessionRecord>, StoreError>;

    /// The sessions of a user that are alive at `now` (`now < ends_at`), in any order.
    ///
    /// User ids are compared as bytes: with case, without trimming.
    ///
    /// # Errors
    ///
    /// If the store can't tell all of them.
    async fn list(&self, userid: &str, now: u64) -> Result<Vec<SessionRecord>, StoreError>;

    /// Forgets sessions that ran out long ago, and traces of reuse as old: rows with
    /// `now >= `[`kept_until`](SessionRecord::kept_until), and no other. Answers how many. Asked about once an hour, by every process that shares the store. Where
    /// rows go by themselves when their time has come, it may do nothing, and answers 0; the suite is told so with
    /// `session_store_conformance!(store, rows_expire)`.
    ///
    /// # Errors
    ///
    /// If the store could not do it. It is asked again in an hour.
    async fn purge(&self, now: u64) -> Result<u64, StoreError>;
}

use std::num::NonZeroU32;

use super::error::StoreError;
use super::record::SessionRecord;
use super::refresh_outcome::RefreshOutcome;
use super::refresh_step::RefreshStep;
use crate::claims::session_id::SessionId;

/// A store of sessions. `memory:` is built in. Pass your own store to the fairing with
/// [`JwtAuthFairing::session_store`](crate::JwtAuthFairing::session_store).
///
/// A store contains rows ([`SessionRecord`]s) and finds them by id and by user. It does not depend on tokens, keys or
/// settings, and never reads a clock: every rule about time uses the times that are passed to it. Ending a session
/// removes its row. The row of an expired session (`now >= ends_at`) is kept for [`SessionRecord::KEPT`], and is then
/// [purged](Self::purge).
///
/// Reuse of a refresh token leaves a trace: the row is kept and marked as [`reused`](SessionRecord::reused), until
/// [`forget_reuse`](Self::forget_reuse) confirms that the reuse was reported, or until the row is purged. The reuse is
/// therefore reported at least once, even if the response of the step is lost. Only [`find_reuse`](Self::find_reuse)
/// returns such a row. All other methods treat the session as unknown.
///
/// # The rules
///
/// 1. Each method is atomic across all tasks, processes and machines that share the store: two concurrent calls have
///    the same effect as two consecutive calls. [`advance`](Self::advance) depends on this rule most.
/// 2. A method returns `Ok` after its change was made, as durably as the store supports. After an `Ok`, no later call
///    sees the previous state.
/// 3. A store that can't determine the result returns an error. If it can't reach its server or can't parse a row, it
///    never reports the session as unknown, and never as alive.
/// 4. A future that is dropped before it completes has done all of its work or none of it. The library drops read-only
///    futures when clients disconnect, and any future when the application shuts down.
/// 5. No method waits forever. If the store is unavailable, its methods return an error within seconds.
///
/// `jwtauth::session_store_conformance!` (feature `testing`) generates tests for all of these rules:
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
/// A store that logs calls and delegates to another store:
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
///     async fn confirm(&self, id: SessionId, userid: &str, now: u64) -> Result<Option<SessionRecord>, StoreError> {
///         self.0.confirm(id, userid, now).await
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
    /// Starts a session: inserts the row as it is given. The id is new.
    ///
    /// With `max_per_user`, at most that many sessions of this user are alive afterwards, including the new one. A
    /// session counts as alive if it is alive at the `created` of the new session, which is the current time. If there
    /// are too many, the least recently refreshed sessions (smallest [`refreshed`](SessionRecord::refreshed); the store
    /// chooses between equal values) end in the same step. Their rows are removed, and their ids are returned. If
    /// several sessions of a user start concurrently, the limit holds when the last call has returned.
    ///
    /// # Errors
    ///
    /// If the store can't determine whether the session was inserted. The library then issues no token. A row that was
    /// inserted anyway is harmless.
    async fn create(
        &self,
        session: &SessionRecord,
        max_per_user: Option<NonZeroU32>,
    ) -> Result<Vec<SessionId>, StoreError>;

    /// Advances a session to its next generation, or ends it. This is the only method that spends a refresh token.
    ///
    /// The table of [`RefreshOutcome`] is the complete rule. For the row with this id, atomically:
    ///
    /// - there is no row, or it is the trace of a reuse: return [`RefreshOutcome::Unknown`];
    /// - the row has a `key_id` that differs from `step.key_id`: change nothing, and return
    ///   [`RefreshOutcome::OtherKey`];
    /// - `step.now >= row.ends_at`: change nothing, and return [`RefreshOutcome::Expired`];
    /// - `step.generation == row.generation`: prove the generation as [`prove`](Self::prove) does, increment
    ///   `row.generation`, set `row.refreshed = step.now`, `row.ends_at = step.ends_at` and `row.key_id = step.key_id`,
    ///   and return [`RefreshOutcome::Next`] with the new `row.generation`;
    /// - `step.grace == 0`: apply the last rule, "anything else";
    /// - `step.generation == row.proven` and `|step.now - row.refreshed| <= step.grace`: change nothing, and return
    ///   [`RefreshOutcome::Repeated`] with `row.generation` and `row.ends_at`;
    /// - `step.generation == row.proven`: increment `row.generation`, set `row.refreshed = step.now`,
    ///   `row.ends_at = step.ends_at` and `row.key_id = step.key_id`, and return [`RefreshOutcome::Next`] with the new
    ///   `row.generation`;
    /// - `step.generation == row.previous` and `|step.now - row.proven_at| <= step.grace`: change nothing. If
    ///   `row.generation == row.proven`, return [`RefreshOutcome::Repeated`] with `row.generation` and `row.ends_at`;
    ///   otherwise return [`RefreshOutcome::Refused`];
    /// - anything else: make the row the trace of a reuse (`row.reused = true`, `row.ends_at = step.now`), and return
    ///   [`RefreshOutcome::Reused`].
    ///
    /// No other field changes. This includes fields that this version of the store does not use.
    ///
    /// Of any number of concurrent calls with the current generation and the same key, exactly one returns `Next`. If
    /// the grace is not 0, all others return `Repeated`. Stores that hold a lock can use [`RefreshStep::apply`]. Stores
    /// that use SQL or scripts implement the table themselves.
    ///
    /// # Errors
    ///
    /// If the store can't determine whether the step was made. The client sends the same token again. If the step was
    /// made, that call returns `Repeated`, or a new `Next` if it comes later. If the step found reuse, the trace is
    /// found.
    async fn advance(&self, id: SessionId, step: RefreshStep) -> Result<RefreshOutcome, StoreError>;

    /// Records that an access token of this generation was presented: the client has the tokens that were issued with
    /// it.
    ///
    /// For the row with this id, atomically: if it is not the trace of a reuse, `generation == row.generation` and
    /// `generation > row.proven`, set `row.previous = row.proven`, `row.proven = generation` and `row.proven_at = now`.
    /// Otherwise, or if there is no such row, do nothing. No other field changes. Stores that hold a lock can use
    /// [`SessionRecord::prove`].
    ///
    /// This method is called in the background, at most once per rotation and process unless the call fails or the
    /// store loses the proof. The proof need not be durable. If it is lost, the next look-up of this process records it
    /// again, and so does the client's next refresh.
    ///
    /// # Errors
    ///
    /// If the store can't determine whether the proof was recorded. Requests are not affected.
    async fn prove(&self, id: SessionId, generation: u64, now: u64) -> Result<(), StoreError>;

    /// Records that the user of a session has authenticated again, and returns the row with this change. Returns `None`
    /// if the user has no such session.
    ///
    /// For the row with this id, atomically: if it is not the trace of a reuse, `row.userid == userid` and
    /// `now < row.ends_at`, set `row.auth_time = now`. Otherwise, or if there is no such row, do nothing. No other
    /// field changes, so the session ends at the same time as before. User ids are compared as bytes. Stores that hold
    /// a lock can use [`SessionRecord::confirm`].
    ///
    /// `auth_time` may become smaller: a clock was ahead at the last login, and is right now.
    ///
    /// # Errors
    ///
    /// If the store can't determine whether the session was changed. The library then issues no token. A change that
    /// was made anyway is harmless: the user has authenticated.
    async fn confirm(&self, id: SessionId, userid: &str, now: u64) -> Result<Option<SessionRecord>, StoreError>;

    /// Returns the trace of a reuse that ended this session and has not been [forgotten](Self::forget_reuse): the row,
    /// with [`reused`](SessionRecord::reused) set. Returns `None` if there is no trace. Sessions that are alive or that
    /// ended for another reason have no trace.
    ///
    /// This method is called when a refresh token is authentic and its session is unknown.
    ///
    /// # Errors
    ///
    /// If the store can't determine whether there is a trace.
    async fn find_reuse(&self, id: SessionId) -> Result<Option<SessionRecord>, StoreError>;

    /// Removes the trace of a reuse after the reuse was reported. This method removes no session. If there is no trace,
    /// it does nothing.
    ///
    /// # Errors
    ///
    /// If the store can't determine whether the trace was removed. The reuse may then be reported again.
    async fn forget_reuse(&self, id: SessionId) -> Result<(), StoreError>;

    /// Returns the row with this id, even if its session has expired. Returns `None` if there is no such row.
    ///
    /// The result includes every change whose call returned before this call started. The store must not read from a
    /// replica that lags behind.
    ///
    /// # Errors
    ///
    /// If the store can't read the row.
    async fn get(&self, id: SessionId) -> Result<Option<SessionRecord>, StoreError>;

    /// Ends a session: removes its row, and returns the row as it was. Returns `None` if there was no row. The caller
    /// has already checked that the user may end this session.
    ///
    /// Expired sessions are removed too, here and by [`end_all`](Self::end_all): an ended session must not become valid
    /// again when a clock is set back. The library does not report an expired session as ended. It checks the times in
    /// the returned row.
    ///
    /// # Errors
    ///
    /// If the store can't determine whether the session has ended.
    async fn end(&self, id: SessionId) -> Result<Option<SessionRecord>, StoreError>;

    /// Ends all sessions of a user, except the session `except` if it is given: removes their rows, and returns the
    /// rows as they were, in any order.
    ///
    /// This method never ends a session of another user, even if `except` is the id of such a session.
    ///
    /// # Errors
    ///
    /// If the store can't determine whether all of these sessions have ended. Some may have ended.
    async fn end_all(&self, userid: &str, except: Option<SessionId>) -> Result<Vec<SessionRecord>, StoreError>;

    /// Returns the sessions of a user that are alive at `now` (`now < ends_at`), in any order.
    ///
    /// User ids are compared as bytes: case-sensitive, without trimming.
    ///
    /// # Errors
    ///
    /// If the store can't return all of these sessions.
    async fn list(&self, userid: &str, now: u64) -> Result<Vec<SessionRecord>, StoreError>;

    /// Removes the rows of sessions that expired long ago and traces of reuse of the same age: rows with
    /// `now >= `[`kept_until`](SessionRecord::kept_until), and no others. Returns how many rows were removed.
    ///
    /// Every process that shares the store calls this method about once an hour. A store whose rows expire by
    /// themselves may do nothing and return 0. Its tests then use `session_store_conformance!(store, rows_expire)`.
    ///
    /// # Errors
    ///
    /// If the store could not remove the rows. The method is called again an hour later.
    async fn purge(&self, now: u64) -> Result<u64, StoreError>;
}

//! A session store that counts its calls and fails on demand, and a listener that records events.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use jwtauth::{
    EndReason, MemoryStore, RefreshOutcome, RefreshStep, SessionEvents, SessionId, SessionRecord, SessionStore,
    StoreError,
};
use rocket::tokio::task::yield_now;

/// A store in memory. Clones share its data.
#[derive(Clone, Default)]
pub struct Store(Arc<Inner>);

#[derive(Default)]
struct Inner {
    rows: MemoryStore,
    away: AtomicBool,
    /// Whether a step is done, but its response is lost.
    loses_answers: AtomicBool,
    /// Whether proofs fail.
    loses_proofs: AtomicBool,
    /// How often each call yields to other tasks, before its work and after it.
    slow: AtomicUsize,
    asked: AtomicUsize,
    advanced: AtomicUsize,
    proved: AtomicUsize,
}

impl Store {
    /// Makes every call fail, or succeed again.
    pub fn set_away(&self, away: bool) {
        self.0.away.store(away, Ordering::SeqCst);
    }

    /// Makes every refresh step fail after it has been done, or succeed again.
    pub fn set_loses_answers(&self, loses: bool) {
        self.0.loses_answers.store(loses, Ordering::SeqCst);
    }

    /// Makes every proof by an access token fail, or work again.
    pub fn set_loses_proofs(&self, loses: bool) {
        self.0.loses_proofs.store(loses, Ordering::SeqCst);
    }

    /// The number of proofs by access tokens since this was last called.
    pub fn proved(&self) -> usize {
        self.0.proved.swap(0, Ordering::SeqCst)
    }

    /// Makes each call yield this often to other tasks, before its work and after it.
    pub fn set_slow(&self, turns: usize) {
        self.0.slow.store(turns, Ordering::SeqCst);
    }

    /// The number of calls since this method was last called, without proofs by access tokens.
    pub fn asked(&self) -> usize {
        self.0.asked.swap(0, Ordering::SeqCst)
    }

    /// The number of refresh steps since this method was last called.
    pub fn advanced(&self) -> usize {
        self.0.advanced.swap(0, Ordering::SeqCst)
    }

    /// The record of a session. The call is not counted.
    pub async fn row(&self, id: SessionId) -> Option<SessionRecord> {
        self.0.rows.get(id).await.expect("memory")
    }

    /// Removes the key id from a record, as in records of earlier versions.
    pub async fn unbind(&self, id: SessionId) {
        self.rewrite(id, |row| row.key_id = None).await;
    }

    /// Changes a record. The calls are not counted.
    pub async fn rewrite(&self, id: SessionId, change: impl FnOnce(&mut SessionRecord)) {
        let mut row = self.0.rows.end(id).await.expect("memory").expect("a row");
        change(&mut row);
        self.0.rows.create(&row, None).await.expect("memory");
    }

    async fn ask(&self) -> Result<&MemoryStore, StoreError> {
        self.0.asked.fetch_add(1, Ordering::SeqCst);
        self.wait().await;
        match self.0.away.load(Ordering::SeqCst) {
            true => Err(StoreError::new("connection refused")),
            false => Ok(&self.0.rows),
        }
    }

    async fn wait(&self) {
        for _ in 0..self.0.slow.load(Ordering::SeqCst) {
            yield_now().await;
        }
    }
}

#[rocket::async_trait]
impl SessionStore for Store {
    async fn create(
        &self,
        session: &SessionRecord,
        max_per_user: Option<NonZeroU32>,
    ) -> Result<Vec<SessionId>, StoreError> {
        let ended = self.ask().await?.create(session, max_per_user).await;
        self.wait().await;
        ended
    }

    async fn advance(&self, id: SessionId, step: RefreshStep) -> Result<RefreshOutcome, StoreError> {
        self.0.advanced.fetch_add(1, Ordering::SeqCst);
        let advanced = self.ask().await?.advance(id, step).await;
        self.wait().await;
        if self.0.loses_answers.load(Ordering::SeqCst) {
            return Err(StoreError::new("connection reset"));
        }
        advanced
    }

    async fn prove(&self, id: SessionId, generation: u64, now: u64) -> Result<(), StoreError> {
        self.0.proved.fetch_add(1, Ordering::SeqCst);
        self.wait().await;
        if self.0.away.load(Ordering::SeqCst) || self.0.loses_proofs.load(Ordering::SeqCst) {
            return Err(StoreError::new("connection reset"));
        }
        self.0.rows.prove(id, generation, now).await
    }

    async fn confirm(&self, id: SessionId, userid: &str, now: u64) -> Result<Option<SessionRecord>, StoreError> {
        let confirmed = self.ask().await?.confirm(id, userid, now).await;
        self.wait().await;
        confirmed
    }

    async fn find_reuse(&self, id: SessionId) -> Result<Option<SessionRecord>, StoreError> {
        let found = self.ask().await?.find_reuse(id).await;
        self.wait().await;
        found
    }

    async fn forget_reuse(&self, id: SessionId) -> Result<(), StoreError> {
        self.ask().await?.forget_reuse(id).await
    }

    async fn get(&self, id: SessionId) -> Result<Option<SessionRecord>, StoreError> {
        let record = self.ask().await?.get(id).await;
        self.wait().await;
        record
    }

    async fn end(&self, id: SessionId) -> Result<Option<SessionRecord>, StoreError> {
        let ended = self.ask().await?.end(id).await;
        self.wait().await;
        ended
    }

    async fn end_all(&self, userid: &str, except: Option<SessionId>) -> Result<Vec<SessionRecord>, StoreError> {
        let ended = self.ask().await?.end_all(userid, except).await;
        self.wait().await;
        ended
    }

    async fn list(&self, userid: &str, now: u64) -> Result<Vec<SessionRecord>, StoreError> {
        self.ask().await?.list(userid, now).await
    }

    async fn purge(&self, now: u64) -> Result<u64, StoreError> {
        self.ask().await?.purge(now).await
    }
}

/// A listener that records events in order. Clones share the record.
#[derive(Clone, Default)]
pub struct Events(Arc<Mutex<Vec<(Event, SessionId, String)>>>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
/// What happened to a session.
pub enum Event {
    /// A session began.
    Began,
    /// A session was refreshed.
    Refreshed,
    /// A refresh was repeated within the grace period.
    Repeated,
    /// A refresh token was used again after the grace period.
    ReuseFound,
    /// A session ended for this reason.
    Ended(EndReason),
}

impl Events {
    /// The events since this method was last called.
    pub fn heard(&self) -> Vec<(Event, SessionId, String)> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The kinds of the events since this method or [`heard`](Self::heard) was last called.
    pub fn kinds(&self) -> Vec<Event> {
        self.heard().into_iter().map(|(event, ..)| event).collect()
    }

    fn hear(&self, event: Event, id: SessionId, userid: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push((event, id, userid.to_owned()));
    }
}

impl SessionEvents for Events {
    fn began(&self, id: SessionId, userid: &str) {
        self.hear(Event::Began, id, userid);
    }

    fn refreshed(&self, id: SessionId, userid: &str) {
        self.hear(Event::Refreshed, id, userid);
    }

    fn repeated(&self, id: SessionId, userid: &str) {
        self.hear(Event::Repeated, id, userid);
    }

    fn reuse_found(&self, id: SessionId, userid: &str) {
        self.hear(Event::ReuseFound, id, userid);
    }

    fn ended(&self, id: SessionId, userid: &str, why: EndReason) {
        self.hear(Event::Ended(why), id, userid);
    }
}

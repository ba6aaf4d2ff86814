//! A store that counts who asks, and fails when it is told to; and a listener that remembers.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use jwtauth::{
    EndReason, MemoryStore, RefreshOutcome, RefreshStep, SessionEvents, SessionId, SessionRecord, SessionStore,
    StoreError,
};
use rocket::tokio::task::yield_now;

/// Its clones are the same store.
#[derive(Clone, Default)]
pub(crate) struct Store(Arc<Inner>);

#[derive(Default)]
struct Inner {
    rows: MemoryStore,
    away: AtomicBool,
    /// Whether a step is made, and its answer lost on the way.
    loses_answers: AtomicBool,
    /// How often each call lets others go first, before its work and after it.
    slow: AtomicUsize,
    asked: AtomicUsize,
    advanced: AtomicUsize,
}

impl Store {
    pub(crate) fn set_away(&self, away: bool) {
        self.0.away.store(away, Ordering::SeqCst);
    }

    pub(crate) fn set_loses_answers(&self, loses: bool) {
        self.0.loses_answers.store(loses, Ordering::SeqCst);
    }

    pub(crate) fn set_slow(&self, turns: usize) {
        self.0.slow.store(turns, Ordering::SeqCst);
    }

    /// How often it was asked, and forgets it.
    pub(crate) fn asked(&self) -> usize {
        self.0.asked.swap(0, Ordering::SeqCst)
    }

    /// How many steps were asked for, and forgets it.
    pub(crate) fn advanced(&self) -> usize {
        self.0.advanced.swap(0, Ordering::SeqCst)
    }

    pub(crate) async fn row(&self, id: SessionId) -> Option<SessionRecord> {
        self.0.rows.get(id).await.expect("memory")
    }

    /// Makes of the row one from before rows had keys.
    pub(crate) async fn unbind(&self, id: SessionId) {
        let mut row = self.0.rows.end(id).await.expect("memory").expect("a row");
        row.key_id = None;
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

/// What was heard, in order. Its clones are the same listener.
#[derive(Clone, Default)]
pub(crate) struct Events(Arc<Mutex<Vec<(Event, SessionId, String)>>>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    Began,
    Refreshed,
    Repeated,
    ReuseFound,
    Ended(EndReason),
}

impl Events {
    /// What was heard since it was last asked.
    pub(crate) fn heard(&self) -> Vec<(Event, SessionId, String)> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The kinds alone.
    pub(crate) fn kinds(&self) -> Vec<Event> {
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

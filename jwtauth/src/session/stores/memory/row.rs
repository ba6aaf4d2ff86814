use std::sync::Arc;

use crate::claims::session_id::SessionId;
use crate::session::{RefreshOutcome, RefreshStep, SessionRecord};

/// A session without its id, which is the key of the map.
pub(super) struct Row {
    pub(super) userid: Box<str>,
    generation: u64,
    created: u64,
    pub(super) refreshed: u64,
    proven: u64,
    proven_at: u64,
    previous: Option<u64>,
    pub(super) ends_at: u64,
    nonce_digest: Option<[u8; 32]>,
    label: Arc<str>,
    key_id: Option<[u8; 16]>,
    carried: Option<Box<str>>,
    auth_time: u64,
    pub(super) reused: bool,
}

impl Row {
    /// The row of a session, with its label.
    pub(super) fn new(session: &SessionRecord, label: Arc<str>) -> Self {
        Row {
            userid: session.userid.as_str().into(),
            generation: session.generation,
            created: session.created,
            refreshed: session.refreshed,
            proven: session.proven,
            proven_at: session.proven_at,
            previous: session.previous,
            ends_at: session.ends_at,
            nonce_digest: session.nonce_digest,
            label,
            key_id: session.key_id,
            carried: session.carried.as_deref().map(Into::into),
            auth_time: session.auth_time,
            reused: session.reused,
        }
    }

    pub(super) fn advance(&mut self, id: SessionId, step: RefreshStep) -> RefreshOutcome {
        self.change(id, |record| step.apply(record))
    }

    pub(super) fn prove(&mut self, id: SessionId, generation: u64, now: u64) {
        self.change(id, |record| record.prove(generation, now));
    }

    pub(super) fn confirm(&mut self, id: SessionId, userid: &str, now: u64) -> Option<SessionRecord> {
        let mut record = self.record(id);
        record.confirm(userid, now).then(|| {
            self.auth_time = record.auth_time;
            record
        })
    }

    /// Changes the row without copying its texts, because no step reads or changes them.
    fn change<T>(&mut self, id: SessionId, change: impl FnOnce(&mut SessionRecord) -> T) -> T {
        let mut record = SessionRecord::new(id, String::new(), self.created, self.ends_at);
        record.generation = self.generation;
        record.refreshed = self.refreshed;
        record.proven = self.proven;
        record.proven_at = self.proven_at;
        record.previous = self.previous;
        record.key_id = self.key_id;
        record.reused = self.reused;
        let outcome = change(&mut record);
        SessionRecord {
            generation: self.generation,
            refreshed: self.refreshed,
            proven: self.proven,
            proven_at: self.proven_at,
            previous: self.previous,
            ends_at: self.ends_at,
            key_id: self.key_id,
            reused: self.reused,
            ..
        } = record;
        outcome
    }

    pub(super) fn record(&self, id: SessionId) -> SessionRecord {
        SessionRecord {
            id,
            userid: self.userid.as_ref().to_owned(),
            generation: self.generation,
            created: self.created,
            refreshed: self.refreshed,
            proven: self.proven,
            proven_at: self.proven_at,
            previous: self.previous,
            ends_at: self.ends_at,
            nonce_digest: self.nonce_digest,
            label: self.label.as_ref().to_owned(),
            key_id: self.key_id,
            carried: self.carried.as_deref().map(str::to_owned),
            auth_time: self.auth_time,
            reused: self.reused,
        }
    }
}

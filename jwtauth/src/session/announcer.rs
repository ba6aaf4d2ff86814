use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::events::{EndReason, SessionEvents};
use super::liveness::Liveness;
use super::record::SessionRecord;
use super::refresh_outcome::RefreshOutcome;
use super::refresh_step::RefreshStep;
use crate::claims::session_id::SessionId;

/// Takes note of what the store has done: first this node's knowledge of the session changes, then the listener is told.
/// In this order, because nothing that a listener does may keep the knowledge from changing.
pub(super) struct Announcer {
    /// `None`: access tokens pass without a check of their session.
    pub(super) liveness: Option<Arc<Liveness>>,
    pub(super) events: Arc<dyn SessionEvents>,
}

impl Announcer {
    pub(super) fn began(&self, session: &SessionRecord) {
        self.learn(session.id, session.created, session.ends_at, session.proven);
        self.tell(|events| events.began(session.id, &session.userid));
    }

    /// Everything but [`RefreshOutcome::Reused`], which has to be [reported](Self::reuse_found) to the store as well.
    pub(super) fn stepped(&self, id: SessionId, userid: &str, step: &RefreshStep, outcome: RefreshOutcome) {
        match outcome {
            RefreshOutcome::Next { .. } => {
                self.learn(id, step.now, step.ends_at, step.generation);
                self.tell(|events| events.refreshed(id, userid));
            }
            RefreshOutcome::Repeated { ends_at, .. } => {
                self.learn(id, step.now, ends_at, step.generation);
                self.tell(|events| events.repeated(id, userid));
            }
            RefreshOutcome::Unknown => self.is_gone(id, step.now),
            RefreshOutcome::Refused | RefreshOutcome::Reused | RefreshOutcome::OtherKey | RefreshOutcome::Expired => {}
        }
    }

    pub(super) fn reuse_found(&self, id: SessionId, userid: &str, now: u64) {
        self.is_gone(id, now);
        self.tell(|events| events.reuse_found(id, userid));
        self.tell(|events| events.ended(id, userid, EndReason::Reuse));
    }

    pub(super) fn ended(&self, id: SessionId, userid: &str, now: u64, why: EndReason) {
        self.is_gone(id, now);
        self.tell(|events| events.ended(id, userid, why));
    }

    /// There is no such session. The listener is not told: the session has expired, or had ended before.
    pub(super) fn is_gone(&self, id: SessionId, now: u64) {
        if let Some(liveness) = &self.liveness {
            liveness.forget(id, now);
        }
    }

    fn learn(&self, id: SessionId, now: u64, ends_at: u64, presented: u64) {
        if let Some(liveness) = &self.liveness {
            liveness.learn(id, now, ends_at, presented);
        }
    }

    /// If a listener panics, the log says so, and nothing else changes.
    fn tell(&self, event: impl FnOnce(&dyn SessionEvents)) {
        if catch_unwind(AssertUnwindSafe(|| event(&*self.events))).is_err() {
            rocket::error!("jwtauth: the listener to what happens to sessions panicked");
        }
    }
}

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::events::{EndReason, SessionEvents};
use super::liveness::Liveness;
use super::record::SessionRecord;
use super::refresh_outcome::RefreshOutcome;
use super::refresh_step::RefreshStep;
use crate::claims::session_id::SessionId;

/// Processes a change in the store: it first updates this node's session state, then calls the listener. This order
/// ensures that a listener can't prevent the update.
pub(super) struct Announcer {
    /// `None` if the sessions of access tokens are not checked.
    pub(super) liveness: Option<Arc<Liveness>>,
    pub(super) events: Arc<dyn SessionEvents>,
}

impl Announcer {
    pub(super) fn began(&self, session: &SessionRecord) {
        self.learn(session.id, session.created, session.ends_at, session.proven);
        self.tell(|events| events.began(session.id, &session.userid));
    }

    /// Processes all outcomes except [`RefreshOutcome::Reused`], for which [`reuse_found`](Self::reuse_found) is
    /// called.
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

    /// Records that there is no such session. The listener is not called: the session had already expired or ended.
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

    /// Calls the listener. A panic in it is logged, and has no other effect.
    fn tell(&self, event: impl FnOnce(&dyn SessionEvents)) {
        if catch_unwind(AssertUnwindSafe(|| event(&*self.events))).is_err() {
            rocket::error!("jwtauth: the listener to what happens to sessions panicked");
        }
    }
}

//! The store, with what this node knows of it and who listens: what the store has done is known and told.

use std::num::NonZeroU32;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use rocket::tokio::runtime::Handle;

use super::lifetime::Terms;
use super::liveness::Known;
use super::{EndReason, RefreshOutcome, RefreshStep, SessionEvents, SessionRecord, SessionStore, StoreError};
use crate::claims::session_id::SessionId;

/// What changes sessions goes through this. Once begun it goes on to the end, also if whoever asked for it hangs up:
/// nobody can silence the alarm that they have set off.
pub(super) struct Register {
    pub(super) store: Arc<dyn SessionStore>,
    /// `None`: access tokens pass without a look at their sessions.
    pub(super) known: Option<Known>,
    pub(super) events: Arc<dyn SessionEvents>,
    pub(super) terms: Terms,
}

/// The store can't answer. Why has been written to the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Away;

impl Register {
    pub(super) async fn begin(
        self: &Arc<Self>,
        session: &SessionRecord,
        max_per_user: Option<NonZeroU32>,
    ) -> Result<(), Away> {
        let (register, session) = (Arc::clone(self), session.clone());
        whole(async move {
            let SessionRecord { id, userid, created: now, ends_at, .. } = &session;
            let too_many = register.store.create(&session, max_per_user).await.map_err(log)?;
            register.learn(*id, *now, Some(*ends_at));
            register.tell(|events| events.began(*id, userid));
            for id in too_many {
                register.has_ended(id, userid, *now, EndReason::TooMany);
            }
            Ok(())
        })
        .await
    }

    pub(super) async fn advance(
        self: &Arc<Self>,
        id: SessionId,
        userid: &str,
        step: RefreshStep,
    ) -> Result<RefreshOutcome, Away> {
        let (register, userid) = (Arc::clone(self), userid.to_owned());
        whole(async move {
            let advanced = match register.store.advance(id, step).await.map_err(log)? {
                // Perhaps it ended just now, by a step whose answer was lost.
                RefreshOutcome::Unknown if register.reuse_is_found(id, step.key_id, step.now).await? => {
                    return Ok(RefreshOutcome::Reused);
                }
                advanced => advanced,
            };
            // Known before it is told: what a listener does must not keep it from being known.
            match advanced {
                RefreshOutcome::Next => {
                    register.learn(id, step.now, Some(step.ends_at));
                    register.tell(|events| events.refreshed(id, &userid));
                }
                RefreshOutcome::Repeated { ends_at } => {
                    register.learn(id, step.now, Some(ends_at));
                    register.tell(|events| events.repeated(id, &userid));
                }
                RefreshOutcome::Reused => register.report_reuse(id, &userid, step.now).await,
                RefreshOutcome::OtherKey | RefreshOutcome::Expired => {}
                RefreshOutcome::Unknown => register.learn(id, step.now, None),
            }
            Ok(advanced)
        })
        .await
    }

    /// Whether reuse has ended a session that is not there, and has not been reported. Then it is reported now.
    pub(super) async fn find_reuse(self: &Arc<Self>, id: SessionId, key_id: [u8; 16], now: u64) -> Result<bool, Away> {
        let register = Arc::clone(self);
        whole(async move { register.reuse_is_found(id, key_id, now).await }).await
    }

    async fn reuse_is_found(&self, id: SessionId, key_id: [u8; 16], now: u64) -> Result<bool, Away> {
        match self.store.find_reuse(id).await.map_err(log)? {
            Some(session) if session.accepts(key_id) => {
                self.report_reuse(id, &session.userid, now).await;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// The store keeps the trace until it has been told: so a report that does not get that far is made another time.
    async fn report_reuse(&self, id: SessionId, userid: &str, now: u64) {
        // Known before it is told: what a listener does must not keep it from being known.
        self.learn(id, now, None);
        self.tell(|events| events.reuse_found(id, userid));
        self.tell(|events| events.ended(id, userid, EndReason::Reuse));
        // If the store can't do it, the reuse may be reported again. The answer to the client is the same.
        let _ = self.store.forget_reuse(id).await.map_err(log);
    }

    /// Ends a session; says whether there was one that was not over.
    pub(super) async fn end(self: &Arc<Self>, id: SessionId, now: u64, why: EndReason) -> Result<bool, Away> {
        let register = Arc::clone(self);
        whole(async move {
            match register.store.end(id).await.map_err(log)? {
                Some(session) => Ok(register.was_ended(&session, now, why)),
                None => {
                    register.learn(id, now, None);
                    Ok(false)
                }
            }
        })
        .await
    }

    /// Ends a user's sessions; says how many there were that were not over.
    pub(super) async fn end_all(
        self: &Arc<Self>,
        userid: &str,
        except: Option<SessionId>,
        now: u64,
    ) -> Result<usize, Away> {
        let (register, userid) = (Arc::clone(self), userid.to_owned());
        whole(async move {
            let ended = register.store.end_all(&userid, except).await.map_err(log)?;
            Ok(ended.iter().filter(|session| register.was_ended(session, now, EndReason::Revoked)).count())
        })
        .await
    }

    /// Whether a session that has been ended was one: not over by itself before, of which nobody hears.
    fn was_ended(&self, session: &SessionRecord, now: u64, why: EndReason) -> bool {
        let was_alive = !self.terms.is_over(session, now);
        match was_alive {
            true => self.has_ended(session.id, &session.userid, now, why),
            false => self.learn(session.id, now, None),
        }
        was_alive
    }

    fn has_ended(&self, id: SessionId, userid: &str, now: u64, why: EndReason) {
        self.learn(id, now, None);
        self.tell(|events| events.ended(id, userid, why));
    }

    fn learn(&self, id: SessionId, now: u64, ends_at: Option<u64>) {
        if let Some(known) = &self.known {
            known.learn(id, now, ends_at);
        }
    }

    /// A listener that panics spoils nothing of what it hears of, and hears of the next as well.
    fn tell(&self, event: impl FnOnce(&dyn SessionEvents)) {
        if catch_unwind(AssertUnwindSafe(|| event(&*self.events))).is_err() {
            rocket::error!("jwtauth: the listener to what happens to sessions panicked");
        }
    }
}

/// Does all of the work, also if whoever waits for it goes away. Outside of a runtime there is nobody to leave it to.
async fn whole<T: Send + 'static>(work: impl Future<Output = Result<T, Away>> + Send + 'static) -> Result<T, Away> {
    let Ok(runtime) = Handle::try_current() else {
        return work.await;
    };
    match runtime.spawn(work).await {
        Ok(result) => result,
        Err(error) if error.is_panic() => Err(log(StoreError::new("it panicked"))),
        // The application is being shut down.
        Err(_) => Err(Away),
    }
}

/// The log is where the cause goes; clients are told that the service is away.
pub(super) fn log(error: StoreError) -> Away {
    rocket::error!("jwtauth: {error}: {}", error.causes());
    Away
}

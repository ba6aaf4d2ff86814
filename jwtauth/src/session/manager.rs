use std::num::NonZeroU32;
use std::sync::Arc;

use arc_swap::ArcSwap;

use super::announcer::Announcer;
use super::completion::run_to_completion;
use super::error::StoreAway;
use super::events::{EndReason, SessionEvents};
use super::lifetime::Lifetime;
use super::liveness::{Liveness, Row, Sighting};
use super::proof::Proof;
use super::record::SessionRecord;
use super::refresh_outcome::RefreshOutcome;
use super::refresh_step::RefreshStep;
use super::refresh_token::RefreshTokenKey;
use super::refresh_token_keys::RefreshTokenKeys;
use super::settings::SessionSettings;
use super::store::SessionStore;
use crate::claims::session_id::SessionId;
use crate::error::{AuthError, RefreshError, TokenError};
use crate::keys::{KeyRing, Seed};

/// Manages the sessions of an application. It applies the rules of lifetime, refreshing and reuse to a store, and
/// caches the state of sessions.
///
/// Operations that change sessions run to completion, even if the caller is dropped.
pub(crate) struct SessionManager {
    store: Arc<dyn SessionStore>,
    announcer: Announcer,
    keys: ArcSwap<RefreshTokenKeys>,
    /// Whether `keys` are derived from the keys that sign access tokens.
    keys_roll: bool,
    max_per_user: Option<NonZeroU32>,
    grace: u64,
    lifetime: Lifetime,
}

impl SessionManager {
    /// The keys of refresh tokens are derived from `secret`. Without it, they are derived from the keys of the ring.
    pub(crate) fn new(
        store: Arc<dyn SessionStore>,
        events: Arc<dyn SessionEvents>,
        secret: Option<&Seed>,
        ring: &KeyRing,
        settings: SessionSettings,
    ) -> Self {
        let keys = secret.map_or_else(|| RefreshTokenKeys::of_ring(ring), RefreshTokenKeys::of_secret);
        SessionManager {
            store,
            announcer: Announcer {
                liveness: settings.staleness.map(|staleness| Arc::new(Liveness::new(staleness))),
                events,
            },
            keys: ArcSwap::from_pointee(keys),
            keys_roll: secret.is_none(),
            max_per_user: settings.max_per_user,
            grace: settings.reuse_grace,
            lifetime: Lifetime { refresh_delta: settings.refresh_delta, max_lifetime: settings.max_lifetime },
        }
    }

    /// Derives the keys of refresh tokens from a new ring, if they are derived from a ring.
    pub(crate) fn roll(&self, ring: &KeyRing) {
        if self.keys_roll {
            self.keys.store(Arc::new(RefreshTokenKeys::of_ring(ring)));
        }
    }

    /// Whether refresh tokens need a signing key in the ring.
    pub(crate) fn needs_seed(&self) -> bool {
        self.keys_roll
    }

    /// The key for the refresh tokens of sessions that start now.
    pub(crate) fn key(&self, now: u64) -> Option<Arc<RefreshTokenKey>> {
        self.keys.load().current(now)
    }

    /// Verifies a refresh token without a look-up in the store. Returns its key, session and generation.
    pub(crate) fn open(&self, token: &str) -> Result<(Arc<RefreshTokenKey>, SessionId, u64), TokenError> {
        self.keys.load().open(token)
    }

    /// Creates a session that starts now, and does not write it to the store.
    pub(crate) fn new_session(&self, userid: &str, now: u64) -> Result<SessionRecord, StoreAway> {
        let id = SessionId::random().map_err(|error| {
            rocket::error!("jwtauth: no session can begin without randomness: {error}");
            StoreAway
        })?;
        Ok(SessionRecord::new(id, userid, now, self.lifetime.ends_at(now, now)))
    }

    /// Writes a [new session](Self::new_session) to the store. The user's sessions beyond `max_per_user` end.
    pub(crate) async fn begin(self: &Arc<Self>, session: &SessionRecord) -> Result<(), StoreAway> {
        let (manager, session) = (Arc::clone(self), session.clone());
        run_to_completion(async move {
            let too_many = manager.store.create(&session, manager.max_per_user).await.map_err(StoreAway::logged)?;
            manager.announcer.began(&session);
            for id in too_many {
                manager.announcer.ended(id, &session.userid, session.created, EndReason::TooMany);
            }
            Ok(())
        })
        .await
    }

    pub(crate) async fn get(&self, id: SessionId) -> Result<Option<SessionRecord>, StoreAway> {
        self.store.get(id).await.map_err(StoreAway::logged)
    }

    /// Returns the sessions of a user that have not expired, the most recently refreshed first.
    pub(crate) async fn list(&self, userid: &str, now: u64) -> Result<Vec<SessionRecord>, StoreAway> {
        let mut sessions = self.store.list(userid, now).await.map_err(StoreAway::logged)?;
        sessions.retain(|session| !self.is_over(session, now));
        sessions.sort_by_key(|session| (std::cmp::Reverse((session.refreshed, session.created)), session.id));
        Ok(sessions)
    }

    pub(crate) async fn purge(&self, now: u64) -> Result<u64, StoreAway> {
        self.store.purge(now).await.map_err(StoreAway::logged)
    }

    /// Whether the session has expired, by its row and by the current settings.
    pub(crate) fn is_over(&self, session: &SessionRecord, now: u64) -> bool {
        self.lifetime.is_over(session, now)
    }

    /// When the session expires, by its row and by the current settings.
    pub(crate) fn end_of(&self, session: &SessionRecord, now: u64) -> u64 {
        self.lifetime.end_of(session, now)
    }

    /// Whether an access token of this session and generation is accepted. Returns `None` if this requires a look-up in
    /// the store.
    pub(crate) fn recall(&self, id: SessionId, generation: u64, now: u64) -> Option<Result<(), AuthError>> {
        let Some(liveness) = &self.announcer.liveness else {
            return Some(Ok(()));
        };
        let generation = self.provable(generation);
        let sighting = liveness.recall(id, generation, now)?;
        Some(self.sighted(liveness, id, generation, sighting, now))
    }

    /// Whether an access token of this session and generation is accepted.
    pub(crate) async fn check(&self, id: SessionId, generation: u64, now: u64) -> Result<(), AuthError> {
        let Some(liveness) = &self.announcer.liveness else {
            return Ok(());
        };
        let look_up = || async {
            let session = self.get(id).await?;
            Ok(session.map(|session| Row {
                ends_at: self.end_of(&session, now),
                generation: session.generation,
                proven: session.proven,
            }))
        };
        let generation = self.provable(generation);
        let sighting = liveness.ask(id, generation, now, look_up).await?;
        self.sighted(liveness, id, generation, sighting, now)
    }

    /// The generation that an access token can prove. Without a grace, proofs have no effect. The result is then 0,
    /// which is proven from the login on.
    fn provable(&self, generation: u64) -> u64 {
        if self.grace > 0 { generation } else { 0 }
    }

    fn sighted(
        &self,
        liveness: &Arc<Liveness>,
        id: SessionId,
        generation: u64,
        sighting: Sighting,
        now: u64,
    ) -> Result<(), AuthError> {
        if sighting.proves {
            Proof::begun(liveness, id, generation).record(&self.store, now);
        }
        match sighting.is_alive {
            true => Ok(()),
            false => Err(AuthError::from(TokenError::SessionEnded)),
        }
    }

    /// Returns the session of a refresh token, if the token can be refreshed.
    pub(crate) async fn refreshable(
        self: &Arc<Self>,
        key: &RefreshTokenKey,
        id: SessionId,
        generation: u64,
        now: u64,
    ) -> Result<SessionRecord, RefreshError> {
        let Some(session) = self.get(id).await? else {
            return Err(match self.find_reuse(id, key.id(), now).await? {
                true => RefreshError::Reuse,
                false => RefreshError::SessionEnded,
            });
        };
        // This check comes first: a token of a different key must not change the session or reveal anything about it.
        if !session.accepts(key.id()) {
            return Err(RefreshError::InvalidToken(other_key(id)));
        }
        if self.is_over(&session, now) {
            return Err(RefreshError::Expired);
        }
        let step = self.step(key, &session, generation, now);
        match step.judge(&session) {
            RefreshOutcome::Next { .. } | RefreshOutcome::Repeated { .. } => Ok(session),
            RefreshOutcome::Refused => Err(superseded(id)),
            // Only the store can end the session for this reason: it determines the outcome and ends the session in one
            // step.
            _ => self.advance(key, &session, generation, now, now).await.map(|_| session),
        }
    }

    /// Records that the user of a session has authenticated again. Returns the session, or `None` if the user has no
    /// such session, or it has expired.
    pub(crate) async fn confirm(
        self: &Arc<Self>,
        id: SessionId,
        userid: &str,
        now: u64,
    ) -> Result<Option<SessionRecord>, StoreAway> {
        let (manager, userid) = (Arc::clone(self), userid.to_owned());
        let confirmed =
            run_to_completion(async move { manager.store.confirm(id, &userid, now).await.map_err(StoreAway::logged) });
        // The settings may be stricter now than when the row was written.
        Ok(confirmed.await?.filter(|session| !self.is_over(session, now)))
    }

    /// Whether a refresh token of this key may end the session: if the key may refresh the session, or if there is no
    /// session.
    pub(crate) async fn may_end(&self, key: &RefreshTokenKey, id: SessionId) -> Result<(), AuthError> {
        match self.get(id).await? {
            Some(session) if !session.accepts(key.id()) => Err(other_key(id).into()),
            _ => Ok(()),
        }
    }

    /// Returns the outcome that a refresh token of this generation would have now. It changes nothing.
    pub(crate) fn foresee(
        &self,
        key: &RefreshTokenKey,
        session: &SessionRecord,
        generation: u64,
        now: u64,
    ) -> RefreshOutcome {
        self.step(key, session, generation, now).judge(session)
    }

    /// Whether reuse of a refresh token of this key has ended the session and has not been reported yet. It changes
    /// nothing.
    pub(crate) async fn was_reused(&self, key: &RefreshTokenKey, id: SessionId) -> Result<bool, StoreAway> {
        let trace = self.store.find_reuse(id).await.map_err(StoreAway::logged)?;
        Ok(trace.is_some_and(|session| session.accepts(key.id())))
    }

    /// Spends a refresh token that was presented at `presented`. Returns the generation to issue, and when the session
    /// ends.
    pub(crate) async fn advance(
        self: &Arc<Self>,
        key: &RefreshTokenKey,
        session: &SessionRecord,
        generation: u64,
        presented: u64,
        now: u64,
    ) -> Result<(u64, u64), RefreshError> {
        let SessionRecord { id, userid, .. } = session;
        let mut step = self.step(key, session, generation, now);
        if step.grace > 0 {
            // The grace is meant for delays of the client, so time that the application takes does not count. That time
            // is limited, because a client can send its body slowly on purpose.
            step.grace = step.grace.saturating_add(now.saturating_sub(presented).min(LONGEST_WAIT));
        }
        match self.take_step(*id, userid, step).await? {
            RefreshOutcome::Next { generation } => Ok((generation, step.ends_at)),
            RefreshOutcome::Repeated { generation, ends_at } => Ok((generation, ends_at)),
            RefreshOutcome::Refused => Err(superseded(*id)),
            RefreshOutcome::Reused => Err(RefreshError::Reuse),
            RefreshOutcome::OtherKey => Err(RefreshError::InvalidToken(other_key(*id))),
            RefreshOutcome::Expired => Err(RefreshError::Expired),
            RefreshOutcome::Unknown => Err(RefreshError::SessionEnded),
        }
    }

    fn step(&self, key: &RefreshTokenKey, session: &SessionRecord, generation: u64, now: u64) -> RefreshStep {
        let ends_at = self.lifetime.ends_at(session.created, now);
        RefreshStep { generation, now, grace: self.grace, ends_at, key_id: key.id() }
    }

    async fn take_step(
        self: &Arc<Self>,
        id: SessionId,
        userid: &str,
        step: RefreshStep,
    ) -> Result<RefreshOutcome, StoreAway> {
        let (manager, userid) = (Arc::clone(self), userid.to_owned());
        run_to_completion(async move {
            let outcome = manager.store.advance(id, step).await.map_err(StoreAway::logged)?;
            // An earlier step whose response was lost may have ended the session just before.
            if outcome == RefreshOutcome::Unknown && manager.reuse_is_found(id, step.key_id, step.now).await? {
                return Ok(RefreshOutcome::Reused);
            }
            if outcome == RefreshOutcome::Reused {
                manager.report_reuse(id, &userid, step.now).await;
            }
            manager.announcer.stepped(id, &userid, &step, outcome);
            Ok(outcome)
        })
        .await
    }

    /// Whether a reuse has ended this session and was not reported before. If so, this method reports it.
    async fn find_reuse(self: &Arc<Self>, id: SessionId, key_id: [u8; 16], now: u64) -> Result<bool, StoreAway> {
        let manager = Arc::clone(self);
        run_to_completion(async move { manager.reuse_is_found(id, key_id, now).await }).await
    }

    async fn reuse_is_found(&self, id: SessionId, key_id: [u8; 16], now: u64) -> Result<bool, StoreAway> {
        match self.store.find_reuse(id).await.map_err(StoreAway::logged)? {
            Some(session) if session.accepts(key_id) => {
                self.report_reuse(id, &session.userid, now).await;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// Reports a reuse. The store keeps the trace until the report is complete: if this method is interrupted, the
    /// reuse is reported later.
    async fn report_reuse(&self, id: SessionId, userid: &str, now: u64) {
        self.announcer.reuse_found(id, userid, now);
        // If the store fails here, the reuse may be reported again. The response to the client is the same.
        let _ = self.store.forget_reuse(id).await.map_err(StoreAway::logged);
    }

    /// Ends a session. Returns whether the session existed and had not expired.
    pub(crate) async fn end(self: &Arc<Self>, id: SessionId, now: u64, why: EndReason) -> Result<bool, StoreAway> {
        let manager = Arc::clone(self);
        run_to_completion(async move {
            match manager.store.end(id).await.map_err(StoreAway::logged)? {
                Some(session) => Ok(manager.was_ended(&session, now, why)),
                None => {
                    manager.announcer.is_gone(id, now);
                    Ok(false)
                }
            }
        })
        .await
    }

    /// Ends a user's sessions. Returns the number of ended sessions that had not expired.
    pub(crate) async fn end_all(
        self: &Arc<Self>,
        userid: &str,
        except: Option<SessionId>,
        now: u64,
    ) -> Result<usize, StoreAway> {
        let (manager, userid) = (Arc::clone(self), userid.to_owned());
        run_to_completion(async move {
            let ended = manager.store.end_all(&userid, except).await.map_err(StoreAway::logged)?;
            Ok(ended.iter().filter(|session| manager.was_ended(session, now, EndReason::Revoked)).count())
        })
        .await
    }

    /// Processes the removal of a session. Returns whether the session was alive. If it had expired, the listener is
    /// not called.
    fn was_ended(&self, session: &SessionRecord, now: u64, why: EndReason) -> bool {
        let was_alive = !self.is_over(session, now);
        match was_alive {
            true => self.announcer.ended(session.id, &session.userid, now, why),
            false => self.announcer.is_gone(session.id, now),
        }
        was_alive
    }
}

/// The error for a refresh token that is authentic under a key of the ring but not under the session's key. Anyone who
/// has a replaced key can create such a token. The client gets the same response as for a forged token.
fn other_key(id: SessionId) -> TokenError {
    rocket::info!("jwtauth: a refresh token of session {id} was made with a key that is not the session's: refused");
    TokenError::Signature
}

/// The error for a token that was presented after its successor. It is most likely a late request of the client, so the
/// session stays alive.
fn superseded(id: SessionId) -> RefreshError {
    rocket::info!("jwtauth: a refresh token of session {id} was presented after its successor: refused");
    RefreshError::Superseded
}

/// The maximum number of seconds that are added to the grace of a token for time that the application took.
const LONGEST_WAIT: u64 = 60;

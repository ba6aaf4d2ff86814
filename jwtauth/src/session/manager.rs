use std::num::NonZeroU32;
use std::sync::Arc;

use arc_swap::ArcSwap;

use super::lifetime::Terms;
use super::liveness::Known;
use super::register::{Away, Register, log};
use super::{
    EndReason, RefreshOutcome, RefreshStep, RefreshTokenKey, RefreshTokenKeys, SessionEvents, SessionRecord,
    SessionStore,
};
use crate::claims::session_id::SessionId;
use crate::config::{Config, SessionsConfig};
use crate::error::{AuthError, RefreshError, TokenError};
use crate::keys::KeyRing;
use crate::keys::Seed;

/// Keeps the sessions of an application: the rules over a store, and over what is known without asking it.
pub(crate) struct Keeper {
    register: Arc<Register>,
    keys: ArcSwap<RefreshTokenKeys>,
    /// Whether those are made of the keys that sign access tokens.
    keys_roll: bool,
    max_per_user: Option<NonZeroU32>,
    grace: u64,
    terms: Terms,
}

impl Keeper {
    pub(crate) fn new(
        store: Arc<dyn SessionStore>,
        events: Arc<dyn SessionEvents>,
        secret: Option<&Seed>,
        ring: &KeyRing,
        config: &Config,
        sessions: &SessionsConfig,
    ) -> Self {
        let keys = secret.map_or_else(|| RefreshTokenKeys::of_ring(ring), RefreshTokenKeys::of_secret);
        let known = sessions.staleness.map(Known::new);
        let terms = Terms {
            // That it is limited has been checked; if it were not, no session would last.
            refresh_delta: config.refresh_delta.unwrap_or(0),
            max_lifetime: config.max_lifetime,
        };
        Keeper {
            register: Arc::new(Register { store, known, events, terms }),
            keys: ArcSwap::from_pointee(keys),
            keys_roll: secret.is_none(),
            max_per_user: sessions.max_per_user,
            grace: sessions.reuse_grace,
            terms,
        }
    }

    /// Takes the keys of refresh tokens from a new ring, if they are made of its keys.
    pub(crate) fn roll(&self, ring: &KeyRing) {
        if self.keys_roll {
            self.keys.store(Arc::new(RefreshTokenKeys::of_ring(ring)));
        }
    }

    /// Whether there are refresh tokens only with a key in the ring that signs.
    pub(crate) fn needs_seed(&self) -> bool {
        self.keys_roll
    }

    /// A session that begins now, not yet in the store.
    pub(crate) fn draft(&self, userid: &str, now: u64) -> Result<SessionRecord, Away> {
        let id = SessionId::random().map_err(|error| {
            rocket::error!("jwtauth: no session can begin without randomness: {error}");
            Away
        })?;
        Ok(SessionRecord::new(id, userid, now, self.terms.ends_at(now, now)))
    }

    pub(crate) async fn begin(&self, session: &SessionRecord) -> Result<(), Away> {
        self.register.begin(session, self.max_per_user).await
    }

    pub(crate) async fn get(&self, id: SessionId) -> Result<Option<SessionRecord>, Away> {
        self.register.store.get(id).await.map_err(log)
    }

    /// The session that a refresh token is of, if the token can be spent or has just been.
    pub(crate) async fn refreshable(
        &self,
        key: &RefreshTokenKey,
        id: SessionId,
        generation: u64,
        now: u64,
    ) -> Result<SessionRecord, RefreshError> {
        let Some(session) = self.get(id).await? else {
            return Err(match self.register.find_reuse(id, key.id(), now).await? {
                true => RefreshError::Reuse,
                false => RefreshError::SessionEnded,
            });
        };
        // Before anything else is said of the session, or done to it.
        if !session.accepts(key.id()) {
            return Err(RefreshError::InvalidToken(other_key(id)));
        }
        if self.is_over(&session, now) {
            return Err(RefreshError::Expired);
        }
        let step = self.step(key, &session, generation, now);
        match step.judge(&session) {
            RefreshOutcome::Next | RefreshOutcome::Repeated { .. } => Ok(session),
            // Only the store can end it for that, in one step with looking again.
            _ => self.advance(key, &session, generation, now, now).await.map(|_| session),
        }
    }

    /// Whether a refresh token of this key may end the session: whether its key may refresh it, or it is not there.
    pub(crate) async fn may_end(&self, key: &RefreshTokenKey, id: SessionId) -> Result<(), AuthError> {
        match self.get(id).await? {
            Some(session) if !session.accepts(key.id()) => Err(other_key(id).into()),
            _ => Ok(()),
        }
    }

    /// Spends a refresh token that was presented a while ago: gives its successor's generation, and when the session is over.
    pub(crate) async fn advance(
        &self,
        key: &RefreshTokenKey,
        session: &SessionRecord,
        generation: u64,
        presented: u64,
        now: u64,
    ) -> Result<(u64, u64), RefreshError> {
        let SessionRecord { id, userid, .. } = session;
        let mut step = self.step(key, session, generation, now);
        if step.grace > 0 {
            // The grace is for what the client does: it does not run out while the application is slow. But a client
            // may be slow with a body on purpose.
            step.grace = step.grace.saturating_add(now.saturating_sub(presented).min(LONGEST_WAIT));
        }
        let ends_at = match self.register.advance(*id, userid, step).await? {
            RefreshOutcome::Next => step.ends_at,
            RefreshOutcome::Repeated { ends_at } => ends_at,
            RefreshOutcome::Reused => return Err(RefreshError::Reuse),
            RefreshOutcome::OtherKey => return Err(RefreshError::InvalidToken(other_key(*id))),
            RefreshOutcome::Expired => return Err(RefreshError::Expired),
            RefreshOutcome::Unknown => return Err(RefreshError::SessionEnded),
        };
        Ok((generation.saturating_add(1), ends_at))
    }

    /// Ends a session; says whether there was one that was not over.
    pub(crate) async fn end(&self, id: SessionId, now: u64, why: EndReason) -> Result<bool, Away> {
        self.register.end(id, now, why).await
    }

    /// Ends a user's sessions; says how many there were that were not over.
    pub(crate) async fn end_all(&self, userid: &str, except: Option<SessionId>, now: u64) -> Result<usize, Away> {
        self.register.end_all(userid, except, now).await
    }

    /// The sessions of a user that are not over, those refreshed last first.
    pub(crate) async fn list(&self, userid: &str, now: u64) -> Result<Vec<SessionRecord>, Away> {
        let mut sessions = self.register.store.list(userid, now).await.map_err(log)?;
        sessions.retain(|session| !self.is_over(session, now));
        sessions.sort_by_key(|session| (std::cmp::Reverse((session.refreshed, session.created)), session.id));
        Ok(sessions)
    }

    pub(crate) async fn purge(&self, now: u64) -> Result<u64, Away> {
        self.register.store.purge(now).await.map_err(log)
    }

    /// Whether an access token of this session may pass, if that can be said without asking the store.
    pub(crate) fn recall(&self, id: SessionId, now: u64) -> Option<Result<(), AuthError>> {
        match &self.register.known {
            None => Some(Ok(())),
            Some(known) => known.recall(id, now).map(passes),
        }
    }

    /// Whether an access token of this session may pass.
    pub(crate) async fn check(&self, id: SessionId, now: u64) -> Result<(), AuthError> {
        let Some(known) = &self.register.known else {
            return Ok(());
        };
        let look_up = || async {
            let session = self.get(id).await?;
            Ok(session.map(|session| self.end_of(&session, now)))
        };
        passes(known.ask(id, now, look_up).await?)
    }

    /// What makes the refresh tokens of sessions that begin now.
    pub(crate) fn key(&self, now: u64) -> Option<Arc<RefreshTokenKey>> {
        self.keys.load().current(now)
    }

    /// The session and the generation of a refresh token, and what makes its successor, without asking the store.
    pub(crate) fn open(&self, token: &str) -> Result<(Arc<RefreshTokenKey>, SessionId, u64), TokenError> {
        self.keys.load().open(token)
    }

    /// Whether the session is over, by its row and by the settings of today.
    pub(crate) fn is_over(&self, session: &SessionRecord, now: u64) -> bool {
        self.terms.is_over(session, now)
    }

    /// When the session is over, by its row and by the settings of today.
    pub(crate) fn end_of(&self, session: &SessionRecord, now: u64) -> u64 {
        self.terms.end_of(session, now)
    }

    fn step(&self, key: &RefreshTokenKey, session: &SessionRecord, generation: u64, now: u64) -> RefreshStep {
        let ends_at = self.terms.ends_at(session.created, now);
        RefreshStep { generation, now, grace: self.grace, ends_at, key_id: key.id() }
    }
}

/// A refresh token is authentic under a key of the ring that is not the session's: whoever has a key that was replaced
/// can make one. The client is told what it is told of a forged one.
fn other_key(id: SessionId) -> TokenError {
    rocket::info!("jwtauth: a refresh token of session {id} was made with a key that is not the session's: refused");
    TokenError::Signature
}

/// By how much the grace of a token is longer at the most, in seconds, because it took long to get to its spending.
const LONGEST_WAIT: u64 = 60;

fn passes(alive: bool) -> Result<(), AuthError> {
    if alive { Ok(()) } else { Err(AuthError::InvalidToken(TokenError::SessionEnded)) }
}

impl From<Away> for AuthError {
    fn from(Away: Away) -> Self {
        AuthError::Unavailable
    }
}

impl From<Away> for RefreshError {
    fn from(Away: Away) -> Self {
        RefreshError::Unavailable
    }
}

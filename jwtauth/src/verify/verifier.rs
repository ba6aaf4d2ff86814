use std::sync::Arc;

use super::accept::accept;
use super::own_keys::OwnKeys;
use super::refused::{refused, unverified};
use crate::claims;
use crate::claims::policy::Policy;
use crate::claims::{Claims, Read};
use crate::clock::Clock;
use crate::error::{AuthError, TokenError};
use crate::issuers::{IssuerToken, Issuers};
use crate::jws;
use crate::jws::Buffer;
use crate::keys::{Key, KeyRing};
use crate::session::SessionManager;
use crate::shown;
use crate::verified::{AnyVerified, Verified};

/// Verifies access tokens. It decides whether a token is the application's own or a trusted issuer's, and whether it
/// belongs to a session.
///
/// There are two steps: [`verify`](Self::verify) the token, then [`check_session`](Self::check_session). A request
/// keeps both results.
pub(crate) struct Verifier<'v, K> {
    pub(crate) keys: &'v K,
    /// The rules for the application's own tokens.
    pub(crate) policy: &'v Arc<Policy>,
    pub(crate) issuers: &'v Issuers,
    /// `None` without sessions.
    pub(crate) sessions: Option<&'v Arc<SessionManager>>,
    pub(crate) clock: &'v Clock,
}

impl<K: OwnKeys> Verifier<'_, K> {
    /// Checks the signature and the claims of an access token. Claims that are not of the type `C` are read as `()`.
    ///
    /// # Errors
    ///
    /// The error of the token, or [`AuthError::Unavailable`] if the keys of its issuer can't be fetched.
    pub(crate) async fn verify<C: Claims>(&self, token: &str) -> Result<Arc<dyn AnyVerified>, AuthError> {
        if !self.issuers.is_empty()
            && let Some(issuer_token) = self.issuers.verify::<C>(token).await?
        {
            return self.accept_of_issuer::<C>(token, issuer_token);
        }
        self.verify_own::<C>(token)
    }

    /// The same as [`verify`](Self::verify). `None` if there are trusted issuers, whose keys may have to be fetched.
    pub(crate) fn verify_at_once<C: Claims>(&self, token: &str) -> Option<Result<Arc<dyn AnyVerified>, AuthError>> {
        self.issuers.is_empty().then(|| self.verify_own::<C>(token))
    }

    /// Reads the claims of a verified token as a second type. Returns `None`, and logs the reason, if the claims are
    /// not of this type.
    pub(crate) fn read_again<C: Claims>(&self, verified: &Arc<dyn AnyVerified>) -> Option<Arc<Verified<C>>> {
        self.keys.with(|_, cache| {
            if let Some(known) = cache.and_then(|cache| cache.recall::<C>(verified.token())) {
                return Some(known);
            }
            let mut buffer = Buffer::new();
            let payload = str::from_utf8(jws::payload(verified.token().as_bytes(), &mut buffer).ok()?).ok()?;
            let read = claims::read(payload, verified.policy());
            let read = read.ok_or_else(|| claims::refuse::<C>(payload, verified.policy())).ok()?;
            // The keys may have been replaced since the token was verified. Then only the cache of the old keys
            // contains it.
            let cache = cache.filter(|cache| cache.has(verified));
            let again = Arc::new(Verified::again(&**verified, read, cache.is_some()));
            if let Some(cache) = cache {
                cache.remember(&again, payload);
            }
            Some(again)
        })
    }

    /// Whether the token belongs to a session that must be checked. A trusted issuer's token does not.
    pub(crate) fn has_session<C>(&self, verified: &Verified<C>) -> bool {
        self.sessions.is_some() && verified.policy().of_issuer.is_none()
    }

    /// Checks that the session of a verified token is alive, if the token [has one](Self::has_session). The client has
    /// presented the token, which proves the token's generation.
    ///
    /// # Errors
    ///
    /// [`TokenError::SessionEnded`] if the session has ended, [`TokenError::Claims`] if the token has no session id, or
    /// [`AuthError::Unavailable`] if the session store can't be reached.
    pub(crate) async fn check_session<C>(&self, verified: &Verified<C>) -> Result<(), AuthError> {
        self.check_session_of(verified, verified.registered.generation).await
    }

    /// As [`check_session`](Self::check_session), but it proves nothing.
    pub(crate) async fn inspect_session<C>(&self, verified: &Verified<C>) -> Result<(), AuthError> {
        self.check_session_of(verified, 0).await
    }

    /// The same as [`check_session`](Self::check_session), or `None` if this requires a look-up in the store.
    pub(crate) fn recall_session<C>(&self, verified: &Verified<C>) -> Option<Result<(), AuthError>> {
        let Some(sessions) = self.sessions.filter(|_| verified.policy().of_issuer.is_none()) else {
            return Some(Ok(()));
        };
        match self.policy.session(verified.registered.sid) {
            Ok(id) => sessions.recall(id, verified.registered.generation, self.clock.now()),
            Err(error) => Some(Err(error.into())),
        }
    }

    async fn check_session_of<C>(&self, verified: &Verified<C>, proven: u64) -> Result<(), AuthError> {
        let Some(sessions) = self.sessions.filter(|_| verified.policy().of_issuer.is_none()) else {
            return Ok(());
        };
        let id = self.policy.session(verified.registered.sid)?;
        let now = self.clock.now();
        match sessions.recall(id, proven, now) {
            Some(checked) => checked,
            None => sessions.check(id, proven, now).await,
        }
    }

    /// Whether the `iss` of a token is a trusted issuer.
    pub(crate) fn is_of_issuer(&self, token: &str) -> bool {
        self.issuers.is_of_one(token.as_bytes())
    }

    /// Verifies the signature of one of the application's own tokens. Passes the registered claims and the key that
    /// made the signature to `judge`. Checks nothing else.
    pub(crate) fn inspect<T>(
        &self,
        token: &str,
        now: u64,
        judge: impl FnOnce(&Read<'_, ()>, &Key) -> T,
    ) -> Result<T, TokenError> {
        self.keys.with(|ring, _| {
            let mut buffer = Buffer::new();
            let (payload, key) = open(ring, token, now, &mut buffer)?;
            let payload = str::from_utf8(payload).map_err(|_| TokenError::Malformed)?;
            let read = claims::read(payload, self.policy);
            read.map(|read| judge(&read, key)).ok_or_else(|| claims::refuse::<()>(payload, self.policy))
        })
    }

    fn verify_own<C: Claims>(&self, token: &str) -> Result<Arc<dyn AnyVerified>, AuthError> {
        self.keys.with(|ring, cache| {
            let now = self.clock.now();
            if let Some(verified) = cache.and_then(|cache| cache.recall::<C>(token)) {
                if verified.is_retired(now) {
                    return Err(TokenError::UnknownKey.into());
                }
                let checked = self.policy.check_access(&verified.registered, now);
                checked.map_err(|error| refused(token, self.policy, &verified.registered, error, now))?;
                return Ok(verified as _);
            }
            let mut buffer = Buffer::new();
            let (payload, key) = open(ring, token, now, &mut buffer)
                .map_err(|error| unverified(error, || shown::texts(ring.keys().iter().map(Key::kid))))?;
            accept::<C>(token, payload, self.policy, key.term().ends_at(), cache, now)
        })
    }

    fn accept_of_issuer<C: Claims>(
        &self,
        token: &str,
        issuer_token: IssuerToken,
    ) -> Result<Arc<dyn AnyVerified>, AuthError> {
        let now = self.clock.now();
        match issuer_token {
            IssuerToken::Verified { policy, cache } => {
                let mut buffer = Buffer::new();
                let payload = jws::payload(token.as_bytes(), &mut buffer)?;
                accept::<C>(token, payload, &policy, None, cache.as_deref(), now)
            }
            IssuerToken::Remembered(verified) => {
                let checked = verified.policy().check_access(verified.registered(), now);
                checked.map_err(|error| refused(token, verified.policy(), verified.registered(), error, now))?;
                Ok(verified)
            }
        }
    }
}

/// Verifies the signature of a token. If the ring is empty, a well-formed token is refused because of its issuer.
fn open<'k, 'b>(
    ring: &'k KeyRing,
    token: &str,
    now: u64,
    buffer: &'b mut Buffer,
) -> Result<(&'b [u8], &'k Key), TokenError> {
    if ring.keys().is_empty() {
        return Err(jws::without_key(token.as_bytes()));
    }
    ring.open(token.as_bytes(), now, buffer)
}

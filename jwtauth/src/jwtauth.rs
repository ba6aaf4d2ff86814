use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;
use figment::Figment;
use rocket::outcome::Outcome;
use rocket::request::{self, FromRequest, Request};
use rocket::tokio::runtime::Handle;
use rocket::tokio::task::spawn_blocking;
use rocket::{Ignite, Rocket, Sentinel};

use crate::claims;
use crate::claims::Claims;
use crate::claims::policy::Policy;
use crate::claims::session_id::SessionId;
use crate::claims::{ClaimsError, Read};
use crate::clock::Clock;
use crate::config::Checked;
use crate::config::{Config, ConfigError};
use crate::error::KeyError;
use crate::error::{AuthError, TokenError};
use crate::fairing::JwtAuthFairing;
use crate::guards::Identity;
use crate::issue::Issuing;
use crate::issue::Tokens;
use crate::issue::UserIdTypes;
#[cfg(feature = "issuers")]
use crate::issuers::Issuers;
use crate::jws as token;
use crate::jws::Buffer;
use crate::keys::{Key, KeyRing};
use crate::refresh::{Nonce, RefreshNonceHandler};
use crate::rotation::source::KeySource;
use crate::session::SessionManager;
use crate::verified::cache::VerifiedCache;
use crate::verified::{Held, Verified, accept, downcast};

/// The authentication of an application, as its settings make it: keys and rules, in Rocket's managed
/// state once the [fairing](JwtAuth::fairing) is attached.
///
/// Most applications attach the fairing and never see it again. Those that need it ask for the guard
/// `&JwtAuth`, or take it from the state of a running Rocket and clone it: a clone is another handle on
/// the same.
///
/// ```
/// use jwtauth::JwtAuth;
/// use rocket::fairing::AdHoc;
///
/// // Print a token for a script, each time that the application is launched.
/// let fairing = AdHoc::on_liftoff("A token for the backup", |rocket| {
///     Box::pin(async move {
///         if let Some(jwtauth) = rocket.state::<JwtAuth>()
///             && let Ok(tokens) = jwtauth.issue("backup", ()).await
///         {
///             println!("{}", tokens.access_token());
///         }
///     })
/// });
/// ```
///
/// # Outcome of the guard `&JwtAuth`
///
/// - **Succeeds** if the fairing is attached.
/// - **Forwards** never.
/// - **Fails** with 500 if it is not; but a route that asks for it then stops the launch.
#[derive(Clone)]
pub struct JwtAuth {
    inner: Arc<Inner>,
}

struct Inner {
    config: Config,
    keys: ArcSwap<InUse>,
    source: KeySource,
    policy: Arc<Policy>,
    clock: Clock,
    nonce_handler: Option<RefreshNonceHandler>,
    keeper: Option<Arc<SessionManager>>,
    userid_types: UserIdTypes,
    #[cfg(feature = "issuers")]
    issuers: Issuers,
}

/// The keys, and what has been verified with them: there is a new one of the latter with every ring.
struct InUse {
    ring: Arc<KeyRing>,
    verified: Option<VerifiedCache>,
}

impl InUse {
    fn new(ring: KeyRing, config: &Config) -> Self {
        InUse { ring: Arc::new(ring), verified: VerifiedCache::new(config.verified_cache) }
    }
}

impl JwtAuth {
    /// The fairing that reads the settings and puts a `JwtAuth` into the managed state.
    pub fn fairing() -> JwtAuthFairing {
        JwtAuthFairing::default()
    }

    /// Reads the settings below `jwtauth` in a figment, for a program without a Rocket: one that issues tokens
    /// from the command line, say. The clock is the system's, there is no refresh nonce handler, and sessions are
    /// kept where the settings say. Nothing runs beside it: sessions that have long been over are forgotten when it
    /// calls [`purge_sessions`](Self::purge_sessions), or when a Rocket with the same store does.
    ///
    /// ```
    /// use jwtauth::JwtAuth;
    ///
    /// # rocket::async_test(async {
    /// let jwtauth = JwtAuth::from_figment(&rocket::Config::figment()).await?;
    /// let tokens = jwtauth.issue("backup", ()).await?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// All faults of the settings at once; that the session store can't be reached, if the settings name one.
    pub async fn from_figment(figment: &Figment) -> Result<Self, ConfigError> {
        JwtAuthFairing::default().ready(figment).await
    }

    /// The settings in force.
    pub fn config(&self) -> &Config {
        &self.inner.config
    }

    /// The keys in use. A ring does not change: after [`reload`](Self::reload) there may be another.
    pub fn keys(&self) -> Arc<KeyRing> {
        Arc::clone(&self.inner.keys.load().ring)
    }

    /// Issues tokens outside of a request. Within one, [`Auth::remember`](crate::Auth::remember) does the
    /// same, for any user, and can ask a refresh nonce handler as well. With [sessions](crate::guide::sessions), one
    /// without a label begins.
    ///
    /// # Errors
    ///
    /// [`AuthError::EmptyUserId`] if the user id is empty, [`AuthError::WrongUserId`] if no mounted refresh endpoint
    /// accepts it, [`AuthError::Claims`] if the claims can't stand in a token,
    /// [`AuthError::Key`] if there is no key that signs, [`AuthError::NonceNeedsRequest`] if a refresh nonce handler would have to be asked,
    /// [`AuthError::Unavailable`] if the session store is away.
    pub fn issue<C: Claims>(&self, userid: impl fmt::Display, claims: C) -> Issuing<'_> {
        let userid = userid.to_string();
        if self.nonce_handler().is_some() {
            return Issuing::done(Err(not_issued(AuthError::NonceNeedsRequest)));
        }
        if let Err(error) = self.userid_types().check(&userid) {
            return Issuing::done(Err(not_issued(error)));
        }
        let now = self.now();
        if self.issues_at_once(now) {
            return Issuing::done(self.mint_at_once(&userid, &claims, None, None, now));
        }
        Issuing::waiting(async move { self.login(&userid, &claims, None, "").await })
    }

    /// Issues tokens outside of a request, with the refresh nonce of the user: what [`issue`](Self::issue) does for an
    /// application with a [refresh nonce handler](crate::JwtAuthFairing::refresh_nonce_handler), which can only be
    /// called within a request.
    ///
    /// The nonce must be what the handler says for this user. If it is not, the tokens cannot be refreshed. Without
    /// `allow_refresh`, tokens have no nonce.
    ///
    /// ```
    /// # use jwtauth::JwtAuth;
    /// use jwtauth::{AuthError, Tokens};
    ///
    /// async fn token_for_backups(jwtauth: &JwtAuth, nonce: &str) -> Result<Tokens, AuthError> {
    ///     jwtauth.issue_with_nonce("backup", (), nonce).await
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`issue`](Self::issue), but never [`AuthError::NonceNeedsRequest`].
    pub fn issue_with_nonce<C: Claims>(
        &self,
        userid: impl fmt::Display,
        claims: C,
        nonce: impl Into<String>,
    ) -> Issuing<'_> {
        let (userid, nonce) = (userid.to_string(), nonce.into());
        if let Err(error) = self.userid_types().check(&userid) {
            return Issuing::done(Err(not_issued(error)));
        }
        Issuing::waiting(async move { self.login(&userid, &claims, Some(&nonce), "").await })
    }

    /// Checks an access token that came by another way than the `Authorization` header of a request: in
    /// a message over a socket, say. Headers are for [`Identity`]. With [sessions](crate::guide::sessions), that of the
    /// token is looked at as it is for a request.
    ///
    /// # Errors
    ///
    /// [`AuthError::InvalidToken`] says what is wrong with it; [`AuthError::Unavailable`] if the session store
    /// is away, or the keys of the [issuer](crate::guide::issuers) can't be had.
    pub async fn verify<C: Claims>(&self, token: &str) -> Result<Identity<C>, AuthError> {
        let held = match self.foreign::<C>(token).await? {
            Some(foreign) => self.open_foreign::<C>(token, &foreign)?,
            None => self.open::<C>(token)?,
        };
        let identity = match downcast(Arc::clone(&held)) {
            Some(verified) => Identity::new(verified),
            // Its claims are not of this type. The second reading logs which of them.
            None => self.read::<C>(&held).ok_or(TokenError::Claims)?,
        };
        if !identity.is_foreign() {
            self.check_session(identity.session_id()).await?;
        }
        Ok(identity)
    }

    pub(crate) fn new(
        checked: Checked,
        clock: Clock,
        nonce_handler: Option<RefreshNonceHandler>,
        keeper: Option<Arc<SessionManager>>,
        #[cfg(feature = "issuers")] issuers: Issuers,
    ) -> Self {
        let Checked { config, keys, key_settings, files, warnings, .. } = checked;
        for warning in warnings {
            rocket::warn!("jwtauth: {warning}");
        }
        let policy = Policy {
            userid_claim: config.userid_claim.clone(),
            issuer: config.issuer.clone(),
            audience: config.audience.clone(),
            leeway: config.leeway,
            expiration_delta: config.expiration_delta,
            refresh_delta: config.refresh_delta,
            max_lifetime: config.max_lifetime,
            allow_refresh: config.allow_refresh == Some(true),
            verify_expiration_on_refresh: config.verify_expiration_on_refresh,
            sessions: keeper.is_some(),
            #[cfg(feature = "issuers")]
            among_others: !issuers.is_empty(),
            #[cfg(not(feature = "issuers"))]
            among_others: false,
            foreign: false,
        };
        let keys = ArcSwap::from_pointee(InUse::new(keys, &config));
        let source = KeySource::new(key_settings, files);
        let inner = Inner {
            config,
            keys,
            source,
            policy: Arc::new(policy),
            clock,
            nonce_handler,
            keeper,
            userid_types: UserIdTypes::default(),
            #[cfg(feature = "issuers")]
            issuers,
        };
        JwtAuth { inner: Arc::new(inner) }
    }

    pub(crate) fn of<'r>(request: &'r Request<'_>) -> Option<&'r JwtAuth> {
        request.rocket().state()
    }

    /// For sentinels: whether the fairing is missing, which is then said.
    pub(crate) fn missing(rocket: &Rocket<Ignite>) -> bool {
        let missing = rocket.state::<JwtAuth>().is_none();
        if missing {
            rocket::error!(
                "a route asks for an identity, but jwtauth is not attached; add `.attach(JwtAuth::fairing())`"
            );
        }
        missing
    }

    /// For sentinels: whether a refresh endpoint is mounted without the operator having said if it may
    /// be used. Off is an answer too: then it answers 403.
    pub(crate) fn refresh_unsettled(rocket: &Rocket<Ignite>) -> bool {
        if JwtAuth::missing(rocket) {
            return true;
        }
        let unsettled = rocket.state::<JwtAuth>().is_some_and(|jwtauth| jwtauth.config().allow_refresh.is_none());
        if unsettled {
            rocket::error!(
                "a refresh endpoint is mounted, but `allow_refresh` is not set; write `allow_refresh = true`, \
                 or `false`, below `[default.jwtauth]` in Rocket.toml"
            );
        }
        unsettled
    }

    /// What the mounted refresh endpoints accept as user ids.
    pub(crate) fn userid_types(&self) -> &UserIdTypes {
        &self.inner.userid_types
    }

    pub(crate) fn policy(&self) -> &Policy {
        &self.inner.policy
    }

    /// Where the keys come from.
    pub(crate) fn key_source(&self) -> &KeySource {
        &self.inner.source
    }

    /// Uses these keys from now on. Requests in flight check their token with the ring that they began with.
    pub(crate) fn roll(&self, keys: KeyRing) {
        if let Some(keeper) = self.keeper() {
            keeper.roll(&keys);
        }
        self.inner.keys.store(Arc::new(InUse::new(keys, self.config())));
    }

    /// What keeps the sessions, if there are any.
    pub(crate) fn keeper(&self) -> Option<&Arc<SessionManager>> {
        self.inner.keeper.as_ref()
    }

    /// A way back to this, which gives `None` once the application is gone, and does not keep it.
    pub(crate) fn downgrade(&self) -> impl Fn() -> Option<JwtAuth> + Send + Sync + use<> {
        let inner = Arc::downgrade(&self.inner);
        move || inner.upgrade().map(|inner| JwtAuth { inner })
    }

    pub(crate) fn now(&self) -> u64 {
        self.inner.clock.now()
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.inner.clock
    }

    /// The handler to ask for the nonce of a token, if tokens have one.
    pub(crate) fn nonce_handler(&self) -> Option<RefreshNonceHandler> {
        self.inner.nonce_handler.filter(|_| self.policy().allow_refresh)
    }

    /// Checks an access token, and reads its claims: as this type or, if that can't be made of them, as `()`.
    pub(crate) fn open<C: Claims>(&self, token: &str) -> Result<Arc<dyn Held>, TokenError> {
        let in_use = self.inner.keys.load();
        let (policy, now) = (&self.inner.policy, self.now());
        if let Some(verified) = in_use.verified.as_ref().and_then(|cache| cache.recall::<C>(token)) {
            if verified.is_retired(now) {
                return Err(TokenError::UnknownKey);
            }
            policy.check_access(&verified.registered, now)?;
            return Ok(verified);
        }
        if in_use.ring.keys().is_empty() {
            return Err(token::without_key(token.as_bytes()));
        }
        let mut buffer = Buffer::new();
        let (payload, key) = token::verify(&in_use.ring, token.as_bytes(), now, &mut buffer)?;
        accept::<C>(token, payload, policy, key.term().ends_at(), in_use.verified.as_ref(), now)
    }

    #[cfg(feature = "issuers")]
    pub(crate) fn issuers(&self) -> &Issuers {
        &self.inner.issuers
    }

    /// Verifies the signature of a token, and has its registered claims judged.
    pub(crate) fn inspect<T>(
        &self,
        token: &str,
        now: u64,
        judge: impl FnOnce(&Read<'_, ()>) -> T,
    ) -> Result<T, TokenError> {
        self.inspect_with_key(token, now, |read, _| judge(read))
    }

    /// As [`inspect`](Self::inspect), with the key that made the signature.
    pub(crate) fn inspect_with_key<T>(
        &self,
        token: &str,
        now: u64,
        judge: impl FnOnce(&Read<'_, ()>, &Key) -> T,
    ) -> Result<T, TokenError> {
        let mut buffer = Buffer::new();
        let in_use = self.inner.keys.load();
        if in_use.ring.keys().is_empty() {
            return Err(token::without_key(token.as_bytes()));
        }
        let (payload, key) = token::verify(&in_use.ring, token.as_bytes(), now, &mut buffer)?;
        let payload = str::from_utf8(payload).map_err(|_| TokenError::Malformed)?;
        let read = claims::read(payload, self.policy());
        read.map(|read| judge(&read, key)).ok_or_else(|| claims::refuse::<()>(payload, self.policy()))
    }

    /// Reads the claims of a token that has been checked as another type.
    pub(crate) fn read<C: Claims>(&self, held: &Arc<dyn Held>) -> Option<Identity<C>> {
        let in_use = self.inner.keys.load();
        let cache = in_use.verified.as_ref();
        if let Some(verified) = cache.and_then(|cache| cache.recall::<C>(held.token())) {
            return Some(Identity::new(verified));
        }
        let mut buffer = Buffer::new();
        let payload = str::from_utf8(token::payload(held.token().as_bytes(), &mut buffer).ok()?).ok()?;
        let read = claims::read(payload, held.policy());
        let read = read.ok_or_else(|| claims::refuse::<C>(payload, held.policy())).ok()?;
        // The keys may have changed since the token was checked: it is remembered beside the type that it was checked as.
        let cache = cache.filter(|cache| cache.has(held));
        let verified = Arc::new(Verified::again(&**held, read, cache.is_some()));
        if let Some(cache) = cache {
            cache.remember(&verified, payload);
        }
        Some(Identity::new(verified))
    }

    /// Issues the access token of a user who logged in at `auth_time`, or just now.
    pub(crate) async fn mint<C: Claims>(
        &self,
        userid: &str,
        claims: &C,
        auth_time: Option<u64>,
        nonce: Option<&str>,
        sid: Option<SessionId>,
    ) -> Result<Tokens, AuthError> {
        let now = self.now();
        let unsigned = self.write(userid, claims, auth_time, nonce, sid, now)?;
        if !self.signs_slowly(now) {
            return self.sign(&unsigned);
        }
        let Unsigned { payload, expires_in, .. } = unsigned;
        let keys = self.keys();
        let signing = spawn_blocking(move || keys.sign(&payload, now));
        let token = signing.await.map_err(|_| not_issued(AuthError::Unavailable))?;
        self.signed(token, expires_in)
    }

    /// As [`mint`](Self::mint), where [nothing is slow](Self::signs_slowly) and there are no sessions.
    pub(crate) fn mint_at_once<C: Claims>(
        &self,
        userid: &str,
        claims: &C,
        auth_time: Option<u64>,
        nonce: Option<&str>,
        now: u64,
    ) -> Result<Tokens, AuthError> {
        self.sign(&self.write(userid, claims, auth_time, nonce, None, now)?)
    }

    fn write<C: Claims>(
        &self,
        userid: &str,
        claims: &C,
        auth_time: Option<u64>,
        nonce: Option<&str>,
        sid: Option<SessionId>,
        now: u64,
    ) -> Result<Unsigned, AuthError> {
        if userid.is_empty() {
            return Err(not_issued(AuthError::EmptyUserId));
        }
        let issued = self.policy().issue(userid, auth_time.unwrap_or(now), nonce, sid, now);
        let expires_in = issued.exp.map(|exp| exp.saturating_sub(now));
        let payload = claims::write(&issued, claims, self.policy()).map_err(AuthError::Claims).map_err(not_issued)?;
        Ok(Unsigned { payload, now, expires_in })
    }

    /// Signs in this thread.
    fn sign(&self, unsigned: &Unsigned) -> Result<Tokens, AuthError> {
        let Unsigned { payload, now, expires_in } = unsigned;
        self.signed(self.inner.keys.load().ring.sign(payload, *now), *expires_in)
    }

    fn signed(&self, token: Result<String, KeyError>, expires_in: Option<u64>) -> Result<Tokens, AuthError> {
        let access_token = token.map_err(AuthError::Key).map_err(not_issued)?;
        if access_token.len() > token::MAX_LEN {
            return Err(not_issued(AuthError::Claims(ClaimsError::TooLong)));
        }
        let token_type = self.config().auth_header_prefix.clone();
        Ok(Tokens { access_token, token_type, expires_in, refresh_token: None, refresh_expires_in: None })
    }

    /// Whether signing takes about a millisecond, for which it must not hold a thread that serves requests. Outside of
    /// a runtime there are none.
    pub(crate) fn signs_slowly(&self, now: u64) -> bool {
        let in_use = self.inner.keys.load();
        in_use.ring.signer(now).is_some_and(|key| key.algorithm().is_rsa()) && Handle::try_current().is_ok()
    }

    /// Whether a login waits for nothing: for no session store, no nonce handler and no slow signature.
    pub(crate) fn issues_at_once(&self, now: u64) -> bool {
        self.keeper().is_none() && self.nonce_handler().is_none() && !self.signs_slowly(now)
    }

    /// Asks the nonce handler, if there is one, for the nonce of a user.
    pub(crate) async fn nonce(&self, request: &Request<'_>, userid: &str) -> Result<Option<String>, AuthError> {
        match self.ask_nonce(request, userid).await {
            None => Ok(None),
            Some(Nonce::Is(nonce)) => Ok(Some(nonce)),
            Some(Nonce::NoSuchUser | Nonce::Refused) => Err(AuthError::NoSuchUser),
            Some(Nonce::Unavailable(_)) => Err(AuthError::Unavailable),
        }
    }

    /// As [`nonce`](Self::nonce), with the handler's very answer. Why it has none is logged.
    pub(crate) async fn ask_nonce(&self, request: &Request<'_>, userid: &str) -> Option<Nonce> {
        let nonce = self.nonce_handler()?(request, userid).await;
        if let Nonce::Unavailable(reason) = &nonce {
            rocket::error!("jwtauth: the refresh nonce handler failed: {reason}");
        }
        Some(nonce)
    }
}

/// The payload of a token that is yet to be signed.
struct Unsigned {
    payload: Vec<u8>,
    now: u64,
    expires_in: Option<u64>,
}

/// The client is told only that it is not its fault. The log is not told what the application's own
/// `Serialize` says: it may say values.
pub(crate) fn not_issued(error: AuthError) -> AuthError {
    match &error {
        AuthError::Claims(ClaimsError::Serialize(_)) => {
            rocket::error!("jwtauth: no token issued: the claims can't be serialized");
        }
        error => rocket::error!("jwtauth: no token issued: {error}"),
    }
    error
}

impl fmt::Debug for JwtAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JwtAuth")
            .field("config", &self.inner.config)
            .field("keys", &self.keys())
            .finish_non_exhaustive()
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for &'r JwtAuth {
    type Error = AuthError;

    async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, AuthError> {
        match JwtAuth::of(request) {
            Some(jwtauth) => Outcome::Success(jwtauth),
            None => Outcome::Error((AuthError::NotAttached.status(), AuthError::NotAttached)),
        }
    }
}

impl Sentinel for &JwtAuth {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        JwtAuth::missing(rocket)
    }
}

mod keys_in_use;

use std::fmt;
use std::sync::Arc;

use rocket::outcome::Outcome;
use rocket::request::{self, FromRequest, Request};
use rocket::{Ignite, Rocket, Sentinel};

pub(crate) use self::keys_in_use::KeysInUse;
use crate::claims::Claims;
use crate::claims::policy::Policy;
use crate::clock::Clock;
use crate::config::Config;
use crate::error::AuthError;
use crate::issue::{Issuing, Login, Minter, RefreshNonceHandler, Tokens, begin_session, not_issued};
use crate::issuers::Issuers;
use crate::keys::KeyRing;
use crate::rotation::source::KeySource;
use crate::session::Keeper;
use crate::verify::Verifier;

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

/// What the fairing makes of the settings.
pub(crate) struct Inner {
    pub(crate) config: Config,
    pub(crate) keys: KeysInUse,
    pub(crate) source: KeySource,
    pub(crate) policy: Arc<Policy>,
    pub(crate) clock: Clock,
    pub(crate) nonce_handler: Option<RefreshNonceHandler>,
    /// `None` without sessions.
    pub(crate) keeper: Option<Keeper>,
    pub(crate) issuers: Issuers,
}

impl JwtAuth {
    pub(crate) fn new(inner: Inner) -> Self {
        JwtAuth { inner: Arc::new(inner) }
    }

    /// The settings in force.
    pub fn config(&self) -> &Config {
        &self.inner.config
    }

    /// The keys in use. A ring does not change: after [`reload`](Self::reload) there may be another.
    pub fn keys(&self) -> Arc<KeyRing> {
        self.inner.keys.ring()
    }

    /// Issues tokens outside of a request. Within one, [`Auth::remember`](crate::Auth::remember) does the
    /// same, for any user, and can ask a refresh nonce handler as well. With [sessions](crate#sessions), one
    /// without a label begins.
    ///
    /// # Errors
    ///
    /// [`AuthError::EmptyUserId`] if the user id is empty, [`AuthError::Claims`] if the claims can't stand in a token,
    /// [`AuthError::Key`] if there is no key that signs, [`AuthError::NonceNeedsRequest`] if a refresh nonce handler would have to be asked,
    /// [`AuthError::Unavailable`] if the session store is away.
    pub fn issue<C: Claims>(&self, userid: impl fmt::Display, claims: C) -> Issuing<'_> {
        let userid = userid.to_string();
        if self.nonce_handler().is_some() {
            return Issuing::done(Err(not_issued(AuthError::NonceNeedsRequest)));
        }
        if let Some(tokens) = self.login_at_once(&Login::of(&userid), &claims) {
            return Issuing::done(tokens);
        }
        Issuing::waiting(async move { self.login(&userid, &claims, None, "").await })
    }

    /// Issues the tokens of a user who has just logged in. With sessions, one begins. `client` is the `User-Agent`.
    pub(crate) async fn login<C: Claims>(
        &self,
        userid: &str,
        claims: &C,
        nonce: Option<&str>,
        client: &str,
    ) -> Result<Tokens, AuthError> {
        let ring = self.keys();
        let minter = self.minter(&ring);
        match self.keeper() {
            None => minter.mint(&Login { nonce, ..Login::of(userid) }, claims).await,
            Some(sessions) => begin_session(&minter, sessions, userid, claims, nonce, client).await,
        }
    }

    /// As [`login`](Self::login), if nothing has to be waited for: no session store, no nonce handler and no slow
    /// signature. Otherwise `None`.
    pub(crate) fn login_at_once<C: Claims>(&self, login: &Login<'_>, claims: &C) -> Option<Result<Tokens, AuthError>> {
        if self.keeper().is_some() || self.nonce_handler().is_some() {
            return None;
        }
        self.mint_at_once(login, claims)
    }

    /// Issues the access token of a login.
    pub(crate) async fn mint<C: Claims>(&self, login: &Login<'_>, claims: &C) -> Result<Tokens, AuthError> {
        let ring = self.keys();
        self.minter(&ring).mint(login, claims).await
    }

    /// As [`mint`](Self::mint), unless the signature is slow. Otherwise `None`.
    pub(crate) fn mint_at_once<C: Claims>(&self, login: &Login<'_>, claims: &C) -> Option<Result<Tokens, AuthError>> {
        let in_use = self.inner.keys.in_use();
        let minter = self.minter(&in_use.ring);
        (!minter.signs_slowly()).then(|| minter.mint_at_once(login, claims))
    }

    fn minter<'m>(&'m self, ring: &'m Arc<KeyRing>) -> Minter<'m> {
        Minter { ring, policy: self.policy(), token_type: &self.config().auth_header_prefix, now: self.now() }
    }

    /// What checks access tokens.
    pub(crate) fn verifier(&self) -> Verifier<'_, KeysInUse> {
        let Inner { keys, policy, clock, keeper, issuers, .. } = &*self.inner;
        Verifier { keys, policy, issuers, sessions: keeper.as_ref(), clock }
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

    pub(crate) fn policy(&self) -> &Policy {
        &self.inner.policy
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.inner.clock
    }

    pub(crate) fn now(&self) -> u64 {
        self.inner.clock.now()
    }

    /// The handler that gives the nonce of a token, if tokens have one.
    pub(crate) fn nonce_handler(&self) -> Option<RefreshNonceHandler> {
        self.inner.nonce_handler.filter(|_| self.policy().allow_refresh)
    }

    /// What keeps the sessions, if there are any.
    pub(crate) fn keeper(&self) -> Option<&Keeper> {
        self.inner.keeper.as_ref()
    }

    /// The trusted issuers.
    #[cfg(feature = "issuers")]
    pub(crate) fn issuers(&self) -> &Issuers {
        &self.inner.issuers
    }

    /// Where the keys come from.
    pub(crate) fn key_source(&self) -> &KeySource {
        &self.inner.source
    }

    /// Puts these keys into use.
    pub(crate) fn roll(&self, keys: KeyRing) {
        if let Some(keeper) = self.keeper() {
            keeper.roll(&keys);
        }
        self.inner.keys.roll(keys);
    }

    /// A way back to this, which gives `None` once the application is gone, and does not keep it.
    pub(crate) fn downgrade(&self) -> impl Fn() -> Option<JwtAuth> + Send + Sync + use<> {
        let inner = Arc::downgrade(&self.inner);
        move || inner.upgrade().map(|inner| JwtAuth { inner })
    }
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

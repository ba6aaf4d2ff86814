mod misuse;

use std::fmt;
use std::sync::Arc;

use rocket::outcome::Outcome;
use rocket::request::{self, FromRequest, Request};
use rocket::{Ignite, Rocket, Sentinel};

use crate::claims::Claims;
use crate::claims::policy::Policy;
use crate::clock::Clock;
use crate::config::{Config, ConfigError};
use crate::error::AuthError;
use crate::issue::{Issuing, Login, Minter, RefreshNonceHandler, Tokens, UserIdTypes, begin_session, not_issued};
use crate::issuers::Issuers;
use crate::keys::{Jwks, KeyRing};
use crate::rotation::{Reloaded, Rotation};
use crate::session::SessionManager;
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
    pub(crate) config: Arc<Config>,
    pub(crate) rotation: Arc<Rotation>,
    pub(crate) policy: Arc<Policy>,
    pub(crate) clock: Clock,
    pub(crate) nonce_handler: Option<RefreshNonceHandler>,
    /// `None` without sessions.
    pub(crate) keeper: Option<Arc<SessionManager>>,
    pub(crate) userid_types: UserIdTypes,
    pub(crate) issuers: Arc<Issuers>,
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
        self.inner.rotation.ring()
    }

    /// The public keys of the application, for a route of its own; the setting `jwks_path` makes one.
    ///
    /// ```
    /// # use jwtauth::{Jwks, JwtAuth};
    /// use rocket::get;
    ///
    /// #[get("/keys")]
    /// fn keys(jwtauth: &JwtAuth) -> Jwks {
    ///     jwtauth.jwks()
    /// }
    /// ```
    pub fn jwks(&self) -> Jwks {
        self.inner.rotation.jwks()
    }

    /// Reads the files of the keys again, and the list `keys` if it stands in Rocket.toml.
    ///
    /// New content is only [noted](Reloaded::Noted) at first: the file may be half written. A read at least one second
    /// later that finds the same content in all of the files puts it into [use](Reloaded::Used): for all requests that
    /// come from then on, and all tokens that are issued from then on. Requests in flight finish with the keys they
    /// began with. All other settings are those of the launch, and keys that are in no file stay as they are.
    ///
    /// In a Tokio runtime, as in a Rocket, this schedules the second read by itself, and goes on until the content no
    /// longer changes. If its keys have a fault, the log says so. Outside of a runtime, call this again after a second.
    ///
    /// While a Rocket runs, the files are also read if [`reload`](crate::Config::reload) is set, and on Unix when the
    /// process gets a SIGHUP, with the same two steps. A SIGHUP that is one of Rocket's `shutdown.signals`, or comes
    /// because the terminal is gone in which the process was started, shuts it down instead.
    ///
    /// ```
    /// # use jwtauth::JwtAuth;
    /// use jwtauth::Reloaded;
    /// use rocket::{http::Status, post};
    ///
    /// #[post("/admin/reload-keys")]
    /// async fn reload_keys(jwtauth: &JwtAuth) -> Result<&'static str, Status> {
    ///     match jwtauth.reload().await {
    ///         Ok(Reloaded::Same) => Ok("nothing has changed"),
    ///         Ok(Reloaded::Noted) => Ok("there are new keys, to be used in a second"),
    ///         Ok(_) => Ok("there are new keys, in use"),
    ///         Err(error) => {
    ///             rocket::error!("{error}");
    ///             Err(Status::InternalServerError)
    ///         }
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// All faults of the keys at once, as at launch, if a second read found the same faulty content. Then the keys
    /// stay as they are.
    pub async fn reload(&self) -> Result<Reloaded, ConfigError> {
        self.inner.rotation.reload().await
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
        if let Some(tokens) = self.login_at_once(&Login::of(&userid), &claims) {
            return Issuing::done(tokens);
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
        let in_use = self.inner.rotation.in_use();
        let minter = self.minter(&in_use.ring);
        (!minter.signs_slowly()).then(|| minter.mint_at_once(login, claims))
    }

    fn minter<'m>(&'m self, ring: &'m Arc<KeyRing>) -> Minter<'m> {
        Minter { ring, policy: self.policy(), token_type: &self.config().auth_header_prefix, now: self.now() }
    }

    /// What checks access tokens.
    pub(crate) fn verifier(&self) -> Verifier<'_, Rotation> {
        let Inner { rotation, policy, clock, keeper, issuers, .. } = &*self.inner;
        Verifier { keys: &**rotation, policy, issuers, sessions: keeper.as_ref(), clock }
    }

    pub(crate) fn of<'r>(request: &'r Request<'_>) -> Option<&'r JwtAuth> {
        request.rocket().state()
    }

    /// What the mounted refresh endpoints accept as user ids.
    pub(crate) fn userid_types(&self) -> &UserIdTypes {
        &self.inner.userid_types
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

    /// The keys that change while the application runs.
    pub(crate) fn rotation(&self) -> &Arc<Rotation> {
        &self.inner.rotation
    }

    /// What keeps the sessions, if there are any.
    pub(crate) fn keeper(&self) -> Option<&Arc<SessionManager>> {
        self.inner.keeper.as_ref()
    }

    /// The trusted issuers.
    pub(crate) fn issuers(&self) -> &Arc<Issuers> {
        &self.inner.issuers
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

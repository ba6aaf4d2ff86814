mod unattached;

use std::fmt;
use std::sync::Arc;

use rocket::outcome::Outcome;
use rocket::request::{self, FromRequest, Request};
use rocket::{Ignite, Rocket, Sentinel};

use crate::claims::Claims;
use crate::claims::policy::Policy;
use crate::clock::Clock;
use crate::config::{Config, ConfigError, CookiesConfig, Grant};
use crate::error::AuthError;
use crate::issue::{
    IssueTokens, Issuing, Login, Minter, NewLogin, Progress, RefreshNonceHandler, Tokens, UserIdTypes, begin_session,
    not_issued,
};
use crate::issuers::Issuers;
use crate::keys::{Jwks, KeyRing};
use crate::permissions::DeclaredNames;
use crate::rotation::{Reloaded, Rotation};
use crate::session::SessionManager;
use crate::verify::Verifier;

/// The settings, keys and rules of an application. The [fairing](JwtAuth::fairing) puts it into Rocket's managed state.
///
/// Most applications attach the fairing and do not use this type. To use it, declare the guard `&JwtAuth`, or get it
/// from the state of a running Rocket and clone it. A clone is another handle to the same value.
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
/// - **Fails** with 500 if the fairing is not attached. The launch stops in this case if a route declares the guard.
#[derive(Clone)]
pub struct JwtAuth {
    inner: Arc<Inner>,
}

/// The parts that the fairing builds from the settings.
pub(crate) struct Inner {
    pub(crate) config: Arc<Config>,
    pub(crate) rotation: Arc<Rotation>,
    pub(crate) policy: Arc<Policy>,
    pub(crate) clock: Clock,
    pub(crate) nonce_handler: Option<RefreshNonceHandler>,
    /// `None` without sessions.
    pub(crate) session_manager: Option<Arc<SessionManager>>,
    pub(crate) userid_types: UserIdTypes,
    pub(crate) declared: DeclaredNames,
    pub(crate) grants: Vec<Grant>,
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

    /// The keys in use. A key ring does not change. A [`reload`](Self::reload) may replace it with a new one.
    pub fn keys(&self) -> Arc<KeyRing> {
        self.inner.rotation.ring()
    }

    /// The public keys of the application, for your own route. The setting `jwks_path` mounts a ready-made route.
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

    /// Reads the key files again, those of [issuers](crate::guide::issuers#keys-in-files) included, and the list `keys`
    /// if it is in Rocket.toml.
    ///
    /// The first read only [notes](Reloaded::Noted) new content, because the file may be half written. A second read at
    /// least one second later puts the content into [use](Reloaded::Used) if it is the same in all files. All later
    /// requests and all later tokens use the new keys. Requests in progress finish with the old keys. All other
    /// settings stay those of the launch, and keys that are not in a file stay as they are.
    ///
    /// In a Tokio runtime, as in a Rocket, this method schedules the second read itself, and repeats it until the
    /// content no longer changes. If the keys have a fault, it is logged. Outside of a runtime, call this again after a
    /// second.
    ///
    /// While a Rocket runs, the files are also read if [`reload`](crate::Config::reload) is set, and on Unix when the
    /// process gets a SIGHUP, with the same two steps. A SIGHUP shuts the process down instead if it is one of Rocket's
    /// `shutdown.signals`, or if it is sent because the terminal of the process was closed.
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
    /// All faults of the keys at once, as at launch, if a second read finds the same faulty content. If a key of the
    /// application has a fault, its old keys stay in use. If a file of an [issuer](crate::guide::issuers) has a fault,
    /// the old keys of that issuer stay in use. All others are replaced.
    pub async fn reload(&self) -> Result<Reloaded, ConfigError> {
        self.inner.rotation.reload().await
    }

    /// Issues tokens outside of a request. Within a request, use [`Auth::remember`](crate::Auth::remember), which can
    /// also call a refresh nonce handler. With [sessions](crate::guide::sessions), this starts a session without a
    /// label.
    ///
    /// # Errors
    ///
    /// - [`AuthError::EmptyUserId`] if the user id is empty;
    /// - [`AuthError::WrongUserId`] if there are refresh endpoints, and none of them accepts the user id;
    /// - [`AuthError::Claims`] if the claims can't be written into a token;
    /// - [`AuthError::Key`] if no key can sign;
    /// - [`AuthError::NonceNeedsRequest`] if there is a refresh nonce handler, which needs a request;
    /// - [`AuthError::Unavailable`] if the session store is unavailable.
    pub fn issue<C: Claims>(&self, userid: impl fmt::Display, claims: C) -> Issuing<'_, C> {
        Issuing::new(self, NewLogin::new(userid.to_string(), claims))
    }

    /// Issues tokens outside of a request, with the refresh nonce of the user. It replaces [`issue`](Self::issue) in an
    /// application with a [refresh nonce handler](crate::JwtAuthFairing::refresh_nonce_handler), because the handler
    /// can only be called within a request.
    ///
    /// The nonce must be the one that the handler returns for this user. Otherwise the tokens can't be refreshed.
    /// Without `allow_refresh`, tokens have no nonce.
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
    /// The errors of [`issue`](Self::issue), except [`AuthError::NonceNeedsRequest`].
    pub fn issue_with_nonce<C: Claims>(
        &self,
        userid: impl fmt::Display,
        claims: C,
        nonce: impl Into<String>,
    ) -> Issuing<'_, C> {
        let nonce = Some(nonce.into());
        Issuing::new(self, NewLogin { nonce, ..NewLogin::new(userid.to_string(), claims) })
    }

    /// Checks what can be checked of a login before its tokens are issued.
    pub(crate) fn check_login<C>(&self, login: &NewLogin<C>) -> Result<(), AuthError> {
        login.fault.clone().map_or(Ok(()), |fault| Err(AuthError::Claims(fault)))?;
        self.userid_types().check(&login.userid)
    }

    /// Issues the tokens of a user who has just logged in. With sessions, it starts one. `client` is the `User-Agent`.
    pub(crate) async fn login<C: Claims>(&self, login: &NewLogin<C>, client: &str) -> Result<Tokens, AuthError> {
        let ring = self.keys();
        let minter = self.minter(&ring);
        match self.session_manager() {
            None => minter.mint(&login.login(), &login.claims).await,
            Some(sessions) => begin_session(&minter, sessions, login, client).await,
        }
    }

    /// The same as [`login`](Self::login), if there is nothing to wait for: no session store and no slow signature.
    /// Otherwise `None`.
    pub(crate) fn login_at_once<C: Claims>(&self, login: &NewLogin<C>) -> Option<Result<Tokens, AuthError>> {
        if self.session_manager().is_some() {
            return None;
        }
        self.mint_at_once(&login.login(), &login.claims)
    }

    /// Issues the access token of a login.
    pub(crate) async fn mint<C: Claims>(&self, login: &Login<'_>, claims: &C) -> Result<Tokens, AuthError> {
        let ring = self.keys();
        self.minter(&ring).mint(login, claims).await
    }

    /// The same as [`mint`](Self::mint), or `None` if the signature is slow.
    pub(crate) fn mint_at_once<C: Claims>(&self, login: &Login<'_>, claims: &C) -> Option<Result<Tokens, AuthError>> {
        let in_use = self.inner.rotation.in_use();
        let minter = self.minter(&in_use.ring);
        (!minter.signs_slowly()).then(|| minter.mint_at_once(login, claims))
    }

    fn minter<'m>(&'m self, ring: &'m Arc<KeyRing>) -> Minter<'m> {
        let Config { auth_header_prefix, cookies, .. } = self.config();
        let max_cookie = cookies.as_ref().map(CookiesConfig::max_token_len);
        Minter { ring, policy: self.policy(), token_type: auth_header_prefix, max_cookie, now: self.now() }
    }

    /// The verifier of access tokens.
    pub(crate) fn verifier(&self) -> Verifier<'_, Rotation> {
        let Inner { rotation, policy, clock, session_manager, issuers, .. } = &*self.inner;
        Verifier { keys: &**rotation, policy, issuers, sessions: session_manager.as_ref(), clock }
    }

    pub(crate) fn of<'r>(request: &'r Request<'_>) -> Option<&'r JwtAuth> {
        request.rocket().state()
    }

    /// The user ids that the mounted refresh endpoints accept.
    pub(crate) fn userid_types(&self) -> &UserIdTypes {
        &self.inner.userid_types
    }

    /// What the settings `permissions` of the issuers grant.
    pub(crate) fn grants(&self) -> &[Grant] {
        &self.inner.grants
    }

    /// The permissions that the guards of the application, or its fairing, declare.
    pub(crate) fn declared(&self) -> &DeclaredNames {
        &self.inner.declared
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

    /// The handler that returns the nonce of a token, if tokens have one.
    pub(crate) fn nonce_handler(&self) -> Option<RefreshNonceHandler> {
        self.inner.nonce_handler.filter(|_| self.policy().allow_refresh)
    }

    /// The keys that change while the application runs.
    pub(crate) fn rotation(&self) -> &Arc<Rotation> {
        &self.inner.rotation
    }

    /// The session manager. `None` without sessions.
    pub(crate) fn session_manager(&self) -> Option<&Arc<SessionManager>> {
        self.inner.session_manager.as_ref()
    }

    /// The trusted issuers.
    pub(crate) fn issuers(&self) -> &Arc<Issuers> {
        &self.inner.issuers
    }
}

impl<C: Claims> IssueTokens<C> for JwtAuth {
    fn start(&self, login: NewLogin<C>) -> Progress<'_, AuthError> {
        if login.nonce.is_none() && self.nonce_handler().is_some() {
            return Progress::done(Err(not_issued(AuthError::NonceNeedsRequest)));
        }
        if let Err(error) = self.check_login(&login) {
            return Progress::done(Err(not_issued(error)));
        }
        match self.login_at_once(&login) {
            Some(tokens) => Progress::done(tokens),
            None => Progress::waiting(async move { self.login(&login, "").await }),
        }
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

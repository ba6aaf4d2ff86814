mod cookie_check;
mod resource_metadata;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use figment::Figment;
use rocket::fairing::{self, Fairing, Info, Kind};
use rocket::request::Request;
use rocket::response::Response;
use rocket::{Build, Orbit, Rocket};

use crate::clock::Clock;
use crate::config::{Checked, Config, ConfigError, Where, session_settings};
use crate::issue::{RefreshNonceHandler, UserIdTypes};
use crate::issuers::{self, Issuers};
use crate::jwtauth::{Inner, JwtAuth};
use crate::permissions::{DeclaredNames, Permissions};
use crate::refresh::Endpoints;
use crate::responses::{OpenRouteWarnings, challenge, cookies};
use crate::rotation::{self, KeySource, Rotation};
use crate::session;
use crate::session::{SessionEvents, SessionManager, SessionStore};

/// The fairing, from [`JwtAuth::fairing()`]. At ignition it
///
/// 1. reads the settings below `jwtauth` in Rocket's figment, and checks all of them;
/// 2. loads the keys, and checks that each private key matches its public key;
/// 3. with sessions, opens the session store;
/// 4. mounts the route of the public keys, if `jwks_path` is set, and that of the metadata of the protected resource
///    (RFC 9728), if `resource` is set;
/// 5. puts a [`JwtAuth`] into the managed state. If there are faults, it logs all of them and stops the launch instead.
///
/// It adds the challenge of RFC 6750 §3 to the response if a guard of this crate refused the request, and `Retry-After`
/// if the session store, the keys of an issuer or the refresh nonce handler were unavailable. With
/// [cookies](crate::guide::browsers), it sets and removes them. It does not change other responses.
///
/// It logs one line for each refused request at the level `warn`, which Rocket's log level `critical` shows. The line
/// contains the method, the route, the [reason](crate::AuthError::reason), the key if it is configured, and the user if
/// the signature is valid. Rocket itself logs a line for the guard that failed.
///
/// If the fairing is attached twice, the last one is used.
///
/// ```no_run
/// use jwtauth::JwtAuth;
///
/// #[rocket::launch]
/// fn rocket() -> _ {
///     rocket::build().attach(JwtAuth::fairing())
/// }
/// ```
#[derive(Clone, Default)]
#[must_use = "a fairing does nothing before it is attached"]
pub struct JwtAuthFairing {
    clock: Clock,
    nonce_handler: Option<RefreshNonceHandler>,
    store: Option<Arc<dyn SessionStore>>,
    events: Option<Arc<dyn SessionEvents>>,
    /// The names of the permissions of the enums that the application states.
    permissions: Vec<&'static str>,
    /// Whether there are cookies, so that responses without need no look at the settings.
    has_cookies: Arc<AtomicBool>,
    /// The setting `warn_open_routes`.
    warns_open_routes: Arc<AtomicBool>,
    open_routes: Arc<OpenRouteWarnings>,
}

impl JwtAuth {
    /// Creates the fairing that reads the settings and puts a `JwtAuth` into the managed state.
    pub fn fairing() -> JwtAuthFairing {
        JwtAuthFairing::default()
    }

    /// Reads the settings below `jwtauth` in a figment, for a program without a Rocket, such as a command line tool
    /// that issues tokens. It uses the system clock, no refresh nonce handler, and the session store of the settings.
    /// There is no background task. To remove old sessions, call [`purge_sessions`](Self::purge_sessions), or run a
    /// Rocket with the same store.
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
    /// All faults of the settings at once, or a session store in the settings that is unavailable.
    pub async fn from_figment(figment: &Figment) -> Result<Self, ConfigError> {
        JwtAuthFairing::default().ready(figment).await
    }
}

impl JwtAuthFairing {
    /// Sets the handler that returns the refresh nonces of the users: a function with the attribute
    /// [`#[refresh_nonce_handler]`](macro@crate::refresh_nonce_handler).
    ///
    /// The handler is called when a token is issued. Its result becomes the `nonce` claim of the token. It is called
    /// again when the token is refreshed. If the nonce is then different, the token can't be refreshed. To stop the
    /// refreshing of all tokens of a user, change the nonce of the user. The handler is only called while
    /// `allow_refresh` is on.
    ///
    /// With [sessions](crate::guide::sessions), tokens do not contain the nonce. The session stores a keyed digest of
    /// it when it starts. If the nonce is different when the session is refreshed, the session ends. A session that
    /// started without a handler can't be refreshed after a handler is added.
    pub fn refresh_nonce_handler(mut self, handler: fn() -> RefreshNonceHandler) -> Self {
        self.nonce_handler = Some(handler());
        self
    }

    /// Keeps sessions in this store of the application, and turns [sessions](crate::guide::sessions) on. The table
    /// `[<profile>.jwtauth.sessions]` is then optional, and must not have a `url`.
    ///
    /// A store may need a value that another fairing creates, such as a connection pool. Create the store after that
    /// fairing, and attach this fairing at ignition:
    ///
    /// ```
    /// use jwtauth::{JwtAuth, MemoryStore};
    /// use rocket::fairing::AdHoc;
    ///
    /// # struct Db;
    /// # fn store(_: &Db) -> MemoryStore { MemoryStore::new() }
    /// let rocket = rocket::build()
    ///     .attach(AdHoc::on_ignite("db", |rocket| async { rocket.manage(Db) }))
    ///     .attach(AdHoc::on_ignite("sessions", |rocket| async {
    ///         let store = rocket.state::<Db>().map(store).expect("its fairing comes first");
    ///         rocket.attach(JwtAuth::fairing().session_store(store))
    ///     }));
    /// ```
    pub fn session_store(mut self, store: impl SessionStore) -> Self {
        self.store = Some(Arc::new(store));
        self
    }

    /// Sends the events of sessions to this listener. It replaces the default listener, which logs reuse.
    pub fn session_events(mut self, events: impl SessionEvents) -> Self {
        self.events = Some(Arc::new(events));
        self
    }

    /// Names an enum of [permissions](crate::guide::permissions) of the application. Call it once for each enum that no
    /// guard of a route names: one that only guards before [mounts](crate::guarded), guards of your own or checks by
    /// hand use.
    ///
    /// Then the metadata of the [protected resource](crate::guide::protected_resource#the-metadata) lists the
    /// permissions from the launch on, and the launch knows all permissions when it checks those that the settings of
    /// [trusted issuers](crate::guide::issuers#permissions) grant. It changes nothing else.
    ///
    /// ```
    /// use jwtauth::{Identity, JwtAuth, Permissions, guarded};
    /// use rocket::fs::FileServer;
    ///
    /// #[derive(Permissions)]
    /// enum Permission {
    ///     #[permission("admin")]
    ///     Admin,
    /// }
    ///
    /// # fn build(reports: std::path::PathBuf) -> rocket::Rocket<rocket::Build> {
    /// rocket::build()
    ///     .attach(JwtAuth::fairing().permissions::<Permission>())
    ///     .mount("/reports", guarded::<Identity<(), permission::Admin>>(FileServer::from(reports)))
    /// # }
    /// ```
    pub fn permissions<P: Permissions>(mut self) -> Self {
        self.permissions.extend(P::NAMES);
        self
    }

    /// Sets the clock, for tests.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    async fn ready(&self, figment: &Figment) -> Result<JwtAuth, ConfigError> {
        let mut checked = Config::check(figment, self.store.is_some(), self.clock.now())?;
        let session_manager = self.session_manager(&checked).await?;
        let issuers = checked.issuers.launch(&self.clock).await?;
        let jwtauth = assemble(checked, self.clock.clone(), self.nonce_handler, session_manager, issuers);
        jwtauth.declared().state(&self.permissions);
        Ok(jwtauth)
    }

    async fn session_manager(&self, checked: &Checked) -> Result<Option<Arc<SessionManager>>, ConfigError> {
        let (Some(chosen), Some(settings)) = (&checked.sessions, session_settings(&checked.config)) else {
            return Ok(None);
        };
        let store = match (&chosen.place, &self.store) {
            (Where::Url { url, .. }, _) => url.open().await.map_err(|error| chosen.place.unusable(&error))?,
            (Where::Given, Some(store)) => Arc::clone(store),
            (Where::Given, None) => return Ok(None),
        };
        let events = self.events.clone().unwrap_or_else(|| Arc::new(()));
        let secret = chosen.seed.as_ref();
        Ok(Some(Arc::new(SessionManager::new(store, events, secret, &checked.keys, settings))))
    }
}

#[rocket::async_trait]
impl Fairing for JwtAuthFairing {
    fn info(&self) -> Info {
        Info { name: "jwtauth", kind: Kind::Ignite | Kind::Liftoff | Kind::Response | Kind::Singleton }
    }

    async fn on_ignite(&self, rocket: Rocket<Build>) -> fairing::Result {
        match self.ready(rocket.figment()).await {
            Ok(jwtauth) => {
                let path = jwtauth.config().jwks_path.as_deref();
                let publish = path.map(|path| rotation::route(path, jwtauth.rotation()));
                let mut rocket = rocket.mount("/", Vec::from_iter(publish)).manage(Endpoints::default());
                self.warns_open_routes.store(jwtauth.config().warn_open_routes, Ordering::Release);
                if jwtauth.config().cookies.is_some() {
                    self.has_cookies.store(true, Ordering::Release);
                    rocket = rocket.mount("/", cookie_check::route());
                }
                if let Some(resource) = &jwtauth.config().resource {
                    rocket = rocket.mount("/", resource_metadata::routes(resource.metadata_path()));
                }
                Ok(rocket.manage(jwtauth))
            }
            Err(error) => {
                for line in error.to_string().lines() {
                    rocket::error!("{line}");
                }
                Err(rocket)
            }
        }
    }

    async fn on_liftoff(&self, rocket: &Rocket<Orbit>) {
        if let Some(jwtauth) = rocket.state::<JwtAuth>() {
            // The sentinels have run.
            for doubt in jwtauth.grants().iter().filter_map(|grant| grant.doubt(jwtauth.declared())) {
                rocket::warn!("jwtauth: {doubt}");
            }
            if let Some(sessions) = jwtauth.session_manager() {
                session::purge_hourly(sessions, jwtauth.clock().clone(), rocket.shutdown());
            }
            rotation::watch(jwtauth.rotation(), rocket.config(), rocket.shutdown());
            issuers::keep_fresh(jwtauth.issuers(), rocket.shutdown());
        }
    }

    async fn on_response<'r>(&self, request: &'r Request<'_>, response: &mut Response<'r>) {
        challenge::complete(request, response);
        if self.warns_open_routes.load(Ordering::Acquire) {
            self.open_routes.check(request, response.status());
        }
        if self.has_cookies.load(Ordering::Acquire) {
            cookies::complete(request, response);
        }
    }
}

/// Builds a `JwtAuth` from the checked settings, the session manager and the issuers.
pub(crate) fn assemble(
    checked: Checked,
    clock: Clock,
    nonce_handler: Option<RefreshNonceHandler>,
    session_manager: Option<Arc<SessionManager>>,
    issuers: Issuers,
) -> JwtAuth {
    let Checked { config, policy, keys, key_settings, files, issuers: chosen, warnings, .. } = checked;
    for warning in warnings {
        rocket::warn!("jwtauth: {warning}");
    }
    let config = Arc::new(config);
    let source = KeySource::new(key_settings, files);
    let issuers = Arc::new(issuers);
    let sessions = session_manager.clone();
    let rotation = Rotation::new(keys, source, Arc::clone(&config), clock.clone(), sessions, Arc::clone(&issuers));
    let (userid_types, declared) = (UserIdTypes::default(), DeclaredNames::default());
    JwtAuth::new(Inner {
        config,
        rotation,
        policy,
        clock,
        nonce_handler,
        session_manager,
        userid_types,
        declared,
        grants: chosen.grants(),
        issuers,
    })
}

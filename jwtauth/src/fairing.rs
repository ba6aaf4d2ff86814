use std::fmt::Write;
use std::sync::Arc;

use figment::Figment;
use rocket::fairing::{self, Fairing, Info, Kind};
use rocket::http::{Header, Status};
use rocket::request::Request;
use rocket::response::Response;
use rocket::{Build, Orbit, Rocket};

use crate::clock::Clock;
use crate::config::Config;
use crate::config::{Checked, ConfigError, Where, session_settings};
use crate::error::AuthError;
#[cfg(feature = "issuers")]
use crate::issuers;
use crate::jwtauth::JwtAuth;
use crate::refresh::RefreshNonceHandler;
use crate::request::state::RequestState;
use crate::responses::refusal;
use crate::rotation::{jwks, reload};
use crate::session;
use crate::session::{SessionEvents, SessionManager, SessionStore};

/// The fairing, from [`JwtAuth::fairing()`]. At ignition it
///
/// 1. reads the settings below `jwtauth` in Rocket's figment, and checks all of them;
/// 2. prepares the keys, and proves that a private key and its public key are a pair;
/// 3. with sessions, opens their store;
/// 4. mounts the route of the public keys, if `jwks_path` asks for it;
/// 5. puts a [`JwtAuth`] into the managed state, or, if there is any fault, logs all faults and stops the
///    launch.
///
/// To responses it adds the challenge of RFC 6750 §3 if a guard of this crate refused the request, and
/// `Retry-After` if something was away that would have had to be asked. Others it leaves as they are.
///
/// For each request that is refused it logs one line at the level `warn`, which Rocket's log level `critical` shows: the
/// method, the route, the [reason](crate::AuthError::reason), the key if it is a configured one, and the user once the
/// signature is verified. Rocket itself logs a line for the guard that failed.
///
/// Attached twice, only the last one counts.
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
}

/// What a client should wait, in seconds, before it asks again for what was away.
pub(crate) const RETRY_AFTER: &str = "5";

impl JwtAuthFairing {
    /// Says where the refresh nonces of the users come from: a function under
    /// [`#[refresh_nonce_handler]`](macro@crate::refresh_nonce_handler).
    ///
    /// It is asked when a token is issued, whose `nonce` claim then is what it says, and again when that
    /// token is refreshed: if it says something else by then, the token can't be refreshed any more. So a
    /// new nonce for a user ends what all of their tokens can be refreshed to. Only asked while
    /// `allow_refresh` is on.
    ///
    /// With [sessions](crate::guide::sessions) no token has the nonce; a keyed digest of it is kept in the session, when it
    /// begins. If the handler says something else when the session is refreshed, the session ends. One that began
    /// when there was no handler can't be refreshed once there is.
    pub fn refresh_nonce_handler(mut self, handler: RefreshNonceHandler) -> Self {
        self.nonce_handler = Some(handler);
        self
    }

    /// Keeps sessions in this store, one of the application's own, and turns [sessions](crate::guide::sessions) on: the
    /// table `[<profile>.jwtauth.sessions]` need not be there then, and must not have a `url`.
    ///
    /// A store that needs what another fairing has made, a pool of connections say, is made after that, and
    /// attached with its fairing at ignition:
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
    ///         rocket.attach(JwtAuth::fairing().sessions(store))
    ///     }));
    /// ```
    pub fn sessions(mut self, store: impl SessionStore) -> Self {
        self.store = Some(Arc::new(store));
        self
    }

    /// Tells this listener what happens to sessions, in place of the one that writes reuse to the log.
    pub fn session_events(mut self, events: impl SessionEvents) -> Self {
        self.events = Some(Arc::new(events));
        self
    }

    /// Takes the time from this clock: for tests.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// What the settings make of all that was given.
    pub(crate) async fn ready(&self, figment: &Figment) -> Result<JwtAuth, ConfigError> {
        let checked = Config::check(figment, self.store.is_some(), self.clock.now())?;
        let keeper = self.keeper(&checked).await?;
        #[cfg(feature = "issuers")]
        let mut checked = checked;
        #[cfg(feature = "issuers")]
        let issuers = checked.issuers.launch(&self.clock).await?;
        Ok(JwtAuth::new(
            checked,
            self.clock.clone(),
            self.nonce_handler,
            keeper,
            #[cfg(feature = "issuers")]
            issuers,
        ))
    }

    async fn keeper(&self, checked: &Checked) -> Result<Option<Arc<SessionManager>>, ConfigError> {
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
                let publish = jwtauth.config().jwks_path.as_deref().map(jwks::route);
                Ok(rocket.mount("/", Vec::from_iter(publish)).manage(jwtauth))
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
            if let Some(sessions) = jwtauth.keeper() {
                session::purge_hourly(sessions, jwtauth.clock().clone(), rocket.shutdown());
            }
            reload::on_change(jwtauth, rocket.config(), rocket.shutdown());
            #[cfg(feature = "issuers")]
            issuers::refresh_in_time(jwtauth, rocket.shutdown());
        }
    }

    async fn on_response<'r>(&self, request: &'r Request<'_>, response: &mut Response<'r>) {
        // Only these can be ours; all other responses pass without a look at the request.
        let status = response.status();
        if !matches!(status.code, 400 | 401 | 403 | 500 | 503) {
            return;
        }
        refusal::log(request, status);
        if matches!(status.code, 403 | 500) {
            return;
        }
        let Some(error) = RequestState::of(request).error_with(status) else {
            return;
        };
        if status == Status::ServiceUnavailable {
            if !response.headers().contains("Retry-After") {
                response.set_header(Header::new("Retry-After", RETRY_AFTER));
            }
        } else if let Some(jwtauth) = JwtAuth::of(request)
            && !response.headers().contains("WWW-Authenticate")
        {
            response.set_header(Header::new("WWW-Authenticate", challenge(jwtauth.config(), error)));
        }
    }
}

/// The challenge of RFC 6750 §3. All texts in it are ours but the realm.
fn challenge(config: &Config, error: &AuthError) -> String {
    let mut challenge = config.auth_header_prefix.clone();
    let mut separator = " ";
    let mut add = |name: &str, value: &str| {
        let value = value.replace('\\', "\\\\").replace('"', "\\\"");
        // Writing to a string does not fail.
        let _ = write!(challenge, "{separator}{name}=\"{value}\"");
        separator = ", ";
    };
    if let Some(realm) = &config.realm {
        add("realm", realm);
    }
    if let Some(code) = error.code() {
        add("error", code);
        add("error_description", &error.to_string());
    }
    challenge
}

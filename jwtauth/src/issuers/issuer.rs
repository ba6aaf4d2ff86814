//! A trusted issuer at run time: which keys check a token, and when they are fetched.

use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use rocket::tokio::runtime::Handle;
use rocket::tokio::sync::watch;
use rocket::tokio::time::timeout;

use super::fetch_error::FetchError;
use super::fetcher::Fetcher;
use super::fixed::FixedKeys;
use super::issuer_keys::IssuerKeys;
use super::key_source::Fetched;
use super::settings::{IssuerSettings, TokenType};
use super::status::{FetchedKeys, Next, Status};
use crate::algorithm::Algorithm;
use crate::claims::issuer::IssuerRules;
use crate::claims::policy::Policy;
use crate::clock::Clock;
use crate::error::{AuthError, Facts, TokenError};
use crate::jws::{Buffer, Header};

/// A trusted issuer, and its keys if they were fetched.
pub(super) struct Issuer {
    settings: IssuerSettings,
    clock: Clock,
    fetcher: Fetcher,
    /// The keys that are not fetched.
    fixed: ArcSwap<FixedKeys>,
    /// Replaced only while `flight` is locked. Requests only read it.
    status: ArcSwap<Status>,
    /// The fetch in progress. Its end closes the channel. Locked to start a fetch or to wait for one.
    flight: Mutex<Option<watch::Receiver<()>>>,
}

impl Issuer {
    pub(super) fn new(mut settings: IssuerSettings, clock: Clock, fetcher: Fetcher) -> Arc<Self> {
        let (keys, fixed) = (std::mem::take(&mut settings.fixed), ArcSwap::default());
        let (status, flight) = (ArcSwap::default(), Mutex::new(None));
        let issuer = Issuer { settings, clock, fetcher, fixed, status, flight };
        issuer.roll(keys);
        Arc::new(issuer)
    }

    /// Replaces the keys that are not fetched.
    pub(super) fn roll(&self, keys: FixedKeys) {
        let keys = keys.replacing(&self.fixed.load(), self.name());
        self.fixed.store(Arc::new(keys));
    }

    /// The value of `iss` in its tokens.
    pub(super) fn name(&self) -> &str {
        self.settings.policy.issuer.as_deref().unwrap_or_default()
    }

    pub(super) fn rules(&self) -> Option<&IssuerRules> {
        self.settings.policy.of_issuer.as_ref()
    }

    pub(super) fn policy(&self) -> &Arc<Policy> {
        &self.settings.policy
    }

    /// Reads the algorithm and the `kid` from the header of a token. Fails if the issuer's tokens may not have this
    /// header.
    pub(super) fn accept(&self, header: &[u8]) -> Result<(Algorithm, Option<Box<str>>), TokenError> {
        let mut buffer = Buffer::new();
        let header = Header::parse(buffer.decode(header)?)?;
        let algorithm = Algorithm::of_issuer(&header.alg);
        let algorithm = algorithm.filter(|algorithm| self.settings.algorithms.contains(algorithm));
        let algorithm = algorithm.ok_or(TokenError::Algorithm)?;
        let typ = if header.is_access_token { TokenType::AccessToken } else { TokenType::Jwt };
        if self.settings.typ.is_some_and(|wanted| wanted != typ) {
            return Err(TokenError::Type);
        }
        Ok((algorithm, header.kid.as_deref().map(Box::from)))
    }

    /// The error for a token whose header breaks a rule of the settings. The facts contain nothing of the token.
    #[cold]
    pub(super) fn unacceptable(&self, error: TokenError) -> AuthError {
        let facts = match error {
            TokenError::Algorithm => format!("the setting `algorithms` has {}", self.algorithms()),
            TokenError::Type => match self.settings.typ {
                Some(TokenType::AccessToken) => "the setting `typ` is `at+jwt`".to_owned(),
                Some(TokenType::Jwt) => "the setting `typ` is `JWT`".to_owned(),
                None => return error.into(),
            },
            _ => return error.into(),
        };
        AuthError::InvalidToken { error, facts: Facts::new(Some(self.name()), facts) }
    }

    /// The error for a token whose signature these keys did not make. The sender can write anything into such a token,
    /// so the facts contain nothing of it.
    #[cold]
    pub(super) fn unverified(&self, error: TokenError, keys: &IssuerKeys) -> AuthError {
        match keys.facts(error) {
            Some(facts) => AuthError::InvalidToken { error, facts: Facts::new(Some(self.name()), facts) },
            None => error.into(),
        }
    }

    /// The keys to check a token with this algorithm and `kid`. They are fetched if necessary.
    ///
    /// # Errors
    ///
    /// [`AuthError::Unavailable`] if the keys can't be fetched, so that the token can't be checked.
    pub(super) async fn keys(
        self: &Arc<Self>,
        algorithm: Algorithm,
        kid: Option<&str>,
    ) -> Result<IssuerKeys, AuthError> {
        if let Some(keys) = self.fixed.load().of(algorithm) {
            return Ok(keys);
        }
        let retain = self.settings.retain;
        let flight = {
            let status = self.status.load();
            match status.next(algorithm, kid, retain, self.clock.now()) {
                Next::Use(set) => return Ok(IssuerKeys::Published(set)),
                Next::UseAndFetch(set) => {
                    drop(self.fetch(&status));
                    return Ok(IssuerKeys::Published(set));
                }
                Next::Refuse => return Err(AuthError::Unavailable),
                Next::Fetch => self.fetch(&status),
            }
        };
        if let Some(mut flight) = flight {
            // Nothing is ever sent. An error means that the fetch has ended.
            let _ = flight.changed().await;
        }
        let settled = self.status.load().settled(algorithm, kid, retain, self.clock.now());
        settled.map(IssuerKeys::Published).ok_or(AuthError::Unavailable)
    }

    /// Fetches the keys at launch if the issuer is `eager`.
    pub(super) async fn launch(self: &Arc<Self>) -> Result<(), FetchError> {
        if !self.settings.eager || !self.settings.source.is_fetched() {
            return Ok(());
        }
        if Handle::try_current().is_err() {
            return Err(FetchError::new(
                "has keys that can't be fetched outside of a Tokio runtime",
                "launch within one, as `#[launch]` and `#[rocket::main]` do",
            ));
        }
        let fetched = self.fetch_now().await.map_err(|error| error.of("has keys that can't be fetched"))?;
        if fetched.set.is_empty() {
            return Err(FetchError::new(
                format!("publishes no key for its algorithms ({})", self.algorithms()),
                "check that `algorithms` has those that the issuer signs with",
            ));
        }
        let _flight = self.flight.lock().unwrap_or_else(PoisonError::into_inner);
        self.record(Ok(fetched));
        Ok(())
    }

    /// Fetches the keys again if they are due. Returns the seconds until they are due.
    pub(super) fn fetch_due(self: &Arc<Self>) -> Option<u64> {
        let status = self.status.load();
        let due_in = status.due_in(self.settings.retain, self.clock.now());
        if due_in == Some(0) {
            drop(self.fetch(&status));
        }
        due_in
    }

    /// Starts a fetch of the keys because of the status `seen`, unless one is in progress. Returns a receiver whose
    /// channel closes when the fetch ends. The fetch continues even if the requests that wait for it are cancelled.
    ///
    /// Returns `None` if another fetch has ended meanwhile, or outside of a runtime, where nothing can be fetched.
    fn fetch(self: &Arc<Self>, seen: &Arc<Status>) -> Option<watch::Receiver<()>> {
        let runtime = Handle::try_current().ok()?;
        let mut flight = self.flight.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(flight) = &*flight {
            return Some(flight.clone());
        }
        if !Arc::ptr_eq(seen, &self.status.load()) {
            return None;
        }
        let (sender, receiver) = watch::channel(());
        *flight = Some(receiver.clone());
        let status = Status { tried: Some(self.clock.now()), is_fetching: true, ..Status::clone(&self.status.load()) };
        self.status.store(Arc::new(status));
        drop(flight);
        let given_up = Err(FetchError::new("the application was shutting down", "nothing is to be done"));
        let mut landing = Landing { issuer: Arc::clone(self), outcome: given_up, _sender: sender };
        runtime.spawn(async move {
            landing.outcome = landing.issuer.fetch_now().await;
            drop(landing);
        });
        Some(receiver)
    }

    async fn fetch_now(&self) -> Result<Fetched, FetchError> {
        let fetch = self.settings.source.fetch(&self.fetcher, &self.settings.algorithms);
        let fetched = match timeout(self.fetcher.timeout(), fetch).await {
            Ok(fetched) => fetched,
            Err(_) => Err(FetchError::late(self.fetcher.timeout())),
        }?;
        fetched.set.skipped().log(self.name());
        Ok(fetched)
    }

    /// The names of the algorithms that its keys may be used with.
    fn algorithms(&self) -> String {
        let names: Vec<&str> = self.settings.algorithms.iter().map(|algorithm| algorithm.name()).collect();
        names.join(", ")
    }

    /// Records the outcome of a fetch. The caller has locked `flight`.
    fn record(&self, outcome: Result<Fetched, FetchError>) {
        let (now, before, name) = (self.clock.now(), self.status.load(), self.name());
        let status = match outcome {
            Ok(Fetched { set, max_age }) => {
                if before.failed.is_some() {
                    rocket::info!("jwtauth: the keys of the issuer {name} can be fetched again");
                }
                // If the keys are the same, the cache of verified tokens is kept.
                let set = match before.known.as_ref().filter(|known| known.set.is_same_as(&set)) {
                    Some(known) => Arc::clone(&known.set),
                    None => {
                        // Logged once, not at each attempt.
                        if set.is_empty() {
                            let algorithms = self.algorithms();
                            rocket::warn!(
                                "jwtauth: the issuer {name} publishes no key for its algorithms ({algorithms}), and all of \
                                 its tokens are refused; check `algorithms` and `jwks_uri` of this issuer"
                            );
                        }
                        Arc::new(set.remembering(self.settings.verified_cache))
                    }
                };
                let known = Some(FetchedKeys::new(set, max_age, now));
                Status { known, tried: before.tried, failed: None, is_fetching: false }
            }
            Err(error) => {
                // Logged once, not at each attempt.
                if before.failed.is_none() {
                    rocket::error!("jwtauth: the keys of the issuer {name} can't be fetched: {error}");
                }
                let known = before.known.clone();
                Status { known, tried: before.tried, failed: Some(now), is_fetching: false }
            }
        };
        self.status.store(Arc::new(status));
    }
}

/// Records the outcome when a fetch ends, even after a panic. The sender is dropped last and wakes the waiting
/// requests.
struct Landing {
    issuer: Arc<Issuer>,
    outcome: Result<Fetched, FetchError>,
    _sender: watch::Sender<()>,
}

impl Drop for Landing {
    fn drop(&mut self) {
        let given_up = Err(FetchError::new("it was recorded already", "nothing is to be done"));
        let outcome = std::mem::replace(&mut self.outcome, given_up);
        let mut flight = self.issuer.flight.lock().unwrap_or_else(PoisonError::into_inner);
        self.issuer.record(outcome);
        *flight = None;
    }
}

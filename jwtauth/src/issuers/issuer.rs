use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use rocket::tokio::runtime::Handle;
use rocket::tokio::sync::watch;
use rocket::tokio::time::timeout;

use super::fetch::{FetchError, Fetcher};
use super::set::KeySet;
use super::settings::{IssuerSettings, TokenType};
use super::source::Fetched;
use super::status::{FetchedKeys, Next, Status};
use crate::algorithm::Algorithm;
use crate::claims::policy::Policy;
use crate::clock::Clock;
use crate::error::{AuthError, TokenError};
use crate::jws::{Buffer, Header};

/// How long it may take to fetch the keys of an issuer, discovery included.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// A trusted issuer, and its keys as far as they are known.
pub(super) struct Issuer {
    settings: IssuerSettings,
    clock: Clock,
    fetcher: Fetcher,
    /// Only replaced by who holds `flight`; requests only read it.
    status: ArcSwap<Status>,
    /// The fetch that is on its way, whose end closes the channel. Taken by those who start one or wait for one.
    flight: Mutex<Option<watch::Receiver<()>>>,
}

impl Issuer {
    pub(super) fn new(settings: IssuerSettings, clock: Clock, fetcher: Fetcher) -> Arc<Self> {
        Arc::new(Issuer { settings, clock, fetcher, status: ArcSwap::default(), flight: Mutex::new(None) })
    }

    /// The value of `iss` in its tokens.
    pub(super) fn name(&self) -> &str {
        self.settings.policy.issuer.as_deref().unwrap_or_default()
    }

    pub(super) fn policy(&self) -> &Arc<Policy> {
        &self.settings.policy
    }

    /// The algorithm and the key that the header of a token names, if it is one that the issuer's tokens may have.
    pub(super) fn accept(&self, header: &[u8]) -> Result<(Algorithm, Option<Box<str>>), TokenError> {
        let mut buffer = Buffer::new();
        let header = Header::parse(buffer.decode(header)?)?;
        let algorithm = header.alg.parse().ok().filter(|algorithm| self.settings.algorithms.contains(algorithm));
        let algorithm = algorithm.ok_or(TokenError::Algorithm)?;
        let typ = if header.is_access_token { TokenType::AccessToken } else { TokenType::Jwt };
        if self.settings.typ.is_some_and(|wanted| wanted != typ) {
            return Err(TokenError::Type);
        }
        Ok((algorithm, header.kid.as_deref().map(Box::from)))
    }

    /// The keys to check a token with that names this algorithm and this key. They are fetched if need be.
    ///
    /// # Errors
    ///
    /// [`AuthError::Unavailable`] if they can't be had, and whether the token is good can't be said.
    pub(super) async fn keys(
        self: &Arc<Self>,
        algorithm: Algorithm,
        kid: Option<&str>,
    ) -> Result<Arc<KeySet>, AuthError> {
        let retain = self.settings.retain;
        let flight = {
            let status = self.status.load();
            match status.next(algorithm, kid, retain, self.clock.now()) {
                Next::Use(set) => return Ok(set),
                Next::UseAndFetch(set) => {
                    drop(self.fetch(&status));
                    return Ok(set);
                }
                Next::Refuse => return Err(AuthError::Unavailable),
                Next::Fetch => self.fetch(&status),
            }
        };
        if let Some(mut flight) = flight {
            // Nothing is ever sent: an error is the end.
            let _ = flight.changed().await;
        }
        let settled = self.status.load().settled(algorithm, kid, retain, self.clock.now());
        settled.ok_or(AuthError::Unavailable)
    }

    /// At a launch: fetches the keys if the settings say that the issuer must be there by then.
    pub(super) async fn launch(self: &Arc<Self>) -> Result<(), FetchError> {
        if !self.settings.eager {
            return Ok(());
        }
        if Handle::try_current().is_err() {
            return Err(FetchError::new(
                "can't be asked for its keys outside of a Tokio runtime",
                "launch within one, as `#[launch]` and `#[rocket::main]` do",
            ));
        }
        let fetched = self.fetch_now().await.map_err(|error| error.of("can't be asked for its keys"))?;
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

    /// Has the keys fetched because of what was `seen`, unless they are already; gives what ends when that does. The
    /// task goes on when those who asked for it do not.
    ///
    /// `None` if something came of another fetch meanwhile, and outside of a runtime, where there is no fetching.
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
        match timeout(PATIENCE, fetch).await {
            Ok(fetched) => fetched,
            Err(_) => Err(FetchError::late()),
        }
    }

    /// The names of the algorithms that its keys may be used with.
    fn algorithms(&self) -> String {
        let names: Vec<&str> = self.settings.algorithms.iter().map(|algorithm| algorithm.name()).collect();
        names.join(", ")
    }

    /// Takes what came of a fetch; the caller holds `flight`.
    fn record(&self, outcome: Result<Fetched, FetchError>) {
        let (now, before, name) = (self.clock.now(), self.status.load(), self.name());
        let status = match outcome {
            Ok(Fetched { set, max_age }) => {
                if before.failed.is_some() {
                    rocket::info!("jwtauth: the keys of the issuer {name} can be fetched again");
                }
                // Those that were verified with the same keys need not be verified again.
                let set = match before.known.as_ref().filter(|known| known.set.is_same_as(&set)) {
                    Some(known) => Arc::clone(&known.set),
                    None => {
                        // Once, not on each attempt.
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
                // Once, not on each attempt.
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

/// The end of a fetch, however it comes: those who wait are let go by what is dropped last.
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

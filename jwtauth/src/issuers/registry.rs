use std::collections::HashMap;
use std::sync::Arc;

use super::claimed::Claimed;
use super::fetch_error::FetchError;
use super::fetcher::Fetcher;
use super::fixed::FixedKeys;
use super::issuer::Issuer;
use super::settings::IssuerSettings;
use super::token::IssuerToken;
use super::trust;
use crate::claims::Claims;
use crate::claims::policy::Policy;
use crate::clock::Clock;
use crate::error::AuthError;
use crate::json;
use crate::jws::{Buffer, Parts};

/// All trusted issuers.
#[derive(Default)]
pub(crate) struct Issuers {
    /// By the setting `issuer`.
    by_name: HashMap<Box<str>, Arc<Issuer>>,
    /// Those with tenants.
    with_tenants: Vec<Arc<Issuer>>,
}

/// The issuer that a token claims to be from.
struct Claimant<'i, 't> {
    issuer: &'i Arc<Issuer>,
    /// The `iss` of the token, if the issuer has one for each tenant.
    tenant: Option<Box<str>>,
    parts: Parts<'t>,
}

impl Issuers {
    /// Creates the issuers, and fetches the keys of those that are `eager`. Fails with the index and the error of each
    /// issuer whose keys can't be fetched.
    pub(crate) async fn launch(settings: Vec<IssuerSettings>, clock: &Clock) -> Result<Self, Vec<(usize, FetchError)>> {
        // The certificates are read once, and only if they are needed.
        let is_secure = settings.iter().any(|issuer| issuer.source.is_secure());
        let system = is_secure.then(trust::system);
        let (mut issuers, mut missing) = (Issuers::default(), Vec::new());
        for (place, settings) in settings.into_iter().enumerate() {
            let fetcher = Fetcher::new(settings.fetching.clone(), system.clone());
            let issuer = Issuer::new(settings, clock.clone(), fetcher);
            if let Err(what) = issuer.launch().await {
                missing.push((place, what));
            }
            if issuer.rules().is_some_and(|rules| rules.name.is_template()) {
                issuers.with_tenants.push(Arc::clone(&issuer));
            }
            issuers.by_name.insert(issuer.name().into(), issuer);
        }
        if missing.is_empty() { Ok(issuers) } else { Err(missing) }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }

    /// Whether the `iss` of a token is a trusted issuer.
    pub(crate) fn is_of_one(&self, token: &[u8]) -> bool {
        self.claimed(token).is_some()
    }

    /// The rules for the issuer of a token, if it is a trusted issuer.
    pub(crate) fn policy_of(&self, token: &str) -> Option<Arc<Policy>> {
        self.claimed(token.as_bytes()).map(|claimant| Arc::clone(claimant.issuer.policy()))
    }

    /// Verifies the signature of a trusted issuer's token, unless the token is cached for this claims type. Returns
    /// `None`, without fetching keys, if the `iss` of the token is not a trusted issuer.
    ///
    /// # Errors
    ///
    /// The error of the token, or [`AuthError::Unavailable`] if the issuer's keys can't be fetched.
    pub(crate) async fn verify<C: Claims>(&self, token: &str) -> Result<Option<IssuerToken>, AuthError> {
        let Some(Claimant { issuer, tenant, parts }) = self.claimed(token.as_bytes()) else {
            return Ok(None);
        };
        let (algorithm, kid) = issuer.accept(parts.header).map_err(|error| issuer.unacceptable(error))?;
        let keys = issuer.keys(algorithm, kid.as_deref()).await?;
        let cache = keys.verified();
        if let Some(verified) = cache.and_then(|cache| cache.recall::<C>(token)) {
            return Ok(Some(IssuerToken::Remembered(verified)));
        }
        let iss = tenant.as_deref().unwrap_or(issuer.name());
        let checked = keys.check(algorithm, kid.as_deref(), iss, &parts);
        checked.map_err(|error| issuer.unverified(error, &keys))?;
        Ok(Some(IssuerToken::Verified { policy: Arc::clone(issuer.policy()), cache: cache.cloned() }))
    }

    /// Replaces the keys of these issuers that are not fetched.
    pub(crate) fn roll(&self, keys: Vec<(String, FixedKeys)>) {
        for (name, keys) in keys {
            if let Some(issuer) = self.by_name.get(&*name) {
                issuer.roll(keys);
            }
        }
    }

    /// Fetches the keys that are due again. Returns the seconds until the next keys are due, if that is known.
    pub(super) fn fetch_due(&self) -> Option<u64> {
        self.by_name.values().filter_map(Issuer::fetch_due).min()
    }

    /// The issuer in the `iss` of a token. The token is not verified yet. The name only selects the keys that verify
    /// it.
    fn claimed<'t>(&self, token: &'t [u8]) -> Option<Claimant<'_, 't>> {
        let parts = Parts::split(token).ok()?;
        let mut buffer = Buffer::new();
        let payload = str::from_utf8(buffer.decode(parts.payload).ok()?).ok()?;
        if !json::is_harmless(payload) {
            return None;
        }
        let Claimed(iss) = serde_json::from_str(payload).ok()?;
        let json::Text(iss) = iss?;
        let issuer = self.named(&iss)?;
        let has_tenants = issuer.rules().is_some_and(|rules| rules.name.is_template());
        Some(Claimant { issuer, tenant: has_tenants.then(|| iss.into()), parts })
    }

    fn named(&self, iss: &str) -> Option<&Arc<Issuer>> {
        let has_name = |issuer: &&Arc<Issuer>| issuer.rules().is_some_and(|rules| rules.name.matches(iss));
        let exact = self.by_name.get(iss).or_else(|| self.with_tenants.iter().find(has_name));
        // A token whose `iss` only differs by a slash is refused too, but only once its signature is valid. Then the
        // log can tell the difference.
        exact.or_else(|| match iss.strip_suffix('/') {
            Some(without) => self.by_name.get(without),
            None => self.by_name.get(&*format!("{iss}/")),
        })
    }
}

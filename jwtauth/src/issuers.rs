//! Issuers whose tokens are accepted beside our own: their keys, fetched and kept.

mod connect;
mod fetch;
mod global;
mod host;
#[cfg(feature = "cli")]
mod inspect;
mod issuer;
mod network;
mod refresh;
mod set;
mod source;
mod status;
#[cfg(test)]
mod tests;
mod url;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};

pub(crate) use self::fetch::FetchError;
use self::fetch::Fetcher;
#[cfg(feature = "cli")]
pub(crate) use self::inspect::inspect;
use self::issuer::Issuer;
pub(crate) use self::issuer::{Trusted, Type};
pub(crate) use self::refresh::refresh_in_time;
pub(crate) use self::source::Source;
pub(crate) use self::url::Url;
use crate::claims::Claims;
use crate::claims::policy::Policy;
use crate::clock::Clock;
use crate::error::AuthError;
use crate::json;
use crate::jws::{Buffer, Parts};
use crate::verify::foreign::Foreign;

/// All issuers that are trusted, by the value of `iss` in their tokens.
#[derive(Default)]
pub(crate) struct Issuers(HashMap<Box<str>, Arc<Issuer>>);

impl Issuers {
    /// Makes them ready, and waits for those that must be there by the launch. `Err` has, for each that is not, its
    /// place among the issuers, and what is missing.
    pub(crate) async fn launch(trusted: Vec<Trusted>, clock: &Clock) -> Result<Self, Vec<(usize, FetchError)>> {
        // The certificates are read once; not where they are not needed.
        let is_secure = trusted.iter().any(|trusted| trusted.source.is_secure());
        let fetcher = if is_secure { Fetcher::secure() } else { Fetcher::plain() };
        let (mut issuers, mut missing) = (HashMap::new(), Vec::new());
        for (place, trusted) in trusted.into_iter().enumerate() {
            let issuer = Issuer::new(trusted, clock.clone(), fetcher.clone());
            if let Err(what) = issuer.launch().await {
                missing.push((place, what));
            }
            issuers.insert(issuer.name().into(), issuer);
        }
        if missing.is_empty() { Ok(Issuers(issuers)) } else { Err(missing) }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a token says that it is of one of them.
    pub(crate) fn is_of_one(&self, token: &[u8]) -> bool {
        self.claimed(token).is_some()
    }

    /// The rules for the tokens of the issuer that a token names, if that is one of them.
    pub(crate) fn policy_of(&self, token: &str) -> Option<Arc<Policy>> {
        self.claimed(token.as_bytes()).map(|(issuer, _)| Arc::clone(issuer.policy()))
    }

    /// Checks the signature of a token that says that it is of one of them, unless it is remembered as verified for this
    /// claims type. `None` if it says nothing of the kind: then nothing has been asked of anybody.
    ///
    /// # Errors
    ///
    /// What is wrong with the token; [`AuthError::Unavailable`] if the issuer's keys can't be had.
    pub(crate) async fn verify<C: Claims>(&self, token: &str) -> Result<Option<Foreign>, AuthError> {
        let Some((issuer, parts)) = self.claimed(token.as_bytes()) else {
            return Ok(None);
        };
        let (algorithm, kid) = issuer.accept(parts.header)?;
        let set = issuer.keys(algorithm, kid.as_deref()).await?;
        if let Some(verified) = set.verified().and_then(|cache| cache.recall::<C>(token)) {
            return Ok(Some(Foreign::Remembered(verified)));
        }
        set.check(algorithm, kid.as_deref(), parts.signed, parts.signature)?;
        Ok(Some(Foreign::Verified { policy: Arc::clone(issuer.policy()), cache: set.verified().cloned() }))
    }

    /// Keeps the keys of those fresh whose time has come. In how many seconds the next is due, if one is known.
    fn refresh(&self) -> Option<u64> {
        self.0.values().filter_map(Issuer::refresh).min()
    }

    /// The issuer that a token says it is of. Nothing that it says is to be believed yet: this only chooses the keys
    /// that it is checked with.
    fn claimed<'t>(&self, token: &'t [u8]) -> Option<(&Arc<Issuer>, Parts<'t>)> {
        let parts = Parts::split(token).ok()?;
        let mut buffer = Buffer::new();
        let payload = str::from_utf8(buffer.decode(parts.payload).ok()?).ok()?;
        if !json::is_harmless(payload) {
            return None;
        }
        let Claimed(issuer) = serde_json::from_str(payload).ok()?;
        Some((self.0.get(&*issuer?.0)?, parts))
    }
}

/// The claim `iss`, and no other.
struct Claimed<'de>(Option<json::Text<'de>>);

impl<'de> Deserialize<'de> for Claimed<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ClaimedVisitor)
    }
}

struct ClaimedVisitor;

impl<'de> Visitor<'de> for ClaimedVisitor {
    type Value = Claimed<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the claims of a token")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut issuer = None;
        while let Some(json::Text(name)) = map.next_key()? {
            match &*name {
                "iss" => json::set(&mut issuer, map.next_value()?)?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(Claimed(issuer))
    }
}

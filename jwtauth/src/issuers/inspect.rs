//! Fetches an issuer's keys for a report, and describes each key.

use rocket::tokio::time::timeout;
use serde_json::Value;

use super::fetch_error::FetchError;
use super::fetcher::Fetcher;
use super::jwk_set::JwkSet;
use super::settings::IssuerSettings;
use super::trust;
use crate::algorithm::Algorithm;

/// The keys that an issuer publishes.
pub(crate) struct Published {
    pub(crate) keys: Vec<PublishedKey>,
    /// How long the keys are fresh in seconds, if the issuer specifies that.
    pub(crate) max_age: Option<u64>,
}

/// A key that an issuer publishes.
pub(crate) struct PublishedKey {
    pub(crate) kid: Option<String>,
    /// The algorithms that it can be used with, or why it is skipped.
    pub(crate) usable: Result<Vec<Algorithm>, String>,
}

/// Fetches the keys of an issuer. The rules of an application apply: a host that only the discovery document names must
/// have a public address.
///
/// # Errors
///
/// Why the keys can't be fetched, and how to fix that.
pub(crate) async fn inspect(issuer: &IssuerSettings) -> Result<Published, FetchError> {
    let IssuerSettings { source, fetching, algorithms: accepted, .. } = issuer;
    let fetcher = Fetcher::new(fetching.clone(), source.is_secure().then(trust::system));
    let fetched = match timeout(fetcher.timeout(), source.document(&fetcher)).await {
        Ok(fetched) => fetched,
        Err(_) => Err(FetchError::late(fetcher.timeout())),
    };
    let answer = fetched?;
    let set = JwkSet::parse(&answer.body).map_err(|error| error.of("its JWK set"))?;
    let keys = set.keys(accepted).map(|(jwk, key)| PublishedKey {
        kid: jwk.get("kid").and_then(Value::as_str).map(str::to_owned),
        usable: match key {
            Ok(key) => Ok(key.members.iter().map(|member| member.key.algorithm()).collect()),
            Err(why) => Err(why.reason(jwk, accepted)),
        },
    });
    Ok(Published { keys: keys.collect(), max_age: answer.max_age })
}

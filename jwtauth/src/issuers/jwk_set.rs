//! Reads JWK sets (RFC 7517 §5), for use and for a report.

use serde_json::Value;

use super::fetch_error::FetchError;
use crate::algorithm::Algorithm;
use crate::claims::issuer::IssuerName;
use crate::json;
use crate::keys::{Member, read_jwk, skipped_jwk};

/// The maximum number of keys that are read from a set. No issuer needs more.
pub(super) const MAX_KEYS: usize = 100;

/// The list `keys` of a JWK set.
pub(super) struct JwkSet(Vec<Value>);

/// A key of a JWK set that can be used.
pub(super) struct UsableKey {
    /// The key, once for each algorithm that it can be used with.
    pub(super) members: Vec<Member>,
    /// The only issuer whose tokens the key verifies, or the issuers of its tenants: the member `issuer` of the key.
    /// Issuers with tenants publish it, because all tenants have the same set.
    pub(super) issuer: Option<IssuerName>,
}

/// Why a key of a JWK set is skipped.
pub(super) enum Unusable {
    /// The set has more than [`MAX_KEYS`] usable keys.
    TooMany,
    /// It can't be used with an allowed algorithm.
    Jwk,
    /// Its member `issuer` is not text.
    Issuer,
}

impl JwkSet {
    pub(super) fn parse(document: &[u8]) -> Result<Self, FetchError> {
        match json_document(document) {
            Some(Value::Object(mut members)) => match members.remove("keys") {
                Some(Value::Array(keys)) => Ok(JwkSet(keys)),
                _ => Err(FetchError::no_set()),
            },
            _ => Err(FetchError::no_set()),
        }
    }

    /// Reads each key, in the order of the set.
    pub(super) fn keys(&self, allowed: &[Algorithm]) -> impl Iterator<Item = (&Value, Result<UsableKey, Unusable>)> {
        let mut used = 0;
        self.0.iter().map(move |jwk| {
            let key = if used == MAX_KEYS { Err(Unusable::TooMany) } else { read(jwk, allowed) };
            used += usize::from(key.is_ok());
            (jwk, key)
        })
    }
}

impl Unusable {
    /// The reason in words. It may take long for a large key.
    pub(super) fn reason(&self, jwk: &Value, allowed: &[Algorithm]) -> String {
        match self {
            Unusable::TooMany => format!("the set has more than {MAX_KEYS} usable keys"),
            Unusable::Jwk => skipped_jwk(jwk, allowed),
            Unusable::Issuer => "its `issuer` is not text".to_owned(),
        }
    }
}

fn read(jwk: &Value, allowed: &[Algorithm]) -> Result<UsableKey, Unusable> {
    let members = read_jwk(jwk, allowed);
    if members.is_empty() {
        return Err(Unusable::Jwk);
    }
    let issuer = match jwk.get("issuer") {
        None | Some(Value::Null) => None,
        // An empty member counts as absent.
        Some(Value::String(issuer)) if issuer.is_empty() => None,
        Some(Value::String(issuer)) => Some(IssuerName::from(&**issuer)),
        Some(_) => return Err(Unusable::Issuer),
    };
    Ok(UsableKey { members, issuer })
}

/// Parses JSON that is safe to parse. A byte order mark is ignored, as RFC 8259 §8.1 allows.
pub(super) fn json_document(document: &[u8]) -> Option<Value> {
    let text = std::str::from_utf8(document).ok()?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if !json::is_harmless(text) {
        return None;
    }
    serde_json::from_str(text).ok()
}

use serde_json::Value;

use super::fetch::{Answer, FetchError, Fetcher};
use super::set::{self, KeySet};
use super::url::Url;
use crate::Algorithm;

/// Where the keys of an issuer are published.
pub(crate) enum Source {
    /// As its discovery document says.
    Discovery { issuer: String, document: Url },
    /// There.
    Set(Url),
}

/// The keys of an issuer, and for how many seconds they stay good, as far as it says.
pub(super) struct Fetched {
    pub(super) set: KeySet,
    pub(super) max_age: Option<u64>,
}

/// Where the discovery document is, below the issuer (OpenID Connect Discovery §4).
const DISCOVERY: &str = "/.well-known/openid-configuration";

impl Source {
    /// The discovery document of an issuer (OpenID Connect Discovery §4). `Err` says what is wrong with the issuer.
    pub(crate) fn discovery(issuer: &str) -> Result<Self, &'static str> {
        if Url::parse(issuer)?.has_query() {
            return Err("has a query");
        }
        if issuer.ends_with(DISCOVERY) {
            return Err(
                "is the address of its discovery document, and the issuer is what stands before `/.well-known`",
            );
        }
        // OpenID Connect Discovery §4.1: a slash at the end is removed first.
        let base = issuer.strip_suffix('/').unwrap_or(issuer);
        let document = Url::parse(&format!("{base}{DISCOVERY}"))?;
        Ok(Source::Discovery { issuer: issuer.to_owned(), document })
    }

    pub(super) async fn fetch(&self, fetcher: &Fetcher, allowed: &[Algorithm]) -> Result<Fetched, FetchError> {
        let answer = self.document(fetcher).await?;
        let set = KeySet::parse(&answer.body, allowed).map_err(|error| error.of("its JWK set"))?;
        Ok(Fetched { set, max_age: answer.max_age })
    }

    /// The JWK set as it is published.
    pub(super) async fn document(&self, fetcher: &Fetcher) -> Result<Answer, FetchError> {
        let discovered;
        let set = match self {
            Source::Discovery { issuer, document } => {
                discovered =
                    discover(fetcher, issuer, document).await.map_err(|error| error.of("its discovery document"))?;
                &discovered
            }
            Source::Set(set) => set,
        };
        fetcher.get(set).await.map_err(|error| error.of("its JWK set"))
    }

    /// Whether it takes certificates to fetch from there.
    pub(super) fn is_secure(&self) -> bool {
        match self {
            Source::Discovery { document: url, .. } | Source::Set(url) => url.is_secure(),
        }
    }
}

async fn discover(fetcher: &Fetcher, issuer: &str, document: &Url) -> Result<Url, FetchError> {
    let answer = fetcher.get(document).await?;
    let Some(Value::Object(members)) = set::parse(&answer.body) else {
        return Err(FetchError::new("the answer is no JSON object"));
    };
    // OpenID Connect Discovery §4.3: identical, so that nobody passes for another.
    match members.get("issuer").and_then(Value::as_str) {
        Some(named) if named == issuer => {}
        // The usual mistake in the setting.
        Some(named) if named.trim_end_matches('/') == issuer.trim_end_matches('/') => {
            let with = if named.ends_with('/') { "with" } else { "without" };
            return Err(FetchError::new(format!("its `issuer` is written {with} a slash at the end")));
        }
        _ => return Err(FetchError::new("it is of another issuer")),
    }
    let Some(jwks_uri) = members.get("jwks_uri").and_then(Value::as_str) else {
        return Err(FetchError::new("it has no `jwks_uri`"));
    };
    let set = Url::parse(jwks_uri).map_err(|problem| FetchError::new(format!("its `jwks_uri` {problem}")))?;
    // Nobody sends us to this machine from outside.
    if document.is_secure() && !set.is_secure() {
        return Err(FetchError::new("its `jwks_uri` is not `https:`"));
    }
    Ok(set)
}

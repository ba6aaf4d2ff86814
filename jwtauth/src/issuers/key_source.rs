use serde_json::Value;

use super::fetcher::{Document, FetchError, Fetcher, Reach};
use super::set::{self, KeySet};
use super::url::Url;
use crate::algorithm::Algorithm;

/// The place where the keys of an issuer are published.
pub(crate) enum Source {
    /// The URL in the issuer's discovery document.
    Discovery { issuer: String, document: Url },
    /// The URL of the JWK set.
    Set(Url),
}

/// The keys of an issuer, and how long they are fresh in seconds, if the issuer specifies that.
pub(super) struct Fetched {
    pub(super) set: KeySet,
    pub(super) max_age: Option<u64>,
}

/// The path of the discovery document below the issuer (OpenID Connect Discovery §4).
const DISCOVERY: &str = "/.well-known/openid-configuration";

impl Source {
    /// The discovery document of an issuer (OpenID Connect Discovery §4). Fails with what is wrong with the issuer.
    pub(crate) fn discovery(issuer: &str) -> Result<Self, &'static str> {
        if Url::parse(issuer)?.has_query() {
            return Err("has a query, so it can't have a discovery document");
        }
        if issuer.ends_with(DISCOVERY) {
            return Err("is the URL of its discovery document, and the issuer is the part before `/.well-known`");
        }
        // OpenID Connect Discovery §4.1: a slash at the end is removed.
        let base = issuer.strip_suffix('/').unwrap_or(issuer);
        let document = Url::parse(&format!("{base}{DISCOVERY}"))?;
        Ok(Source::Discovery { issuer: issuer.to_owned(), document })
    }

    /// The discovery document of an issuer at another place: at this URL, or below it. Fails with what is wrong with the
    /// URL.
    pub(crate) fn discovery_at(issuer: &str, url: &str) -> Result<Self, &'static str> {
        let document = match url.contains("/.well-known/") {
            true => Url::parse(url)?,
            false => Url::parse(&format!("{}{DISCOVERY}", url.strip_suffix('/').unwrap_or(url)))?,
        };
        Ok(Source::Discovery { issuer: issuer.to_owned(), document })
    }

    pub(super) async fn fetch(&self, fetcher: &Fetcher, allowed: &[Algorithm]) -> Result<Fetched, FetchError> {
        let answer = self.document(fetcher).await?;
        let set = KeySet::parse(&answer.body, allowed).map_err(|error| error.of("its JWK set"))?;
        Ok(Fetched { set, max_age: answer.max_age })
    }

    /// Fetches the JWK set.
    pub(super) async fn document(&self, fetcher: &Fetcher) -> Result<Document, FetchError> {
        let discovered;
        let (set, reach) = match self {
            Source::Discovery { issuer, document } => {
                discovered =
                    discover(fetcher, issuer, document).await.map_err(|error| error.of("its discovery document"))?;
                // Only hosts in the settings of this issuer may be in the internal network, on any port.
                let reach = if discovered.host() == document.host() { Reach::Anywhere } else { Reach::Global };
                (&discovered, reach)
            }
            Source::Set(set) => (set, Reach::Anywhere),
        };
        fetcher.get(set, reach).await.map_err(|error| error.of("its JWK set"))
    }

    /// Whether fetching from here requires certificates.
    pub(super) fn is_secure(&self) -> bool {
        match self {
            Source::Discovery { document: url, .. } | Source::Set(url) => url.is_secure(),
        }
    }
}

async fn discover(fetcher: &Fetcher, issuer: &str, document: &Url) -> Result<Url, FetchError> {
    let answer = fetcher.get(document, Reach::Anywhere).await?;
    let Some(Value::Object(members)) = set::parse(&answer.body) else {
        return Err(FetchError::new(format!("{document} is not a JSON object"), ELSEWHERE));
    };
    // OpenID Connect Discovery §4.3: the issuer must be identical, so that no issuer can pose as another.
    match members.get("issuer").and_then(Value::as_str) {
        Some(named) if named == issuer => {}
        // The most common mistake in the setting.
        Some(named) if named.trim_end_matches('/') == issuer.trim_end_matches('/') => {
            let with = if named.ends_with('/') { "with" } else { "without" };
            return Err(FetchError::new(
                format!("its `issuer` is written {with} a slash at the end"),
                "write it in the setting `issuer` in the same way",
            ));
        }
        Some(named) => {
            let named: String = named.chars().take(200).flat_map(char::escape_debug).collect();
            return Err(FetchError::new(
                format!("it is of another issuer: its `issuer` is `{named}`"),
                "if that is the one you trust, write it in the setting `issuer`",
            ));
        }
        None => return Err(FetchError::new("it has no `issuer` that is text", ELSEWHERE)),
    }
    let Some(jwks_uri) = members.get("jwks_uri").and_then(Value::as_str) else {
        return Err(FetchError::new("it has no `jwks_uri` that is text", ELSEWHERE));
    };
    let set = Url::parse(jwks_uri)
        .map_err(|problem| FetchError::new(format!("the `jwks_uri` in it {problem}"), ELSEWHERE))?;
    // A remote document must not direct us to this machine.
    if document.is_secure() && !set.is_secure() {
        return Err(FetchError::new("the `jwks_uri` in it is not `https:`", ELSEWHERE));
    }
    Ok(set)
}

/// The remedy for an unusable discovery document.
const ELSEWHERE: &str = "set `jwks_uri` to where the keys of this issuer are";

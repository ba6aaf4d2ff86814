use serde_json::Value;

use super::fetch_error::FetchError;
use super::fetcher::{Fetch, Fetcher, Reach};
use super::host::Host;
use super::http::Document;
use super::jwk_set;
use super::set::KeySet;
use super::url::Url;
use crate::algorithm::Algorithm;

/// The place where the keys of an issuer are published.
pub(crate) enum Source {
    /// The URL in the issuer's discovery document. `other` is tried if the server has no `document`.
    Discovery { issuer: String, document: Url, other: Option<Url> },
    /// The URL of the JWK set.
    Set(Url),
    /// Files only: nothing is fetched.
    Files,
}

/// The keys of an issuer, and how long they are fresh in seconds, if the issuer specifies that.
pub(super) struct Fetched {
    pub(super) set: KeySet,
    pub(super) max_age: Option<u64>,
}

/// The path of the discovery document below the issuer (OpenID Connect Discovery §4).
const DISCOVERY: &str = "/.well-known/openid-configuration";

/// The path of the same document of an OAuth authorization server, before the path of the issuer (RFC 8414 §3.1).
const OAUTH_DISCOVERY: &str = "/.well-known/oauth-authorization-server";

impl Source {
    /// The discovery document of an issuer: that of OpenID Connect Discovery §4, otherwise that of RFC 8414 §3. Fails
    /// with what is wrong with the issuer. `plain` is a host that may be fetched from over `http:`.
    pub(crate) fn discovery(issuer: &str, plain: Option<&Host>) -> Result<Self, &'static str> {
        let url = Url::parse(issuer, plain)?;
        if url.has_query() {
            return Err("has a query, so it can't have a discovery document");
        }
        if issuer.ends_with(DISCOVERY) || url.path().starts_with(OAUTH_DISCOVERY) {
            return Err("is the URL of its discovery document, and the issuer is the part before `/.well-known`");
        }
        // OpenID Connect Discovery §4.1: a slash at the end is removed.
        let base = issuer.strip_suffix('/').unwrap_or(issuer);
        let document = Url::parse(&format!("{base}{DISCOVERY}"), plain)?;
        let path = url.path().strip_suffix('/').unwrap_or(url.path());
        let server = base.strip_suffix(path).unwrap_or(base);
        let other = Url::parse(&format!("{server}{OAUTH_DISCOVERY}{path}"), plain)?;
        Ok(Source::Discovery { issuer: issuer.to_owned(), document, other: Some(other) })
    }

    /// The discovery document of an issuer at another place: at this URL, or below it. Fails with what is wrong with
    /// the URL.
    pub(crate) fn discovery_at(issuer: &str, url: &str, plain: Option<&Host>) -> Result<Self, &'static str> {
        let parsed = Url::parse(url, plain)?;
        let document = if parsed.path().contains("/.well-known/") {
            parsed
        } else if parsed.has_query() {
            return Err("has a query, which only the whole URL of the document can have");
        } else {
            Url::parse(&format!("{}{DISCOVERY}", url.strip_suffix('/').unwrap_or(url)), plain)?
        };
        Ok(Source::Discovery { issuer: issuer.to_owned(), document, other: None })
    }

    pub(super) async fn fetch(&self, fetcher: &Fetcher, allowed: &[Algorithm]) -> Result<Fetched, FetchError> {
        let answer = self.document(fetcher).await?;
        let set = KeySet::parse(&answer.body, allowed).map_err(|error| error.of("its JWK set"))?;
        Ok(Fetched { set, max_age: answer.max_age })
    }

    /// Fetches the JWK set.
    pub(super) async fn document(&self, fetcher: &Fetcher) -> Result<Document, FetchError> {
        let mut fetch = fetcher.start();
        let discovered;
        let (set, reach) = match self {
            Source::Discovery { issuer, document, other } => {
                let first = discover(&mut fetch, issuer, document).await;
                let found = match (first, other) {
                    (Err(error), Some(other)) if error.is_missing() => {
                        discover(&mut fetch, issuer, other).await.map_err(|second| error.and(&second))
                    }
                    (first, _) => first,
                };
                discovered = found.map_err(|error| error.of("its discovery document"))?;
                // Only hosts in the settings of this issuer may be in the internal network, on any port.
                let reach = if discovered.host() == document.host() { Reach::Anywhere } else { Reach::Global };
                (&discovered, reach)
            }
            Source::Set(set) => (set, Reach::Anywhere),
            Source::Files => return Err(FetchError::new("no key is fetched", "set `jwks_uri` to fetch keys")),
        };
        fetch.get(set, reach).await.map_err(|error| error.of("its JWK set"))
    }

    /// Whether fetching from here requires certificates.
    pub(super) fn is_secure(&self) -> bool {
        self.url().is_some_and(Url::is_secure)
    }

    pub(crate) fn is_fetched(&self) -> bool {
        self.url().is_some()
    }

    /// The first URL that is fetched.
    pub(crate) fn url(&self) -> Option<&Url> {
        match self {
            Source::Discovery { document: url, .. } | Source::Set(url) => Some(url),
            Source::Files => None,
        }
    }
}

async fn discover(fetch: &mut Fetch<'_>, issuer: &str, document: &Url) -> Result<Url, FetchError> {
    let answer = fetch.get(document, Reach::Anywhere).await?;
    jwks_uri(&answer.body, issuer, document, fetch.plain_host())
}

/// The `jwks_uri` in the discovery document from this URL. `plain` is a host that may be fetched from over `http:`.
pub(super) fn jwks_uri(body: &[u8], issuer: &str, document: &Url, plain: Option<&Host>) -> Result<Url, FetchError> {
    let Some(Value::Object(members)) = jwk_set::json_document(body) else {
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
    let set = Url::parse(jwks_uri, plain)
        .map_err(|problem| FetchError::new(format!("the `jwks_uri` in it {problem}"), ELSEWHERE))?;
    // A remote document must not direct us to this machine.
    if document.is_secure() && !set.is_secure() {
        return Err(FetchError::new("the `jwks_uri` in it is not `https:`", ELSEWHERE));
    }
    Ok(set)
}

/// The remedy for an unusable discovery document.
const ELSEWHERE: &str = "set `jwks_uri` to where the keys of this issuer are";

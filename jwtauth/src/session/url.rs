//! From the URL in the settings to a store: the one place that knows which there are.

use std::sync::Arc;

#[cfg(feature = "session-file")]
use super::FileStore;
#[cfg(feature = "session-postgres")]
use super::postgres::{PostgresStore, PostgresUrl};
#[cfg(feature = "session-redis")]
use super::redis::{RedisAddress, RedisStore};
use super::{MemoryStore, SessionStore, StoreError};

/// A URL that names a store which is compiled in.
pub(crate) enum StoreUrl {
    Memory,
    #[cfg(feature = "session-redis")]
    Redis(Box<RedisAddress>),
    #[cfg(feature = "session-file")]
    File(std::path::PathBuf),
    #[cfg(feature = "session-postgres")]
    Postgres(Box<PostgresUrl>),
}

/// Why a URL names no store, and what to do about it. Nothing of the URL is in it: there may be a password.
pub(crate) struct NoStore {
    pub(crate) problem: String,
    pub(crate) remedy: String,
}

impl StoreUrl {
    pub(crate) fn parse(url: &str) -> Result<Self, NoStore> {
        let (scheme, rest) = url.split_once(':').unwrap_or(("", url));
        match scheme {
            "memory" if rest.is_empty() => Ok(StoreUrl::Memory),
            "memory" => Err(NoStore {
                problem: "has something after `memory:`, which takes nothing".into(),
                remedy: "write `memory:`".into(),
            }),
            #[cfg(feature = "session-file")]
            "file" => file(rest).map(StoreUrl::File),
            #[cfg(not(feature = "session-file"))]
            "file" => Err(not_compiled(scheme, "session-file")),
            #[cfg(feature = "session-redis")]
            "redis" | "rediss" => RedisAddress::parse(url).map(Box::new).map(StoreUrl::Redis),
            #[cfg(not(feature = "session-redis"))]
            "redis" | "rediss" => Err(not_compiled(scheme, "session-redis")),
            #[cfg(feature = "session-postgres")]
            "postgres" | "postgresql" => PostgresUrl::parse(url).map(Box::new).map(StoreUrl::Postgres),
            #[cfg(not(feature = "session-postgres"))]
            "postgres" | "postgresql" => Err(not_compiled(scheme, "session-postgres")),
            _ => Err(NoStore {
                problem: "does not begin with the scheme of a store".into(),
                remedy: "write `memory:`, `file:PATH`, `redis://HOST/`, `rediss://HOST/` or `postgres://HOST/NAME`"
                    .into(),
            }),
        }
    }

    /// Makes the store, and sees that it can be reached.
    pub(crate) async fn open(&self) -> Result<Arc<dyn SessionStore>, StoreError> {
        match self {
            StoreUrl::Memory => Ok(Arc::new(MemoryStore::new())),
            #[cfg(feature = "session-redis")]
            StoreUrl::Redis(address) => Ok(Arc::new(RedisStore::connect(address).await?)),
            #[cfg(feature = "session-file")]
            StoreUrl::File(path) => Ok(Arc::new(FileStore::open(path).await?)),
            #[cfg(feature = "session-postgres")]
            StoreUrl::Postgres(url) => Ok(Arc::new(PostgresStore::at(url).await?)),
        }
    }
}

/// The path in `file:PATH`, as it is written there.
#[cfg(feature = "session-file")]
fn file(rest: &str) -> Result<std::path::PathBuf, NoStore> {
    // RFC 8089: `file:///PATH` is `file:/PATH`. What else begins with `//` names a host.
    let path = rest.strip_prefix("//").unwrap_or(rest);
    let problem = if path.is_empty() {
        "names no file"
    } else if path.len() < rest.len() && !path.starts_with('/') {
        "has a host after `file://`, or one `/` too few"
    } else if path.contains(['?', '#', '\0']) {
        "has parameters, of which a file has none"
    } else {
        return Ok(path.into());
    };
    Err(NoStore { problem: problem.into(), remedy: "write `file:sessions.db`, or `file:/var/lib/sessions.db`".into() })
}

#[cfg(not(all(feature = "session-file", feature = "session-postgres", feature = "session-redis")))]
fn not_compiled(scheme: &str, feature: &str) -> NoStore {
    NoStore {
        problem: format!(
            "`{scheme}:` needs the Cargo feature `{feature}` of jwtauth, which this program was built without"
        ),
        remedy: format!("write `jwtauth = {{ version = \"…\", features = [\"{feature}\"] }}` in Cargo.toml"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(url: &str) -> String {
        match StoreUrl::parse(url) {
            Ok(_) => panic!("{url} names a store"),
            Err(no_store) => no_store.problem + "; " + &no_store.remedy,
        }
    }

    #[test]
    fn a_url_names_a_store_or_says_why_not() {
        assert!(matches!(StoreUrl::parse("memory:"), Ok(StoreUrl::Memory)));
        assert!(problem("memory:x").contains("after `memory:`"));
        for url in ["", "memory", "Memory:", "sqlite:x", "http://x", "127.0.0.1:6379"] {
            assert!(problem(url).contains("scheme"), "{url}");
        }
    }

    #[cfg(feature = "session-file")]
    #[test]
    fn a_file_is_named_by_its_path() {
        for (url, expected) in [
            ("file:sessions.db", "sessions.db"),
            ("file:data/a b%20.db", "data/a b%20.db"),
            ("file:../x", "../x"),
            ("file:/var/x.db", "/var/x.db"),
            ("file:///var/x.db", "/var/x.db"),
        ] {
            match StoreUrl::parse(url) {
                Ok(StoreUrl::File(path)) => assert_eq!(path.to_str(), Some(expected), "{url}"),
                _ => panic!("{url} names no file"),
            }
        }
        for url in ["file:", "file://", "file://sessions.db", "file://host/sessions.db", "file:x?mode=rw", "file:x#y"] {
            assert!(problem(url).contains("file:sessions.db"), "{url}");
        }
    }

    #[test]
    fn nothing_of_the_url_is_told() {
        for url in ["redis://:hunter2@", "mysql://:hunter2@host/", "memory:hunter2", "hunter2"] {
            assert!(!problem(url).contains("hunter2"));
        }
    }
}

//! Creates a store from the URL in the settings. Only this module lists all stores.

use std::path::Path;
use std::sync::Arc;

#[cfg(feature = "session-file")]
use super::file::FileStore;
use super::memory::MemoryStore;
#[cfg(feature = "session-postgres")]
use super::postgres::{PostgresStore, PostgresUrl};
#[cfg(feature = "session-redis")]
use super::redis::{RedisStore, RedisUrl};
use super::url_error::UrlError;
use crate::session::{SessionStore, StoreError};

/// A URL of a store that is compiled in.
pub(crate) enum StoreUrl {
    Memory,
    #[cfg(feature = "session-redis")]
    Redis(Box<RedisUrl>),
    #[cfg(feature = "session-file")]
    File(std::path::PathBuf),
    #[cfg(feature = "session-postgres")]
    Postgres(Box<PostgresUrl>),
}

impl StoreUrl {
    /// Parses a URL. Relative paths in it are relative to `folder`, or to the working directory. An error contains no
    /// part of the URL that may be a password.
    pub(crate) fn parse(url: &str, folder: Option<&Path>) -> Result<Self, UrlError> {
        let mut parsed = Self::parse_as_written(url)?;
        if let Some(folder) = folder {
            parsed.resolve(folder);
        }
        Ok(parsed)
    }

    fn resolve(&mut self, folder: &Path) {
        match self {
            StoreUrl::Memory => {
                let _ = folder;
            }
            #[cfg(feature = "session-redis")]
            StoreUrl::Redis(url) => url.resolve(folder),
            #[cfg(feature = "session-file")]
            StoreUrl::File(path) => *path = folder.join(&path),
            #[cfg(feature = "session-postgres")]
            StoreUrl::Postgres(url) => url.resolve(folder),
        }
    }

    fn parse_as_written(url: &str) -> Result<Self, UrlError> {
        let (scheme, rest) = url.split_once(':').unwrap_or(("", url));
        match scheme {
            "memory" if rest.is_empty() => Ok(StoreUrl::Memory),
            "memory" => Err(UrlError::new("has something after `memory:`, which takes nothing", "write `memory:`")),
            #[cfg(feature = "session-file")]
            "file" => file(rest).map(StoreUrl::File),
            #[cfg(not(feature = "session-file"))]
            "file" => Err(not_compiled(scheme, "session-file")),
            #[cfg(feature = "session-redis")]
            "redis" | "rediss" | "redis-sentinel" | "rediss-sentinel" => {
                RedisUrl::parse(url).map(Box::new).map(StoreUrl::Redis)
            }
            #[cfg(not(feature = "session-redis"))]
            "redis" | "rediss" | "redis-sentinel" | "rediss-sentinel" => Err(not_compiled(scheme, "session-redis")),
            #[cfg(feature = "session-postgres")]
            "postgres" | "postgresql" => PostgresUrl::parse(url).map(Box::new).map(StoreUrl::Postgres),
            #[cfg(not(feature = "session-postgres"))]
            "postgres" | "postgresql" => Err(not_compiled(scheme, "session-postgres")),
            _ => Err(no_such_scheme(scheme)),
        }
    }

    /// Creates the store, and checks that it can be used.
    pub(crate) async fn open(&self) -> Result<Arc<dyn SessionStore>, StoreError> {
        match self {
            StoreUrl::Memory => Ok(Arc::new(MemoryStore::new())),
            #[cfg(feature = "session-redis")]
            StoreUrl::Redis(url) => Ok(Arc::new(RedisStore::connect(url).await?)),
            #[cfg(feature = "session-file")]
            StoreUrl::File(path) => Ok(Arc::new(FileStore::open(path).await?)),
            #[cfg(feature = "session-postgres")]
            StoreUrl::Postgres(url) => Ok(Arc::new(PostgresStore::at(url).await?)),
        }
    }
}

/// Common mistakes for the supported schemes. An error only repeats these, because other text before the `:` may be a
/// user name.
const OTHER_SCHEMES: [(&str, &str); 14] = [
    ("sentinel", "write `redis-sentinel://HOST:26379/?master=NAME`"),
    ("redis+sentinel", "write `redis-sentinel://HOST:26379/?master=NAME`"),
    ("rediss+sentinel", "write `rediss-sentinel://HOST:26379/?master=NAME`"),
    ("redis-cluster", "write `redis://HOST,HOST,…/` with nodes of the cluster"),
    ("redis+cluster", "write `redis://HOST,HOST,…/` with nodes of the cluster"),
    ("redis+unix", "write `redis://localhost/`: Redis is reached by TCP only"),
    ("redis-socket", "write `redis://localhost/`: Redis is reached by TCP only"),
    ("unix", "write `redis://localhost/`: Redis is reached by TCP only"),
    ("valkey", "write `redis://HOST/`: it is for Valkey too"),
    ("valkeys", "write `rediss://HOST/`: it is for Valkey too"),
    ("sqlite", "write `file:PATH`: the store has a format of its own"),
    ("mysql", "there is no store for MySQL: write `redis://HOST/` or `postgres://HOST/NAME`"),
    ("mariadb", "there is no store for MariaDB: write `redis://HOST/` or `postgres://HOST/NAME`"),
    ("mongodb", "there is no store for MongoDB: write `redis://HOST/` or `postgres://HOST/NAME`"),
];

fn no_such_scheme(scheme: &str) -> UrlError {
    let lower = scheme.to_ascii_lowercase();
    if let Some((name, remedy)) = OTHER_SCHEMES.iter().find(|(name, _)| *name == lower) {
        return UrlError::new(format!("begins with `{name}:`, which is not the scheme of a store"), *remedy);
    }
    UrlError::new(
        "does not begin with the scheme of a store",
        "write `memory:`, `file:PATH`, `redis://HOST/`, `rediss://HOST/`, `redis-sentinel://HOST/?master=NAME` or \
         `postgres://HOST/NAME`, with the scheme in lower case",
    )
}

/// The path in `file:PATH`, without decoding.
#[cfg(feature = "session-file")]
fn file(rest: &str) -> Result<std::path::PathBuf, UrlError> {
    // RFC 8089: `file:///PATH` is `file:/PATH`. Any other URL that begins with `//` contains a host.
    let path = rest.strip_prefix("//").unwrap_or(rest);
    let problem = if path.is_empty() {
        "names no file"
    } else if path.len() < rest.len() && !path.starts_with('/') {
        "has a host after `file://`, or one `/` too few"
    } else if path.contains(['?', '#', '\0']) {
        "has a `?` or `#` in it; a file has no parameters"
    } else {
        return Ok(path.into());
    };
    Err(UrlError::new(problem, "write `file:sessions.db`, or `file:/var/lib/sessions.db`"))
}

#[cfg(not(all(feature = "session-file", feature = "session-postgres", feature = "session-redis")))]
fn not_compiled(scheme: &str, feature: &str) -> UrlError {
    UrlError::new(
        format!("`{scheme}:` needs the Cargo feature `{feature}` of jwtauth, which this program was built without"),
        format!("write `jwtauth = {{ version = \"…\", features = [\"{feature}\"] }}` in Cargo.toml"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(url: &str) -> String {
        match StoreUrl::parse(url, None) {
            Ok(_) => panic!("{url} names a store"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn store_url_selects_store_or_is_refused() {
        assert!(matches!(StoreUrl::parse("memory:", None), Ok(StoreUrl::Memory)));
        assert!(problem("memory:x").contains("after `memory:`"));
        for url in ["", "memory", "Memory:", "sqlite:x", "http://x", "127.0.0.1:6379"] {
            assert!(problem(url).contains("scheme"), "{url}");
        }
    }

    #[cfg(feature = "session-file")]
    #[test]
    fn store_url_names_file_by_path() {
        for (url, expected) in [
            ("file:sessions.db", "sessions.db"),
            ("file:data/a b%20.db", "data/a b%20.db"),
            ("file:../x", "../x"),
            ("file:/var/x.db", "/var/x.db"),
            ("file:///var/x.db", "/var/x.db"),
        ] {
            match StoreUrl::parse(url, None) {
                Ok(StoreUrl::File(path)) => assert_eq!(path.to_str(), Some(expected), "{url}"),
                _ => panic!("{url} names no file"),
            }
        }
        for url in ["file:", "file://", "file://sessions.db", "file://host/sessions.db", "file:x?mode=rw", "file:x#y"] {
            assert!(problem(url).contains("file:sessions.db"), "{url}");
        }
    }

    #[test]
    fn store_url_fault_contains_no_password() {
        for url in ["redis://:hunter2@", "mysql://:hunter2@host/", "memory:hunter2", "hunter2"] {
            assert!(!problem(url).contains("hunter2"));
        }
    }
}

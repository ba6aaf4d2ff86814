//! From the URL in the settings to a store: the one place that knows which there are.

use std::sync::Arc;

use super::{MemoryStore, SessionStore, StoreError};

/// A URL that names a store which is compiled in.
pub(crate) enum StoreUrl {
    Memory,
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
            "file" => Err(not_compiled(scheme, "session-file")),
            "redis" | "rediss" => Err(not_compiled(scheme, "session-redis")),
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
        }
    }
}

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

    #[test]
    fn nothing_of_the_url_is_told() {
        for url in ["redis://:hunter2@host/", "mysql://:hunter2@host/", "memory:hunter2", "hunter2"] {
            assert!(!problem(url).contains("hunter2"));
        }
    }
}

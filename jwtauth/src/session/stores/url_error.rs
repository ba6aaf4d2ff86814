use std::fmt;

use super::fault::StoreFault;
use crate::session::StoreError;

/// The problem with the URL of a store, and the remedy. It contains no part of the URL that may be a password.
#[derive(Debug)]
pub(crate) struct UrlError {
    /// The predicate of a sentence about the URL: "names no host".
    pub(crate) problem: String,
    pub(crate) remedy: String,
}

impl UrlError {
    pub(crate) fn new(problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        UrlError { problem: problem.into(), remedy: remedy.into() }
    }
}

impl fmt::Display for UrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.problem, self.remedy)
    }
}

impl From<UrlError> for StoreError {
    fn from(error: UrlError) -> Self {
        StoreFault::new(format!("the URL {}", error.problem), error.remedy).into()
    }
}

/// Whether a text is likely the name of a parameter and not a part of a password. An error contains the text only in
/// this case.
#[cfg(any(feature = "session-redis", feature = "session-postgres"))]
pub(super) fn is_plain_name(text: &str) -> bool {
    (1..=32).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'_' | b'-'))
}

use std::error::Error;
use std::fmt;

use crate::error::{AuthError, RefreshError};

/// The error of a [`SessionStore`](super::SessionStore) that can't complete a call: for example, the server is
/// unavailable, a file can't be read, or a row is malformed.
///
/// The error does not mean that a session is invalid. The response is 503: a failure of the store neither accepts a
/// request nor logs a user out. The cause is logged, so its text must not contain a password.
///
/// ```
/// use jwtauth::StoreError;
///
/// fn read(text: &str) -> Result<u64, StoreError> {
///     text.parse().map_err(StoreError::new)
/// }
/// assert_eq!(read("x").unwrap_err().to_string(), "the session store failed");
/// ```
#[derive(Debug)]
pub struct StoreError {
    cause: Box<dyn Error + Send + Sync>,
}

impl StoreError {
    /// An error with this cause: another error, or a text.
    pub fn new(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        StoreError { cause: cause.into() }
    }

    /// The causes in one line, for a log.
    pub(crate) fn causes(&self) -> String {
        let mut text = self.cause.to_string();
        let mut next = self.cause.source();
        while let Some(error) = next {
            let cause = error.to_string();
            // Some errors include their cause in their text, for example those of the redis crate.
            if !text.ends_with(&cause) {
                text.push_str(": ");
                text.push_str(&cause);
            }
            next = error.source();
        }
        text
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the session store failed")
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.cause)
    }
}

/// The session store is unavailable. The cause is logged, and clients get 503.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StoreAway;

impl StoreAway {
    /// Logs the error.
    pub(super) fn logged(error: StoreError) -> Self {
        rocket::error!("jwtauth: {error}: {}", error.causes());
        StoreAway
    }
}

impl From<StoreAway> for AuthError {
    fn from(StoreAway: StoreAway) -> Self {
        AuthError::Unavailable
    }
}

impl From<StoreAway> for RefreshError {
    fn from(StoreAway: StoreAway) -> Self {
        RefreshError::Unavailable
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Includes its cause in its text, and also returns it as its source.
    #[derive(Debug)]
    struct Outer(std::num::ParseIntError);

    impl fmt::Display for Outer {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "no row: {}", self.0)
        }
    }

    impl Error for Outer {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&self.0)
        }
    }

    #[test]
    fn store_error_causes_show_each_text_once() {
        let error = || "x".parse::<u8>().expect_err("no number");
        assert_eq!(StoreError::new(Outer(error())).causes(), "no row: invalid digit found in string");
        assert_eq!(StoreError::new(error()).causes(), "invalid digit found in string");
    }
}

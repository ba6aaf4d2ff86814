use std::error::Error;
use std::fmt;

use super::fault::StoreFault;

/// Why a [`SessionStore`](super::SessionStore) can't answer: its server is away, a file can't be read, a
/// row makes no sense.
///
/// It is no judgement on a session. Whoever asked is answered 503: no failure of a store lets anybody pass,
/// and none logs anybody out. The cause goes to the log, so no text of it may have a password in it.
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

    /// The cause, where it is known what to do about it.
    pub(crate) fn fault(&self) -> Option<&StoreFault> {
        self.cause.downcast_ref()
    }

    /// The causes in one line, for a log.
    pub(crate) fn causes(&self) -> String {
        let mut text = self.cause.to_string();
        let mut next = self.cause.source();
        while let Some(error) = next {
            text.push_str(": ");
            text.push_str(&error.to_string());
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

use std::error::Error;
use std::fmt;

use crate::session::StoreError;
#[cfg(any(feature = "session-postgres", feature = "session-redis"))]
use crate::tls::TlsSetupError;

/// The reason why a store cannot be used, and the remedy. It contains no password, because it is logged.
#[derive(Clone, Debug)]
pub(crate) struct StoreFault {
    pub(crate) problem: String,
    pub(crate) remedy: String,
}

impl StoreFault {
    pub(crate) fn new(problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        StoreFault { problem: problem.into(), remedy: remedy.into() }
    }

    /// The fault that caused this error, if there is one.
    pub(crate) fn of(error: &StoreError) -> Option<&Self> {
        error.source()?.downcast_ref()
    }
}

impl fmt::Display for StoreFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.problem, self.remedy)
    }
}

impl Error for StoreFault {}

#[cfg(any(feature = "session-postgres", feature = "session-redis"))]
impl From<TlsSetupError> for StoreFault {
    fn from(error: TlsSetupError) -> Self {
        StoreFault::new(error.problem, error.remedy)
    }
}

impl From<StoreFault> for StoreError {
    fn from(fault: StoreFault) -> Self {
        StoreError::new(fault)
    }
}

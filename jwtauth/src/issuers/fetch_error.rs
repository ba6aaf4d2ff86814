use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

/// Why a fetch failed, for the log.
#[derive(Clone, Debug)]
pub(crate) struct FetchError {
    problem: Cow<'static, str>,
    /// How an operator can fix it.
    remedy: Cow<'static, str>,
    /// Whether the server has no such document.
    is_missing: bool,
}

impl FetchError {
    pub(super) fn new(problem: impl Into<Cow<'static, str>>, remedy: impl Into<Cow<'static, str>>) -> Self {
        FetchError { problem: problem.into(), remedy: remedy.into(), is_missing: false }
    }

    /// A step failed. The text contains the whole chain of sources.
    pub(super) fn failed(what: &str, error: &dyn std::error::Error, remedy: &'static str) -> Self {
        let mut reason = format!("{what}: {error}");
        let mut source = error.source();
        while let Some(error) = source {
            reason = format!("{reason}: {error}");
            source = error.source();
        }
        FetchError::new(reason, remedy)
    }

    /// The fetch timed out.
    pub(super) fn late(timeout: Duration) -> Self {
        FetchError::new(
            format!("it took longer than {} s", timeout.as_secs()),
            "check that the server answers, and that this machine may connect to it; or set a longer `timeout`",
        )
    }

    /// The response is not a JWK set.
    pub(super) fn no_set() -> Self {
        FetchError::new("the answer is not a JWK set", "check that `jwks_uri` is the URL of one")
    }

    /// Marks the error: the server has no such document.
    pub(super) fn missing(self) -> Self {
        FetchError { is_missing: true, ..self }
    }

    /// Adds that another attempt failed, too.
    pub(super) fn and(self, other: &FetchError) -> Self {
        FetchError { problem: format!("{}, and {}", self.problem, other.problem).into(), ..self }
    }

    /// Adds what could not be fetched.
    pub(super) fn of(self, what: &str) -> Self {
        FetchError::new(format!("{what}: {}", self.problem), self.remedy)
    }

    pub(super) fn is_missing(&self) -> bool {
        self.is_missing
    }

    pub(crate) fn problem(&self) -> &str {
        &self.problem
    }

    pub(crate) fn remedy(&self) -> &str {
        &self.remedy
    }
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.problem, self.remedy)
    }
}

impl std::error::Error for FetchError {}

use std::fmt;

/// Why what a login [carries](crate::Issuing::carrying) can't be read as a type. It names the type, and the field where
/// that is known, but no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CarriedError {
    kind: &'static str,
    /// `None` if the login carries nothing.
    problem: Option<String>,
}

impl CarriedError {
    pub(crate) fn nothing(kind: &'static str) -> Self {
        CarriedError { kind, problem: None }
    }

    pub(crate) fn unreadable(kind: &'static str, problem: String) -> Self {
        CarriedError { kind, problem: Some(problem) }
    }

    /// Whether the login carries nothing. Otherwise it carries something that is not of the type.
    pub fn is_missing(&self) -> bool {
        self.problem.is_none()
    }
}

impl fmt::Display for CarriedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.problem {
            None => write!(f, "the login carries nothing, and the type `{}` needs something", self.kind),
            Some(problem) => write!(f, "what the login carries is not of the type `{}`: {problem}", self.kind),
        }
    }
}

impl std::error::Error for CarriedError {}

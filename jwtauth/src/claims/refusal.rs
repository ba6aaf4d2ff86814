//! The log line for a verified token that is refused, where no error carries the facts.

use crate::error::Facts;

/// Logs why a token is refused. `issuer` is the trusted issuer of the token, or `None` for a token of the application.
pub(super) fn log(issuer: Option<&str>, why: &str) {
    Facts::new(issuer, why).log();
}

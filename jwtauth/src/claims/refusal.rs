//! The log line for a verified token that is refused.

/// Logs why a token is refused. `issuer` is the trusted issuer of the token, or `None` for a token of the application.
pub(super) fn log(issuer: Option<&str>, why: &str) {
    match issuer {
        Some(issuer) => rocket::info!("jwtauth: a token of the issuer {issuer} is refused: {why}"),
        None => rocket::info!("jwtauth: a token is refused: {why}"),
    }
}

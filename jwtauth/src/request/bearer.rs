use rocket::request::Request;

use super::header::{self, Several};
use crate::error::AuthError;

/// The token of a request: the credentials of its only `Authorization` header, if the scheme is `prefix`.
///
/// # Errors
///
/// - [`AuthError::MissingToken`] without such a header, or with a different scheme.
/// - [`AuthError::AmbiguousToken`] with more than one header: a proxy may have used a different one.
pub(crate) fn token<'r>(request: &'r Request<'_>, prefix: &str) -> Result<&'r str, AuthError> {
    match header::only(request, "Authorization") {
        Ok(header) => header.and_then(|header| credentials(header, prefix)).ok_or(AuthError::MissingToken),
        Err(Several) => Err(AuthError::AmbiguousToken),
    }
}

/// The text after the scheme (RFC 9110 §11.4). A scheme without credentials is an empty, malformed token.
fn credentials<'h>(header: &'h str, prefix: &str) -> Option<&'h str> {
    let (scheme, credentials) = header.split_at_checked(prefix.len())?;
    let is_ours = scheme.eq_ignore_ascii_case(prefix) && (credentials.is_empty() || credentials.starts_with(' '));
    is_ours.then(|| credentials.trim_matches(' '))
}

#[cfg(test)]
mod tests {
    use super::credentials;

    #[test]
    fn bearer_scheme_is_compared_without_case() {
        for header in ["Bearer abc", "bearer abc", "BEARER  abc "] {
            assert_eq!(credentials(header, "Bearer"), Some("abc"));
        }
        for header in ["Basic abc", "Bearerabc", "Beare abc", "", " Bearer abc", "Bearér abc", "Bearer\tabc"] {
            assert_eq!(credentials(header, "Bearer"), None);
        }
        assert_eq!(credentials("Bearer", "bearer"), Some(""));
        assert_eq!(credentials("Bearer  ", "bearer"), Some(""));
        assert_eq!(credentials("JWT a b", "JWT"), Some("a b"));
    }
}

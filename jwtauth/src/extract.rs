use rocket::request::Request;

use crate::AuthError;

/// The token of a request: the credentials of its one `Authorization` header, if that has our scheme.
///
/// # Errors
///
/// [`AuthError::MissingToken`] without such a header, or with another scheme;
/// [`AuthError::AmbiguousToken`] with more than one: whichever of them we took, another program on the
/// way may have taken the other.
pub(crate) fn token<'r>(request: &'r Request<'_>, prefix: &str) -> Result<&'r str, AuthError> {
    let mut headers = request.headers().get("Authorization");
    let header = headers.next().ok_or(AuthError::MissingToken)?;
    if headers.next().is_some() {
        return Err(AuthError::AmbiguousToken);
    }
    credentials(header, prefix).ok_or(AuthError::MissingToken)
}

/// What comes after the scheme (RFC 9110 §11.4). A scheme without anything after it is a token too, a
/// malformed one.
fn credentials<'h>(header: &'h str, prefix: &str) -> Option<&'h str> {
    let (scheme, credentials) = header.split_once(' ').unwrap_or((header, ""));
    scheme.eq_ignore_ascii_case(prefix).then(|| credentials.trim_matches(' '))
}

#[cfg(test)]
mod tests {
    use super::credentials;

    #[test]
    fn the_scheme_is_compared_without_case() {
        for header in ["Bearer abc", "bearer abc", "BEARER  abc "] {
            assert_eq!(credentials(header, "Bearer"), Some("abc"));
        }
        for header in ["Basic abc", "Bearerabc", "Beare abc", "", " Bearer abc"] {
            assert_eq!(credentials(header, "Bearer"), None);
        }
        assert_eq!(credentials("Bearer", "bearer"), Some(""));
        assert_eq!(credentials("JWT a b", "JWT"), Some("a b"));
    }
}

use rocket::request::Request;

use super::cookie;
use super::cross_origin;
use super::identify::Origins;
use crate::config::Config;
use crate::error::AuthError;

/// Checks that a request may log in or out with cookies. Without this check, a page of another site could log its
/// visitors out, or in as another user.
///
/// # Errors
///
/// [`AuthError::CrossOrigin`].
pub(crate) fn check_login_origin(request: &Request<'_>, config: &Config, origins: Origins) -> Result<(), AuthError> {
    match &config.cookies {
        Some(cookies) if origins == Origins::Own => {
            let names = [cookies.access_name(), cookies.refresh_name()];
            let has_cookie = names.iter().any(|name| !matches!(cookie::value(request, name), Ok(None)));
            cross_origin::check(request, cookies, has_cookie)
        }
        _ => Ok(()),
    }
}

//! Where a request carries its token.

use rocket::request::Request;

use super::bearer;
use super::cookie;
use super::source::Source;
use super::state::RequestState;
use crate::config::Config;
use crate::error::AuthError;

/// A token, and where it is from.
#[derive(Clone, Copy)]
pub(crate) struct Credential<'r> {
    pub(crate) token: &'r str,
    pub(crate) source: Source,
}

impl<'r> Credential<'r> {
    /// The access token of a request. With an `Authorization` header of the scheme of this application, only the header
    /// counts. Otherwise, the cookie counts.
    ///
    /// # Errors
    ///
    /// [`AuthError::MissingToken`] or [`AuthError::AmbiguousToken`].
    pub(crate) fn access(request: &'r Request<'_>, state: &RequestState, config: &Config) -> Result<Self, AuthError> {
        Credential::of(request, state, config, |request| match &config.cookies {
            Some(cookies) => cookie::value(request, cookies.access_name()),
            None => Ok(None),
        })
    }

    /// The token of a request that refreshes a login. The cookie is the refresh cookie.
    ///
    /// # Errors
    ///
    /// As [`access`](Self::access).
    pub(crate) fn refresh(request: &'r Request<'_>, state: &RequestState, config: &Config) -> Result<Self, AuthError> {
        Credential::of(request, state, config, |request| {
            Ok(RefreshCookie::of(request, config)?.map(|cookie| cookie.token))
        })
    }

    fn of(
        request: &'r Request<'_>,
        state: &RequestState,
        config: &Config,
        cookie: impl FnOnce(&'r Request<'_>) -> Result<Option<&'r str>, AuthError>,
    ) -> Result<Self, AuthError> {
        match bearer::token(request, &config.auth_header_prefix) {
            Ok(token) => Ok(Credential { token, source: Source::Header }),
            Err(AuthError::MissingToken) if config.cookies.is_some() => {
                state.cookies.note_look();
                let token = cookie(request)?.ok_or(AuthError::MissingToken)?;
                Ok(Credential { token, source: Source::Cookie })
            }
            Err(error) => Err(error),
        }
    }
}

/// The cookie that renews a login.
pub(crate) struct RefreshCookie<'r> {
    /// The refresh token or, without sessions, a copy of the access token.
    pub(crate) token: &'r str,
    /// Whether the browser forgets the login when it closes.
    pub(crate) is_transient: bool,
}

impl<'r> RefreshCookie<'r> {
    /// Marks a login that ends with the browser. Only the browser's own cookies depend on it, so it is not signed.
    const TRANSIENT: char = '~';

    /// The refresh cookie of a request, if there is one.
    ///
    /// # Errors
    ///
    /// [`AuthError::AmbiguousToken`] if there are two.
    pub(crate) fn of(request: &'r Request<'_>, config: &Config) -> Result<Option<Self>, AuthError> {
        let Some(cookies) = &config.cookies else {
            return Ok(None);
        };
        let value = cookie::value(request, cookies.refresh_name())?;
        Ok(value.map(|value| match value.strip_prefix(RefreshCookie::TRANSIENT) {
            Some(token) => RefreshCookie { token, is_transient: true },
            None => RefreshCookie { token: value, is_transient: false },
        }))
    }

    /// The value that a browser gets.
    pub(crate) fn value(token: &str, is_transient: bool) -> String {
        match is_transient {
            true => format!("{}{token}", RefreshCookie::TRANSIENT),
            false => token.to_owned(),
        }
    }
}

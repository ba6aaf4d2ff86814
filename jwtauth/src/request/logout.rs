use rocket::request::Request;

use super::bearer;
use super::cookie;
use super::credential::RefreshCookie;
use super::identify::Origins;
use super::login_origin::check_login_origin;
use super::state::RequestState;
use crate::claims::SessionId;
use crate::config::CookiesConfig;
use crate::error::{AuthError, TokenError};
use crate::jwtauth::JwtAuth;
use crate::session::EndReason;

/// Ends the session of a request, and removes the cookies.
///
/// A header with a token decides alone, as for guards. The token is an access token, which may have expired, or a refresh
/// token. Without sessions, and for a token of a trusted issuer, there is nothing to end.
///
/// # Errors
///
/// The fault of the token in the header; [`AuthError::AmbiguousToken`], [`AuthError::CrossOrigin`] and
/// [`AuthError::Unavailable`]. Then the cookies stay. A cookie with an invalid token is not an error.
pub(crate) async fn logout(jwtauth: &JwtAuth, request: &Request<'_>, origins: Origins) -> Result<(), AuthError> {
    let config = jwtauth.config();
    match (bearer::token(request, &config.auth_header_prefix), &config.cookies) {
        (Err(AuthError::MissingToken), Some(cookies)) => {
            check_login_origin(request, config, origins)?;
            end_session_of_cookies(jwtauth, request, cookies).await?;
        }
        (token, _) if jwtauth.keeper().is_some() => end_session_of(jwtauth, token?).await?,
        _ => {}
    }
    if config.cookies.is_some() {
        RequestState::of(request).cookies.clear();
    }
    Ok(())
}

/// Ends the session that the cookies of a request belong to, if there is one.
///
/// # Errors
///
/// [`AuthError::AmbiguousToken`] and [`AuthError::Unavailable`].
pub(crate) async fn end_session_of_cookies(
    jwtauth: &JwtAuth,
    request: &Request<'_>,
    cookies: &CookiesConfig,
) -> Result<(), AuthError> {
    RequestState::of(request).cookies.note_look();
    let refresh = RefreshCookie::of(request, jwtauth.config())?.map(|cookie| cookie.token);
    let access = cookie::value(request, cookies.access_name())?;
    for token in [refresh, access].into_iter().flatten() {
        match end_session_of(jwtauth, token).await {
            // The other cookie may be good.
            Err(AuthError::InvalidToken(_)) => {}
            other => return other,
        }
    }
    Ok(())
}

async fn end_session_of(jwtauth: &JwtAuth, token: &str) -> Result<(), AuthError> {
    let Some(sessions) = jwtauth.keeper().filter(|_| !jwtauth.verifier().is_of_issuer(token)) else {
        return Ok(());
    };
    let now = jwtauth.now();
    let id = match sessions.open(token) {
        // A refresh token that was spent long ago is accepted too: it can only end its own session.
        Ok((key, id, _)) => {
            sessions.may_end(&key, id).await?;
            id
        }
        // The token does not have the form of a refresh token.
        Err(TokenError::Malformed) => named_in(jwtauth, token, now)?,
        Err(error) => return Err(error.into()),
    };
    sessions.end(id, now, EndReason::Logout).await?;
    Ok(())
}

/// The session that an access token names.
fn named_in(jwtauth: &JwtAuth, token: &str, now: u64) -> Result<SessionId, TokenError> {
    let policy = jwtauth.policy();
    jwtauth.verifier().inspect(token, now, |read, _| {
        policy.check_logout(&read.registered, now)?;
        policy.session(read.registered.sid)
    })?
}

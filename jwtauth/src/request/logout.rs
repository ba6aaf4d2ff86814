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
/// If a header contains a token, only the header counts, as for guards: the cookies and their session stay. The token
/// is an access token, which may have expired, or a refresh token. Without sessions, and for a token of a trusted
/// issuer, no session ends.
///
/// # Errors
///
/// The error of the token in the header, [`AuthError::AmbiguousToken`], [`AuthError::CrossOrigin`] or
/// [`AuthError::Unavailable`]. The cookies stay then. A cookie with an invalid token is not an error.
pub(crate) async fn logout(jwtauth: &JwtAuth, request: &Request<'_>, origins: Origins) -> Result<(), AuthError> {
    let config = jwtauth.config();
    match (bearer::token(request, &config.auth_header_prefix), &config.cookies) {
        (Err(AuthError::MissingToken), Some(cookies)) => {
            check_login_origin(request, config, origins)?;
            end_session_of_cookies(jwtauth, request, cookies).await?;
            RequestState::of(request).cookies.clear();
        }
        (token, _) if jwtauth.session_manager().is_some() => {
            end_session(jwtauth, session_of(jwtauth, token?).await?).await?
        }
        _ => {}
    }
    Ok(())
}

/// Ends the session that the cookies of a request belong to, if there is one. Cookies of two sessions end both.
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
    let mut ended = None;
    for token in [refresh, access].into_iter().flatten() {
        let id = match session_of(jwtauth, token).await {
            // The other cookie may be valid.
            Err(AuthError::InvalidToken { .. }) => None,
            other => other?,
        };
        if id != ended {
            end_session(jwtauth, id).await?;
            ended = id;
        }
    }
    Ok(())
}

async fn end_session(jwtauth: &JwtAuth, id: Option<SessionId>) -> Result<(), AuthError> {
    if let (Some(sessions), Some(id)) = (jwtauth.session_manager(), id) {
        sessions.end(id, jwtauth.now(), EndReason::Logout).await?;
    }
    Ok(())
}

/// The session that a token belongs to. `None` without sessions, and for a token of a trusted issuer.
async fn session_of(jwtauth: &JwtAuth, token: &str) -> Result<Option<SessionId>, AuthError> {
    let Some(sessions) = jwtauth.session_manager().filter(|_| !jwtauth.verifier().is_of_issuer(token)) else {
        return Ok(None);
    };
    match sessions.open(token) {
        // A refresh token that was spent long ago is accepted too, because it can only end its own session.
        Ok((key, id, _)) => {
            sessions.may_end(&key, id).await?;
            Ok(Some(id))
        }
        // The token does not have the form of a refresh token.
        Err(TokenError::Malformed) => Ok(Some(named_in(jwtauth, token, jwtauth.now())?)),
        Err(error) => Err(error.into()),
    }
}

/// The session that an access token names.
fn named_in(jwtauth: &JwtAuth, token: &str, now: u64) -> Result<SessionId, TokenError> {
    let policy = jwtauth.policy();
    jwtauth.verifier().inspect(token, now, |read, _| {
        policy.check_logout(&read.registered, now)?;
        policy.session(read.registered.sid)
    })?
}

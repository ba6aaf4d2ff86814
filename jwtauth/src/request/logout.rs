use rocket::request::Request;

use super::bearer;
use crate::claims::SessionId;
use crate::error::{AuthError, TokenError};
use crate::jwtauth::JwtAuth;
use crate::session::EndReason;

/// Ends the session of the token of a request. The token is an access token, which may have expired, or a refresh
/// token. Without sessions, and for a token of a trusted issuer, there is nothing to end.
pub(crate) async fn logout(jwtauth: &JwtAuth, request: &Request<'_>) -> Result<(), AuthError> {
    let Some(sessions) = jwtauth.keeper() else {
        return Ok(());
    };
    let token = bearer::token(request, &jwtauth.config().auth_header_prefix)?;
    if jwtauth.verifier().is_of_issuer(token) {
        return Ok(());
    }
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

//! The one line in the log for a request that is refused.

use std::fmt::Write;

use rocket::http::Status;
use rocket::request::Request;

use crate::error::{AuthError, RefreshError, TokenError};
use crate::jws::{Buffer, Header, Parts};
use crate::jwtauth::JwtAuth;
use crate::request::bearer;
use crate::request::state::RequestState;

/// Logs why this request is answered with this status, if an error of ours is the reason: at the level `warn`, which
/// Rocket shows at every log level but `off`. It is one line for a request, however many guards it has met.
///
/// The line has only words of ours, of the settings and of the route. It names the key only if it is a configured one,
/// and the user only if the signature of the token is good. A refused request can repeat it, but cannot make it long.
pub(crate) fn log(request: &Request<'_>, status: Status) {
    let Some(jwtauth) = JwtAuth::of(request) else {
        return;
    };
    let state = RequestState::of(request);
    let (reason, why, token_error) = match (state.refresh_error(), state.error_with(status)) {
        (Some(error), _) if error.status() == status => (error.reason(), error.to_string(), of_refresh(error)),
        // What keeps a login from its tokens is logged where it happens.
        (_, Some(error)) if status != Status::InternalServerError => {
            (error.reason(), error.to_string(), of_access(error))
        }
        _ => return,
    };
    let is_refresh = state.refresh_error().is_some();
    let route = match request.route() {
        Some(route) => format!("{} ({})", route.uri, route.name.as_deref().unwrap_or("without a name")),
        None => "without a route".to_owned(),
    };
    let mut line = format!("{} {route} is refused with {}: {reason}: {why}", request.method(), status.code);
    if let Ok(token) = bearer::token(request, &jwtauth.config().auth_header_prefix) {
        add_token(&mut line, jwtauth, token, token_error, is_refresh);
    }
    rocket::warn!("jwtauth: {line}");
}

/// How far a token came before it was refused.
#[derive(Clone, Copy, PartialEq)]
enum Came {
    /// It is not in the form of the token that is expected.
    NotInForm,
    /// Its signature is not good, or nothing is known of it.
    Unverified,
    /// Its signature is good.
    Verified,
}

fn of_access(error: &AuthError) -> Came {
    match error {
        AuthError::InvalidToken(error) => of_token(*error),
        _ => Came::Unverified,
    }
}

fn of_refresh(error: &RefreshError) -> Came {
    match error {
        RefreshError::InvalidToken(error) => of_token(*error),
        RefreshError::Expired
        | RefreshError::KeyNeverRefreshes
        | RefreshError::MissingClaim
        | RefreshError::UserId
        | RefreshError::Nonce
        | RefreshError::SessionEnded
        | RefreshError::Reuse
        | RefreshError::NoSuchUser => Came::Verified,
        _ => Came::Unverified,
    }
}

fn of_token(error: TokenError) -> Came {
    match error {
        TokenError::Malformed => Came::NotInForm,
        TokenError::NotYetValid
        | TokenError::Expired
        | TokenError::Issuer
        | TokenError::Audience
        | TokenError::SessionEnded => Came::Verified,
        _ => Came::Unverified,
    }
}

// Writing to a string does not fail.
fn add_token(line: &mut String, jwtauth: &JwtAuth, token: &str, came: Came, is_refresh: bool) {
    let expects_refresh_token = is_refresh && jwtauth.keeper().is_some();
    if came == Came::NotInForm {
        if expects_refresh_token && token.bytes().filter(|byte| *byte == b'.').count() == 2 {
            line.push_str("; the request has an access token, and the refresh token of the session is expected");
        } else if !is_refresh && is_refresh_token(jwtauth, token) {
            line.push_str("; the request has a refresh token, and an access token is expected");
        }
        return;
    }
    if expects_refresh_token {
        // Nothing but the session is in it.
        if let Some(Ok((_, session, _))) = jwtauth.keeper().map(|keeper| keeper.open(token)) {
            let _ = write!(line, "; session `{session}`");
        }
        return;
    }
    if let Some(kid) = configured_kid(jwtauth, token) {
        let _ = write!(line, "; key `{}`", kid.escape_debug());
    }
    if came == Came::Verified
        && let Ok(userid) = jwtauth.verifier().inspect(token, jwtauth.now(), |read, _| read.userid().to_owned())
        && !userid.is_empty()
    {
        let _ = write!(line, "; user `{}`", userid.escape_debug());
    }
}

/// Whether it has the form of a refresh token.
fn is_refresh_token(jwtauth: &JwtAuth, token: &str) -> bool {
    jwtauth.keeper().is_some_and(|keeper| !matches!(keeper.open(token), Err(TokenError::Malformed)))
}

/// The `kid` of a token, if it is the name of one of the keys.
fn configured_kid(jwtauth: &JwtAuth, token: &str) -> Option<String> {
    let mut buffer = Buffer::new();
    let parts = Parts::split(token.as_bytes()).ok()?;
    let header = Header::parse(buffer.decode(parts.header).ok()?).ok()?;
    let ring = jwtauth.keys();
    let key = ring.keys().iter().find(|key| header.kid.as_deref() == Some(key.kid()))?;
    Some(key.kid().to_owned())
}

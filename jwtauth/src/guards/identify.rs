//! The identity of a request, for all guards.

use std::sync::Arc;

use rocket::request::Request;

use crate::claims::Claims;
use crate::error::{AuthError, TokenError};
use crate::jwtauth::JwtAuth;
use crate::refresh::renew_login;
use crate::request::state::RequestState;
use crate::request::{self, Obstacle, Origins};
use crate::verified::Verified;

/// Verifies the token of a request, and reads its claims as this type. If the access cookie is not acceptable but the
/// refresh cookie is, the login is renewed. The error is stored for the challenge.
pub(super) async fn identify<C: Claims>(
    request: &Request<'_>,
    origins: Origins,
) -> Result<Arc<Verified<C>>, AuthError> {
    let state = RequestState::of(request);
    state.note_guard(request);
    if let Some(verified) = state.identity() {
        return Ok(verified);
    }
    let Some(jwtauth) = JwtAuth::of(request) else {
        return Err(AuthError::NotAttached);
    };
    match request::identify_at_once::<C>(request, state, jwtauth, origins) {
        Ok(verified) => return Ok(verified),
        Err(Obstacle::Error(error)) if jwtauth.config().cookies.is_none() => Err(error),
        // The future is boxed, so that the usual case stays small.
        Err(_) => Box::pin(identify_or_renew::<C>(request, state, jwtauth, origins)).await,
    }
    .inspect_err(|error| {
        // `Recursion` occurs in a guard of the loader. It is not stored, because the request may get a more precise
        // error.
        if *error != AuthError::Recursion {
            state.fail_guard(error.clone());
        }
    })
}

/// The identity of the request or of the renewed login.
async fn identify_or_renew<C: Claims>(
    request: &Request<'_>,
    state: &RequestState,
    jwtauth: &JwtAuth,
    origins: Origins,
) -> Result<Arc<Verified<C>>, AuthError> {
    let error = match request::identify::<C>(request, state, jwtauth, origins).await {
        Err(error) if jwtauth.config().cookies.is_some() => error,
        identified => return identified,
    };
    // Boxed, because few requests renew a login.
    if is_renewable(state, &error, jwtauth.now()) && Box::pin(renew_login::<C>(request, jwtauth, origins)).await? {
        return request::identify::<C>(request, state, jwtauth, origins).await;
    }
    let is_over =
        matches!(error, AuthError::InvalidToken { error: TokenError::SessionEnded | TokenError::Expired, .. });
    if is_over && state.cookies.has_token() {
        state.cookies.clear();
    }
    Err(error)
}

/// Whether a new access token may be accepted in place of the request's token. A session that has ended cannot be
/// renewed.
fn is_renewable(state: &RequestState, error: &AuthError, now: u64) -> bool {
    let AuthError::InvalidToken { error, .. } = error else {
        return *error == AuthError::MissingToken;
    };
    let is_of_cookie = state.cookies.has_token();
    is_of_cookie
        && match error {
            // After a rotation of the keys, the key of the token may be unknown.
            TokenError::Expired | TokenError::UnknownKey | TokenError::Signature => true,
            // A new version of the application may have another claims type. If the token was issued a moment ago, a
            // new token would have the same claims.
            TokenError::Claims => state.issued_at().is_some_and(|at| i128::from(now) - i128::from(at) > YOUNG),
            _ => false,
        }
}

/// The age in seconds below which the claims of a token are assumed to be current.
const YOUNG: i128 = 60;

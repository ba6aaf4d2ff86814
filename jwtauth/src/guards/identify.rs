//! The identity of a request, for all guards.

use std::sync::Arc;

use rocket::request::Request;

use crate::claims::Claims;
use crate::error::{AuthError, TokenError};
use crate::jwtauth::JwtAuth;
use crate::refresh::renew_login;
use crate::request::state::RequestState;
use crate::request::{self, Origins, Source};
use crate::verified::Verified;

/// Verifies the token of a request, and reads its claims as this type. If the access cookie is not acceptable but the
/// refresh cookie is, the login is renewed. The error is stored for the challenge.
pub(super) async fn identify<C: Claims>(
    request: &Request<'_>,
    origins: Origins,
) -> Result<Arc<Verified<C>>, AuthError> {
    let Some(jwtauth) = JwtAuth::of(request) else {
        return Err(AuthError::NotAttached);
    };
    let state = RequestState::of(request);
    state.note_guard(request);
    match request::identify::<C>(request, state, jwtauth, origins).await {
        // The future is boxed, so that the usual case stays small.
        Err(error) if jwtauth.config().cookies.is_some() => {
            Box::pin(renewed::<C>(request, jwtauth, origins, error)).await
        }
        result => result,
    }
    .inspect_err(|error| {
        // `Recursion` occurs in a guard of the loader. It is not stored, because the request may get a more precise
        // error.
        if *error != AuthError::Recursion {
            state.fail_guard(error.clone());
        }
    })
}

/// The identity of the renewed login, or the error of the request.
async fn renewed<C: Claims>(
    request: &Request<'_>,
    jwtauth: &JwtAuth,
    origins: Origins,
    error: AuthError,
) -> Result<Arc<Verified<C>>, AuthError> {
    let state = RequestState::of(request);
    if is_renewable(state, &error, jwtauth.now()) && renew_login::<C>(request, jwtauth, origins).await? {
        return request::identify::<C>(request, state, jwtauth, origins).await;
    }
    let is_over =
        matches!(error, AuthError::InvalidToken { error: TokenError::SessionEnded | TokenError::Expired, .. });
    if is_over && state.cookies.source() == Some(Source::Cookie) {
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
    let is_of_cookie = state.cookies.source() == Some(Source::Cookie);
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

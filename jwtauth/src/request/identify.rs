use std::sync::Arc;

use rocket::request::Request;

use super::bearer;
use super::state::{RequestState, SecondClaims};
use crate::claims::Claims;
use crate::error::{AuthError, TokenError};
use crate::jwtauth::JwtAuth;
use crate::verified::{Verified, downcast};

/// Verifies the token of a request, and reads its claims as this type. The token and its session are checked once for
/// all guards of the request. An error is stored for the challenge.
pub(crate) async fn identify<C: Claims>(request: &Request<'_>) -> Result<Arc<Verified<C>>, AuthError> {
    let state = RequestState::of(request);
    let verified = check::<C>(state, request).await;
    verified.inspect_err(|error| state.fail_guard(error.clone()))
}

async fn check<C: Claims>(state: &RequestState, request: &Request<'_>) -> Result<Arc<Verified<C>>, AuthError> {
    let jwtauth = JwtAuth::of(request).ok_or(AuthError::NotAttached)?;
    let verifier = jwtauth.verifier();
    let token = match state.token.get() {
        Some(token) => token,
        None => {
            let token = match bearer::token(request, &jwtauth.config().auth_header_prefix) {
                Ok(token) => verifier.verify::<C>(token).await,
                Err(error) => Err(error),
            };
            state.token.get_or_init(|| token)
        }
    };
    let token = token.as_ref().map_err(AuthError::clone)?;
    let verified = match downcast(Arc::clone(token)) {
        Some(verified) => verified,
        None => {
            let second = request.local_cache(|| SecondClaims(verifier.read_again::<C>(token)));
            second.0.clone().ok_or(TokenError::Claims)?
        }
    };
    if verifier.has_session(&verified) {
        match state.session.get() {
            Some(checked) => checked.clone()?,
            None => {
                let checked = verifier.check_session(&verified).await;
                let _ = state.session.set(checked.clone());
                checked?;
            }
        }
    }
    Ok(verified)
}

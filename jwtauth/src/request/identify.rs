use std::sync::Arc;

use rocket::request::Request;

use super::credential::Credential;
use super::cross_origin;
use super::source::Source;
use super::state::{RenewedClaims, RequestState, SecondClaims};
use crate::claims::Claims;
use crate::config::Config;
use crate::error::{AuthError, TokenError};
use crate::jwtauth::JwtAuth;
use crate::verified::{Verified, downcast};

/// Which requests with a cookie a guard accepts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origins {
    /// Those from the application's own pages.
    Own,
    /// Those from any page.
    Any,
}

/// Verifies the token of a request, and reads its claims as this type. The token and its session are checked once for
/// all guards of the request. Each guard checks for itself whether a cookie counts.
pub(crate) async fn identify<C: Claims>(
    request: &Request<'_>,
    state: &RequestState,
    jwtauth: &JwtAuth,
    origins: Origins,
) -> Result<Arc<Verified<C>>, AuthError> {
    let verifier = jwtauth.verifier();
    let token = match state.token() {
        Some(token) => {
            if state.cookies.source() == Some(Source::Cookie) {
                check_origin(request, jwtauth.config(), origins)?;
            }
            token
        }
        None => {
            let token = match Credential::access(request, jwtauth.config()) {
                Ok(Credential { token, source }) => {
                    if source == Source::Cookie {
                        state.cookies.note_source(source);
                        check_origin(request, jwtauth.config(), origins)?;
                    }
                    verifier.verify::<C>(token).await
                }
                Err(error) => Err(error),
            };
            state.token.get_or_init(|| token).as_ref().map_err(AuthError::clone)
        }
    }?;
    let verified = match downcast(Arc::clone(token)) {
        Some(verified) => verified,
        None => {
            let read_again = || verifier.read_again::<C>(token);
            // The claims of a renewed token differ from those of the token in the request.
            let second = match state.is_renewed() {
                false => &request.local_cache(|| SecondClaims(read_again())).0,
                true => &request.local_cache(|| RenewedClaims(read_again())).0,
            };
            second.clone().ok_or(TokenError::Claims)?
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
    if state.cookies.source() == Some(Source::Cookie) {
        state.cookies.note_identity();
    }
    Ok(verified)
}

/// Checks that a request with one of our cookies may use it.
pub(crate) fn check_origin(request: &Request<'_>, config: &Config, origins: Origins) -> Result<(), AuthError> {
    match &config.cookies {
        Some(cookies) if origins == Origins::Own => cross_origin::check(request, cookies, true),
        _ => Ok(()),
    }
}

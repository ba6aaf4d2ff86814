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

/// Why a request has no identity, or none yet.
pub(crate) enum Obstacle<'r, C> {
    Error(AuthError),
    /// The token may be a trusted issuer's, whose keys may have to be fetched.
    Issuer(&'r str),
    /// The session store must be asked about the session of the token.
    Store(Arc<Verified<C>>),
}

impl<C> From<AuthError> for Obstacle<'_, C> {
    fn from(error: AuthError) -> Self {
        Obstacle::Error(error)
    }
}

/// Verifies the token of a request, and reads its claims as this type. The token and its session are checked once for
/// all guards of the request. Each guard checks for itself whether a cookie counts.
pub(crate) async fn identify<C: Claims>(
    request: &Request<'_>,
    state: &RequestState,
    jwtauth: &JwtAuth,
    origins: Origins,
) -> Result<Arc<Verified<C>>, AuthError> {
    loop {
        match identify_at_once::<C>(request, state, jwtauth, origins) {
            Ok(verified) => return Ok(verified),
            Err(Obstacle::Error(error)) => return Err(error),
            Err(Obstacle::Issuer(token)) => {
                let _ = state.token.set(jwtauth.verifier().verify::<C>(token).await);
            }
            Err(Obstacle::Store(verified)) => {
                let _ = state.session.set(jwtauth.verifier().check_session(&verified).await);
            }
        }
    }
}

/// The same as [`identify`], as far as it goes without waiting. Nothing here is asynchronous: most requests need no
/// more than this, and pay for no future.
pub(crate) fn identify_at_once<'r, C: Claims>(
    request: &'r Request<'_>,
    state: &'r RequestState,
    jwtauth: &JwtAuth,
    origins: Origins,
) -> Result<Arc<Verified<C>>, Obstacle<'r, C>> {
    let verifier = jwtauth.verifier();
    let token = match state.token() {
        Some(token) => {
            if state.cookies.has_token() {
                check_origin(request, jwtauth.config(), origins)?;
            }
            token
        }
        None => {
            let token = match Credential::access(request, state, jwtauth.config()) {
                Ok(Credential { token, source }) => {
                    if source == Source::Cookie {
                        state.cookies.note_token();
                        check_origin(request, jwtauth.config(), origins)?;
                    }
                    verifier.verify_at_once::<C>(token).ok_or(Obstacle::Issuer(token))?
                }
                Err(error) => Err(error),
            };
            state.token.get_or_init(|| token).as_ref()
        }
    };
    let token = token.map_err(AuthError::clone)?;
    let verified = match downcast(Arc::clone(token)) {
        Some(verified) => verified,
        None => {
            let read_again = || verifier.read_again::<C>(token);
            // The claims of a renewed token differ from those of the token in the request.
            let second = match state.is_renewed() {
                false => &request.local_cache(|| SecondClaims(read_again())).0,
                true => &request.local_cache(|| RenewedClaims(read_again())).0,
            };
            second.clone().ok_or_else(|| AuthError::from(TokenError::Claims))?
        }
    };
    if verifier.has_session(&verified) {
        let checked = match state.session.get() {
            Some(checked) => checked,
            None => match verifier.recall_session(&verified) {
                Some(checked) => state.session.get_or_init(|| checked),
                None => return Err(Obstacle::Store(verified)),
            },
        };
        checked.clone()?;
    }
    match state.cookies.has_token() {
        true => state.cookies.note_identity(),
        false => state.note_identity(),
    }
    Ok(verified)
}

/// Checks that a request with one of the cookies of this application may use it.
pub(crate) fn check_origin(request: &Request<'_>, config: &Config, origins: Origins) -> Result<(), AuthError> {
    match &config.cookies {
        Some(cookies) if origins == Origins::Own => cross_origin::check(request, cookies, true),
        _ => Ok(()),
    }
}

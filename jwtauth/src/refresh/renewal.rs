//! Renewing the login of a browser during a request.

use rocket::request::Request;

use super::endpoint::Reissued;
use super::endpoints::Endpoints;
use super::refreshing::verify;
use crate::claims::Claims;
use crate::error::{AuthError, RefreshError, TokenError};
use crate::jwtauth::JwtAuth;
use crate::request::credential::RefreshCookie;
use crate::request::state::RequestState;
use crate::request::{Origins, check_origin, set_cookies};

/// Renews the login of a request with its refresh cookie. This happens once per request, even if several guards need
/// it. The request then has a new token, which is verified, and the response sets new cookies. `Ok(false)`: the request
/// has no refresh cookie.
///
/// The application's refresh endpoint loads the user.
///
/// # Errors
///
/// - [`AuthError::InvalidToken`] and [`AuthError::NoSuchUser`]: the login cannot be renewed. The response removes the
///   cookies if the login is over.
/// - [`AuthError::Unavailable`]: the store, the loader or a guard of the loader failed, or the browser has newer
///   cookies. The cookies stay.
/// - [`AuthError::AmbiguousToken`], [`AuthError::CrossOrigin`], [`AuthError::Recursion`].
pub(crate) async fn renew_login<C: Claims>(
    request: &Request<'_>,
    jwtauth: &JwtAuth,
    origins: Origins,
) -> Result<bool, AuthError> {
    let state = RequestState::of(request);
    if RefreshCookie::of(request, jwtauth.config())?.is_none() {
        return Ok(false);
    }
    state.cookies.note_token();
    // Each guard has its own origins.
    check_origin(request, jwtauth.config(), origins)?;
    if let Some(renewed) = state.renewal() {
        return renewed.map(|()| true);
    }
    let _renewing = state.cookies.renewing().ok_or(AuthError::Recursion)?;
    let renewed = renew::<C>(request, jwtauth, origins).await;
    state.note_renewal(renewed.clone());
    renewed.map(|()| true)
}

async fn renew<C: Claims>(request: &Request<'_>, jwtauth: &JwtAuth, origins: Origins) -> Result<(), AuthError> {
    let state = RequestState::of(request);
    let refreshing = verify(request, origins).await.map_err(|error| refused(state, error))?;
    // If the access cookie is valid and only its claims do not fit, guards without claims have accepted it.
    if state.userid().is_some_and(|userid| userid != refreshing.userid()) {
        return Err(AuthError::AmbiguousToken);
    }
    let endpoint = request.rocket().state::<Endpoints>().and_then(|endpoints| endpoints.renewing().ok());
    // The launch has checked that there is one.
    let endpoint = endpoint.ok_or(AuthError::NotAttached)?;
    // The guards of the loader refer to this login. The guards of the page do not.
    let facts = refreshing.facts();
    let tokens = match facts.scope((endpoint.renew)(refreshing)).await {
        Reissued::Renewed(tokens) => tokens,
        Reissued::Refused(error) => return Err(refused(state, error)),
        Reissued::Failed(_) => {
            rocket::error!("jwtauth: the loader of `{}` failed: the login is not renewed", endpoint.name);
            return Err(AuthError::Unavailable);
        }
    };
    // The refresh token is spent, so the browser needs the new cookies in any case.
    set_cookies(request, &tokens);
    state.renew(jwtauth.verifier().verify::<C>(tokens.access_token()).await?);
    Ok(())
}

/// The error of a guard for a login that was not renewed. The cookies of a login that is over are removed.
fn refused(state: &RequestState, error: RefreshError) -> AuthError {
    let (error, is_over) = match error {
        RefreshError::Expired => (TokenError::Expired.into(), true),
        RefreshError::SessionEnded | RefreshError::Reuse | RefreshError::Nonce => {
            (TokenError::SessionEnded.into(), true)
        }
        RefreshError::NoSuchUser | RefreshError::UserId => (AuthError::NoSuchUser, true),
        // Another node may have the key.
        RefreshError::InvalidToken(error) => (error.into(), false),
        RefreshError::Disabled | RefreshError::KeyNeverRefreshes => (TokenError::Expired.into(), false),
        RefreshError::MissingClaim => (TokenError::Claims.into(), false),
        RefreshError::MissingToken => (AuthError::MissingToken, false),
        RefreshError::AmbiguousToken => (AuthError::AmbiguousToken, false),
        RefreshError::CrossOrigin => (AuthError::CrossOrigin, false),
        // The browser has newer cookies from a concurrent request. It succeeds when it sends the request again.
        RefreshError::Unavailable | RefreshError::Superseded => (AuthError::Unavailable, false),
        RefreshError::Issue(error) => (error, false),
        RefreshError::Recursion => (AuthError::Recursion, false),
        RefreshError::NotAttached => (AuthError::NotAttached, false),
    };
    if is_over {
        state.cookies.clear();
    }
    error
}

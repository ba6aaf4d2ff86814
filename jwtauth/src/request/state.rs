use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use rocket::http::Status;
use rocket::request::Request;

use super::bearer as extract;
use crate::claims::Claims;
use crate::claims::session_id::SessionId;
use crate::error::{AuthError, RefreshError, TokenError};
use crate::guards::Identity;
use crate::issuers::IssuerToken;
use crate::jwtauth::JwtAuth;
use crate::verified::{Held, downcast};

/// What is known of a request, kept in its local cache: its token is checked once, however many guards
/// ask; and the error that a guard met is there for the challenge and for the application's catchers.
#[derive(Default)]
pub(crate) struct RequestState {
    /// The rules of another issuer, if the token is one of its and verified.
    foreign: OnceLock<Result<Option<IssuerToken>, AuthError>>,
    token: OnceLock<Result<Arc<dyn Held>, AuthError>>,
    session: OnceLock<Result<(), AuthError>>,
    /// What the first guard met that found no identity; the route may have gone on without.
    guard_error: OnceLock<AuthError>,
    /// What the route itself failed with.
    route_error: OnceLock<AuthError>,
    refresh_error: OnceLock<RefreshError>,
    is_asking: AtomicBool,
    recursed: AtomicBool,
}

/// See [`RequestState::asking`].
pub(crate) struct Asking<'s>(&'s AtomicBool);

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

/// The identity as a type other than the one it was first asked for with.
struct Other<C>(Option<Identity<C>>);

impl RequestState {
    pub(crate) fn of<'r>(request: &'r Request<'_>) -> &'r RequestState {
        request.local_cache(RequestState::default)
    }

    /// The error that decides over the request: the route's own or, without one, a guard's.
    pub(crate) fn error(&self) -> Option<&AuthError> {
        self.route_error.get().or_else(|| self.guard_error.get())
    }

    /// The error that a response of this status is due to, if it is one of ours.
    pub(crate) fn error_with(&self, status: Status) -> Option<&AuthError> {
        let errors = [self.route_error.get(), self.guard_error.get()];
        errors.into_iter().flatten().find(|error| error.status() == status)
    }

    pub(crate) fn refresh_error(&self) -> Option<&RefreshError> {
        self.refresh_error.get()
    }

    pub(crate) fn fail_refresh(&self, error: RefreshError) {
        let _ = self.refresh_error.set(error);
    }

    /// Begins to check whether the token can be refreshed, until what this gives is dropped. `None` if that is
    /// being done: the check asks the application's nonce handler, which could ask for the check, and so on.
    pub(crate) fn asking(&self) -> Option<Asking<'_>> {
        let was_asking = self.is_asking.swap(true, Ordering::AcqRel);
        if was_asking {
            self.recursed.store(true, Ordering::Release);
        }
        // Lazily: the guard of a refused call would say, when it is dropped, that the first call is over.
        (!was_asking).then(|| Asking(&self.is_asking))
    }

    pub(crate) fn has_recursed(&self) -> bool {
        self.recursed.load(Ordering::Acquire)
    }

    /// Notes what the route failed with.
    pub(crate) fn fail(&self, error: AuthError) {
        let _ = self.route_error.set(error);
    }

    /// The identity of the request. The first guard to ask has the token checked; a second type of
    /// claims is read from the same verified payload.
    pub(crate) async fn identify<C: Claims>(&self, request: &Request<'_>) -> Result<Identity<C>, AuthError> {
        let identity = self.identity::<C>(request).await;
        identity.inspect_err(|error| self.fail_guard(error.clone()))
    }

    async fn identity<C: Claims>(&self, request: &Request<'_>) -> Result<Identity<C>, AuthError> {
        let jwtauth = JwtAuth::of(request).ok_or(AuthError::NotAttached)?;
        if jwtauth.trusts_others() {
            self.ask_others::<C>(jwtauth, request).await;
        }
        let identity = self.token::<C>(jwtauth, request)?;
        if jwtauth.keeper().is_some() && !identity.is_foreign() {
            self.check_session(jwtauth, identity.session_id()).await?;
        }
        Ok(identity)
    }

    /// Notes what a guard met.
    pub(crate) fn fail_guard(&self, error: AuthError) {
        let _ = self.guard_error.set(error);
    }

    /// Has the token verified by another issuer's keys if it is of one, once a request: what may have to be waited
    /// for comes before the rest, which is not.
    async fn ask_others<C: Claims>(&self, jwtauth: &JwtAuth, request: &Request<'_>) {
        if self.foreign.get().is_none()
            && let Ok(token) = extract::token(request, &jwtauth.config().auth_header_prefix)
        {
            let foreign = Box::pin(jwtauth.foreign::<C>(token)).await;
            let _ = self.foreign.set(foreign);
        }
    }

    /// Looks at the session of the token, once a request.
    async fn check_session(&self, jwtauth: &JwtAuth, id: Option<SessionId>) -> Result<(), AuthError> {
        if let Some(checked) = self.session.get() {
            return checked.clone();
        }
        let checked = jwtauth.check_session(id).await;
        let _ = self.session.set(checked.clone());
        checked
    }

    fn token<C: Claims>(&self, jwtauth: &JwtAuth, request: &Request<'_>) -> Result<Identity<C>, AuthError> {
        let held = self.token.get_or_init(|| {
            let token = extract::token(request, &jwtauth.config().auth_header_prefix)?;
            match self.foreign.get() {
                Some(Ok(Some(foreign))) => Ok(jwtauth.open_foreign::<C>(token, foreign)?),
                Some(Err(error)) => Err(error.clone()),
                Some(Ok(None)) | None => Ok(jwtauth.open::<C>(token)?),
            }
        });
        let held = held.as_ref().map_err(AuthError::clone)?;
        if let Some(verified) = downcast(Arc::clone(held)) {
            return Ok(Identity::new(verified));
        }
        let other = request.local_cache(|| Other(jwtauth.read::<C>(held)));
        other.0.clone().ok_or(AuthError::InvalidToken(TokenError::Claims))
    }
}

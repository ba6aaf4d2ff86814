use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use rocket::http::Status;
use rocket::request::Request;

use crate::error::{AuthError, RefreshError};
use crate::verified::{AnyVerified, Verified};

/// What is known of a request, in its local cache: the result of the check of its token, which is made once for all
/// guards, and the errors, for the challenge and for the application's catchers.
#[derive(Default)]
pub(crate) struct RequestState {
    /// The verified token, as the type of claims that the first guard asked for.
    pub(super) token: OnceLock<Result<Arc<dyn AnyVerified>, AuthError>>,
    /// Whether the session of the token is alive.
    pub(super) session: OnceLock<Result<(), AuthError>>,
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

/// The token of the request with its claims read as a second type. `None` if they are not of this type.
pub(super) struct SecondClaims<C>(pub(super) Option<Arc<Verified<C>>>);

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

    /// Notes what a guard met.
    pub(crate) fn fail_guard(&self, error: AuthError) {
        let _ = self.guard_error.set(error);
    }
}

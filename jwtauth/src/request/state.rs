use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rocket::http::Status;
use rocket::request::Request;

use super::cookie_state::CookieState;
use crate::claims::Claims;
use crate::error::{AuthError, RefreshError};
use crate::verified::{AnyVerified, Verified, downcast};

/// The state of a request, in its local cache: the result of verifying its token, which all guards share, and the
/// errors, for the challenge and for the application's catchers.
#[derive(Default)]
pub(crate) struct RequestState {
    /// The verified token, with the claims type of the first guard.
    pub(super) token: OnceLock<Result<Arc<dyn AnyVerified>, AuthError>>,
    /// Whether a guard has accepted the token, which is from a header, and its session.
    is_identified: AtomicBool,
    /// The token of a login that was renewed for this request.
    renewed: OnceLock<Arc<dyn AnyVerified>>,
    /// The result of renewing the login.
    renewal: OnceLock<Box<Result<(), AuthError>>>,
    pub(crate) cookies: CookieState,
    /// Whether the session of the token is alive.
    pub(super) session: OnceLock<Result<(), AuthError>>,
    /// The error of the first guard that found no identity. The handler may still have run.
    guard_error: OnceLock<Box<AuthError>>,
    /// The errors of rules that refused the identity.
    rule_errors: RuleErrors,
    /// The error of the route itself.
    route_error: OnceLock<Box<AuthError>>,
    refresh_error: OnceLock<Box<RefreshError>>,
    is_asking: AtomicBool,
    /// The address of the last route that used a guard of this crate. 0 if no route has used one. A route that forwards
    /// passes the request to another route, which may have no guard.
    guarded_route: AtomicUsize,
    recursed: AtomicBool,
    /// The scope of the last guard with a rule that refused the request.
    needed_scope: Mutex<Option<Box<NeededScope>>>,
}

/// The scope of a rule, and the address of the route that has the rule.
struct NeededScope {
    route: usize,
    scope: String,
}

/// The errors of rules, in order. Several guards of a request may have different rules. The response describes the last
/// rule that refused the request. There are at most [`MAX_RULE_ERRORS`], because a route with a socket may check rules
/// for as long as the socket is open.
#[derive(Default)]
struct RuleErrors(OnceLock<Box<(AuthError, RuleErrors)>>);

/// More than the number of rules of any route.
const MAX_RULE_ERRORS: usize = 16;

impl RuleErrors {
    fn push(&self, error: AuthError) {
        let mut new = Box::new((error, RuleErrors::default()));
        let mut place = self;
        for _ in 0..MAX_RULE_ERRORS {
            let Err(returned) = place.0.set(new) else { return };
            new = returned;
            match place.0.get() {
                Some(next) => place = &next.1,
                None => return,
            }
        }
    }

    fn iter(&self) -> impl Iterator<Item = &AuthError> {
        let entries = std::iter::successors(self.0.get(), |entry| entry.1.0.get());
        entries.map(|entry| &entry.0)
    }
}

/// The address of the current route. Rocket does not move the route while it runs. 0 in a request fairing.
fn address_of_route(request: &Request<'_>) -> usize {
    request.route().map_or(0, |route| std::ptr::from_ref(route).addr())
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

/// As [`SecondClaims`], for the token of a login that was renewed.
pub(super) struct RenewedClaims<C>(pub(super) Option<Arc<Verified<C>>>);

impl RequestState {
    pub(crate) fn of<'r>(request: &'r Request<'_>) -> &'r RequestState {
        request.local_cache(RequestState::default)
    }

    /// The result of verifying the token of the request. After the login was renewed, it is that of the new token.
    pub(super) fn token(&self) -> Option<Result<&Arc<dyn AnyVerified>, &AuthError>> {
        let renewed = self.renewed.get().map(Ok);
        renewed.or_else(|| self.token.get().map(Result::as_ref))
    }

    /// Notes that a guard has accepted the token, which is from a header, and its session.
    pub(super) fn note_identity(&self) {
        self.is_identified.store(true, Ordering::Release);
    }

    /// The identity that a guard of the request has accepted, if its claims were read as this type. `None` for a token
    /// from a cookie: each guard checks for itself whether the cookie counts.
    pub(crate) fn identity<C: Claims>(&self) -> Option<Arc<Verified<C>>> {
        let is_from_header = self.is_identified.load(Ordering::Acquire) && !self.cookies.has_token();
        let token = self.token.get().filter(|_| is_from_header)?;
        downcast(Arc::clone(token.as_ref().ok()?))
    }

    /// Stores the token of a login that was renewed. Its session is active. It must not be checked: the check would
    /// prove a generation that the client does not have yet.
    pub(crate) fn renew(&self, token: Arc<dyn AnyVerified>) {
        let _ = self.session.set(Ok(()));
        let _ = self.renewed.set(token);
    }

    /// The result of renewing the login of the request, if that was tried.
    pub(crate) fn renewal(&self) -> Option<Result<(), AuthError>> {
        self.renewal.get().map(|renewal| Result::clone(renewal))
    }

    pub(crate) fn note_renewal(&self, renewal: Result<(), AuthError>) {
        let _ = self.renewal.set(Box::new(renewal));
    }

    pub(super) fn is_renewed(&self) -> bool {
        self.renewed.get().is_some()
    }

    /// The user of the token in the request, if the token is verified.
    pub(crate) fn userid(&self) -> Option<&str> {
        Some(self.token.get()?.as_ref().ok()?.userid())
    }

    /// When the verified token of the request was issued, in seconds since the epoch.
    pub(crate) fn issued_at(&self) -> Option<i64> {
        self.token.get()?.as_ref().ok()?.registered().iat
    }

    /// The error of the request: that of the route or, without one, that of a rule or a guard.
    pub(crate) fn error(&self) -> Option<&AuthError> {
        // The guards of a loader store their errors here too. If the login is not renewed because of such an error, the
        // request is refused with the error of the renewal.
        let unavailable = self.renewal_error().filter(|error| **error == AuthError::Unavailable);
        let of_route = unavailable.or_else(|| self.route_error());
        of_route.or_else(|| self.rule_errors.iter().last()).or_else(|| self.guard_error())
    }

    fn route_error(&self) -> Option<&AuthError> {
        self.route_error.get().map(Box::as_ref)
    }

    fn guard_error(&self) -> Option<&AuthError> {
        self.guard_error.get().map(Box::as_ref)
    }

    /// Why the login was not renewed.
    fn renewal_error(&self) -> Option<&AuthError> {
        Result::as_ref(self.renewal.get()?).err()
    }

    /// The error of this crate that caused a response with this status, if there is one.
    pub(crate) fn error_with(&self, status: Status) -> Option<&AuthError> {
        let with_status = |error: &&AuthError| error.status() == status;
        let of_rule = || self.rule_errors.iter().filter(with_status).last();
        let of_route = self.route_error().filter(with_status);
        let of_renewal = || self.renewal_error().filter(with_status);
        of_route.or_else(of_rule).or_else(of_renewal).or_else(|| self.guard_error().filter(with_status))
    }

    pub(crate) fn refresh_error(&self) -> Option<&RefreshError> {
        self.refresh_error.get().map(Box::as_ref)
    }

    pub(crate) fn fail_refresh(&self, error: RefreshError) {
        let _ = self.refresh_error.set(Box::new(error));
    }

    /// Marks the refresh check as running until the returned value is dropped. `None` if it is already running: the
    /// check calls the application's nonce handler, which could start the check again without end.
    pub(crate) fn asking(&self) -> Option<Asking<'_>> {
        let was_asking = self.is_asking.swap(true, Ordering::AcqRel);
        if was_asking {
            self.recursed.store(true, Ordering::Release);
        }
        // Created lazily: dropping the value of a refused call would mark the first call as finished.
        (!was_asking).then(|| Asking(&self.is_asking))
    }

    pub(crate) fn has_recursed(&self) -> bool {
        self.recursed.load(Ordering::Acquire)
    }

    /// Stores the error of the route.
    pub(crate) fn fail(&self, error: AuthError) {
        let _ = self.route_error.set(Box::new(error));
    }

    /// Stores the error of a rule.
    pub(crate) fn fail_rule(&self, error: AuthError) {
        self.rule_errors.push(error);
    }

    /// Notes that the current route of the request uses a guard of this crate.
    pub(crate) fn note_guard(&self, request: &Request<'_>) {
        self.guarded_route.store(address_of_route(request), Ordering::Release);
    }

    /// Stores the scope that the current route of the request needs. It is empty if the rule names no permission.
    pub(crate) fn need_scope(&self, request: &Request<'_>, scope: String) {
        let needed = NeededScope { route: address_of_route(request), scope };
        *self.needed_scope.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(needed));
    }

    /// The scope that the current route of the request needs, if a guard with a rule has refused the request there.
    pub(crate) fn needed_scope(&self, request: &Request<'_>) -> Option<String> {
        let needed = self.needed_scope.lock().unwrap_or_else(PoisonError::into_inner);
        let needed = needed.as_ref().filter(|needed| needed.route == address_of_route(request))?;
        Some(needed.scope.clone()).filter(|scope| !scope.is_empty())
    }

    /// Whether the current route of the request has used a guard of this crate.
    pub(crate) fn is_guarded(&self, request: &Request<'_>) -> bool {
        let route = address_of_route(request);
        route != 0 && self.guarded_route.load(Ordering::Acquire) == route
    }

    /// Stores the error of a guard, and logs its facts, if no other guard has failed before.
    pub(crate) fn fail_guard(&self, error: AuthError) {
        if self.guard_error.get().is_none() {
            error.log_facts();
            let _ = self.guard_error.set(Box::new(error));
        }
    }
}

//! The errors as responders.

use std::io::Cursor;

use rocket::http::{ContentType, Header, Status};
use rocket::request::Request;
use rocket::response::{self, Responder, Response};
use rocket::{Ignite, Rocket, Sentinel};

use crate::error::{AuthError, RefreshError};
use crate::jwtauth::JwtAuth;
use crate::request::state::RequestState;

impl AuthError {
    /// The error of this request, for the application's catchers. `None` if no error of this crate occurred.
    ///
    /// It is the error of [`Auth::remember`](crate::Auth::remember), or the `AuthError` that the route returned.
    /// Without these, it is the error of the first guard that found no identity. The route may still have run without
    /// an identity, and may return 401 for its own reason.
    ///
    /// ```
    /// use jwtauth::{AuthError, TokenError};
    /// use rocket::{catch, Request};
    ///
    /// #[catch(401)]
    /// fn unauthorized(request: &Request<'_>) -> &'static str {
    ///     match AuthError::of(request) {
    ///         Some(AuthError::InvalidToken { error: TokenError::Expired, .. }) => "Please log in again",
    ///         _ => "Please log in",
    ///     }
    /// }
    /// ```
    pub fn of<'r>(request: &'r Request<'_>) -> Option<&'r AuthError> {
        RequestState::of(request).error()
    }
}

impl<'r> Responder<'r, 'static> for AuthError {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        let status = self.status();
        RequestState::of(request).fail(self);
        Err(status)
    }
}

/// `Result<Identity, AuthError>` stops a launch without the fairing, as `Identity` does.
impl Sentinel for AuthError {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        JwtAuth::missing(rocket)
    }
}

impl RefreshError {
    /// The reason why the token of this request was not refreshed, for example for fairings that count refusals. `None`
    /// before the response is created, and if no `RefreshError` occurred.
    pub fn of<'r>(request: &'r Request<'_>) -> Option<&'r RefreshError> {
        RequestState::of(request).refresh_error()
    }
}

impl<'r> Responder<'r, 'static> for RefreshError {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        let state = RequestState::of(request);
        state.fail_refresh(self.clone());
        let body = match self {
            RefreshError::Unavailable => {
                state.fail(AuthError::Unavailable);
                return Err(Status::ServiceUnavailable);
            }
            RefreshError::Issue(error) => return error.respond_to(request),
            RefreshError::Recursion | RefreshError::NotAttached => return Err(Status::InternalServerError),
            _ if JwtAuth::of(request).is_some_and(|jwtauth| jwtauth.config().refresh_catchers) => {
                return Err(Status::Forbidden);
            }
            RefreshError::Expired => r#"{"validationError": "Your session has expired"}"#,
            _ => r#"{"validationError": "Could not refresh your token"}"#,
        };
        Response::build()
            .status(Status::Forbidden)
            .header(ContentType::JSON)
            .header(Header::new("Cache-Control", "no-store"))
            .sized_body(body.len(), Cursor::new(body))
            .ok()
    }
}

/// `Result<Refreshing<'_>, RefreshError>` stops a launch without the fairing or the setting `allow_refresh`, as
/// `Refreshing` does.
impl Sentinel for RefreshError {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        JwtAuth::refresh_undecided(rocket)
    }
}

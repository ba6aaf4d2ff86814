//! The warning about a route that is open, perhaps by accident.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use rocket::http::Status;
use rocket::request::Request;

use crate::request::state::RequestState;

/// The open routes that a warning was logged for.
#[derive(Default)]
pub(crate) struct OpenRouteWarnings(Mutex<HashSet<String>>);

impl OpenRouteWarnings {
    /// Logs a warning, once for each route, if the route has answered with 2xx and has used no guard of this crate.
    pub(crate) fn check(&self, request: &Request<'_>, status: Status) {
        let Some(route) = request.route() else { return };
        let is_ours = matches!(route.name.as_deref(), Some("jwtauth_jwks" | "jwtauth_resource_metadata"));
        if !(200..300).contains(&status.code) || is_ours || RequestState::of(request).is_guarded(request) {
            return;
        }
        let name = route.name.as_deref().unwrap_or("without a name");
        let shown = format!("{} {} ({name})", route.method, route.uri);
        let is_new = self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(shown.clone());
        if is_new {
            rocket::warn!(
                "jwtauth: the route {shown} has answered a request without any guard of jwtauth; add a guard such as \
                 `Identity`, or mount it with `jwtauth::guarded`; if it is open on purpose, add the guard \
                 `jwtauth::Public`, or mount it with `jwtauth::guarded::<jwtauth::Public>`; `warn_open_routes = false` \
                 silences this"
            );
        }
    }
}

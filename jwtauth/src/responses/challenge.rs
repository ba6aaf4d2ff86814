//! The headers that the fairing adds to a response that refuses a request.

use std::fmt::Write;

use rocket::http::{Header, Status};
use rocket::request::Request;
use rocket::response::Response;

use super::refusal;
use crate::config::Config;
use crate::error::AuthError;
use crate::jwtauth::JwtAuth;
use crate::request::state::RequestState;

/// How many seconds a client should wait after a 503 before it sends the request again.
pub(crate) const RETRY_AFTER: &str = "5";

/// Logs why a request is refused. If an error of this crate caused the response, this adds `Retry-After` to a 503 and
/// the challenge of RFC 6750 §3 to a 400 or 401, and to a 403 if another token could help.
pub(crate) fn complete(request: &Request<'_>, response: &mut Response<'_>) {
    // The errors of this crate have only these statuses. For other responses, the request is not examined.
    let status = response.status();
    if !matches!(status.code, 400 | 401 | 403 | 500 | 503) {
        return;
    }
    refusal::log(request, status);
    if status.code == 500 {
        return;
    }
    let Some(error) = RequestState::of(request).error_with(status) else {
        return;
    };
    if status == Status::Forbidden && error.code() != Some("insufficient_scope") {
        return;
    }
    if status == Status::ServiceUnavailable {
        if !response.headers().contains("Retry-After") {
            response.set_header(Header::new("Retry-After", RETRY_AFTER));
        }
    } else if let Some(jwtauth) = JwtAuth::of(request)
        && !response.headers().contains("WWW-Authenticate")
    {
        let challenge = challenge(jwtauth.config(), error, RequestState::of(request).needed_scope(request));
        response.set_header(Header::new("WWW-Authenticate", challenge));
    }
}

/// The challenge of RFC 6750 §3. All texts in it are from the application. `scope` is that of the route. A protected
/// resource adds it, and the URL of its metadata (RFC 9728 §5.1), if another token could help.
fn challenge(config: &Config, error: &AuthError, scope: Option<String>) -> String {
    let mut challenge = config.auth_header_prefix.clone();
    let mut separator = " ";
    let mut add = |name: &str, value: &str| {
        let value = value.replace('\\', "\\\\").replace('"', "\\\"");
        // Writing to a string does not fail.
        let _ = write!(challenge, "{separator}{name}=\"{value}\"");
        separator = ", ";
    };
    if let Some(realm) = &config.realm {
        add("realm", realm);
    }
    if let Some(code) = error.code() {
        add("error", code);
    }
    match error {
        AuthError::Forbidden { scope } => add("scope", scope),
        // RFC 9470 §3.
        AuthError::NotRecent { max_age } => add("max_age", &max_age.to_string()),
        error if error.code().is_some() => add("error_description", &error.to_string()),
        _ => {}
    }
    if let Some(resource) = config.resource.as_ref().filter(|_| *error != AuthError::AmbiguousToken) {
        if let Some(scope) = scope.filter(|_| error.status() == Status::Unauthorized) {
            add("scope", &scope);
        }
        add("resource_metadata", resource.metadata_url());
    }
    challenge
}

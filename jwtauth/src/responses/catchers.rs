use rocket::http::{ContentType, Header, Status};
use rocket::request::Request;
use rocket::response::Redirect;
use rocket::{Catcher, Ignite, Responder, Rocket, catch};
use serde::Serialize;

use super::challenge::RETRY_AFTER;
use super::login_page;
use crate::error::AuthError;
use crate::request::state::RequestState;

/// Catchers with JSON bodies for the statuses with which this crate refuses requests: 400, 401, 403 and 503.
///
/// ```
/// use jwtauth::JwtAuth;
///
/// let rocket = rocket::build()
///     .attach(JwtAuth::fairing())
///     .register("/", jwtauth::catchers());
/// ```
///
/// The body has the members of RFC 6749 §5.2:
///
/// ```json
/// {"error": "invalid_token", "error_description": "The token has expired"}
/// ```
///
/// | status | `error` |
/// |---|---|
/// | 400 | `invalid_request` |
/// | 401 | `invalid_token`, `insufficient_user_authentication` if the login is not [recent](crate::Recent) enough, or `unauthorized` if the request carries no token |
/// | 403 | `insufficient_scope` if a permission is missing, `cross_origin` for a cookie in a request from another origin, `other_user` for a [confirmation](crate::Auth::confirm) by another user, otherwise `forbidden` |
/// | 503 | `temporarily_unavailable` |
///
/// They catch these statuses from all routes and guards, not only from this crate. They add `Retry-After` to a 503.
///
/// With the setting [`login_url`](crate::CookiesConfig::login_url), a page without an identity is redirected there
/// instead: the answer to a `GET` that asks for `text/html` is 303 to `login_url?next=…`. If the login is not recent
/// enough, it is 303 to [`confirm_url`](crate::CookiesConfig::confirm_url), or to `login_url` without that setting.
pub fn catchers() -> Vec<Catcher> {
    rocket::catchers![bad_request, jwtauth_unauthorized, forbidden, unavailable]
}

/// Whether these catchers are registered, somewhere.
pub(crate) fn are_registered(rocket: &Rocket<Ignite>) -> bool {
    rocket.catchers().any(|catcher| catcher.name.as_deref() == Some("jwtauth_unauthorized"))
}

#[derive(Serialize)]
struct Body<'b> {
    error: &'b str,
    error_description: &'b str,
}

type Answer = (ContentType, String);

/// Every 503 gets `Retry-After`, whatever its cause.
#[derive(Responder)]
#[response(status = 503)]
struct Unavailable {
    body: Answer,
    retry_after: Header<'static>,
}

#[catch(400)]
fn bad_request(request: &Request<'_>) -> Answer {
    answer(request, Status::BadRequest, "invalid_request", "The request is malformed")
}

/// The redirect to the login page, or the usual response.
#[derive(Responder)]
enum Unauthorized {
    Page(Redirect),
    Json(Answer),
}

#[catch(401)]
fn jwtauth_unauthorized(request: &Request<'_>) -> Unauthorized {
    match login_page::url(request) {
        Some(url) => Unauthorized::Page(Redirect::to(url)),
        None => {
            let description = "The request needs authentication";
            Unauthorized::Json(answer(request, Status::Unauthorized, "unauthorized", description))
        }
    }
}

#[catch(403)]
fn forbidden(request: &Request<'_>) -> Answer {
    answer(request, Status::Forbidden, "forbidden", "The request is not allowed")
}

#[catch(503)]
fn unavailable(request: &Request<'_>) -> Unavailable {
    let description = "The service is temporarily unavailable";
    let body = answer(request, Status::ServiceUnavailable, "temporarily_unavailable", description);
    Unavailable { body, retry_after: Header::new("Retry-After", RETRY_AFTER) }
}

/// The error of this crate. If the status has another cause, the given texts are used.
fn answer(request: &Request<'_>, status: Status, error: &str, description: &str) -> Answer {
    let ours = RequestState::of(request).error_with(status);
    let ours_description = ours.map(AuthError::to_string);
    let body = Body {
        error: ours.and_then(AuthError::code).unwrap_or(error),
        error_description: ours_description.as_deref().unwrap_or(description),
    };
    // Two strings always serialize.
    (ContentType::JSON, serde_json::to_string(&body).unwrap_or_default())
}

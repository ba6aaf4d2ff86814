//! The redirect of a page without an identity.

use std::fmt::Write;

use rocket::http::uri::Reference;
use rocket::http::{Accept, MediaType, Method, Status};
use rocket::request::Request;

use super::refusal;
use crate::error::AuthError;
use crate::jwtauth::JwtAuth;
use crate::request::state::RequestState;

/// A longer path is not carried along: the login then leads to the start page.
const MAX_NEXT: usize = 2_000;

/// Where to send a page that this crate has refused with 401. `None` if the request does not ask for a page.
pub(super) fn url(request: &Request<'_>) -> Option<Reference<'static>> {
    let login_url = JwtAuth::of(request)?.config().cookies.as_ref()?.login_url.as_deref()?;
    let error = RequestState::of(request).error_with(Status::Unauthorized)?;
    let login_path = login_url.split('?').next().unwrap_or_default();
    if request.method() != Method::Get || !asks_for_page(request.accept()?) || request.uri().path() == login_path {
        return None;
    }
    if *error != AuthError::MissingToken {
        // The status of the response does not show that this is a refusal.
        refusal::log(request, Status::Unauthorized);
    }
    let mut url = login_url.to_owned();
    let next = request.uri().to_string();
    if next.len() <= MAX_NEXT {
        url.push_str(if login_url.contains('?') { "&next=" } else { "?next=" });
        encode(&next, &mut url);
    }
    Reference::parse_owned(url).ok()
}

/// Whether `text/html` is named. Programs that accept anything do not want a page.
fn asks_for_page(accept: &Accept) -> bool {
    accept.iter().any(|media| *media.media_type() == MediaType::HTML && media.weight() != Some(0.0))
}

/// Percent-encodes a value of a query (RFC 3986 §2.1).
fn encode(text: &str, into: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            into.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(into, "%{byte:02X}");
        }
    }
}

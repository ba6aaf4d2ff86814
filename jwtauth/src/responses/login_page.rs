//! The redirect of a page without an identity, or whose login is not recent enough.

use std::fmt::Write;

use rocket::http::uri::Reference;
use rocket::http::{Accept, MediaType, Method, Status};
use rocket::request::Request;

use super::refusal;
use crate::error::AuthError;
use crate::jwtauth::JwtAuth;
use crate::request::state::RequestState;

/// A longer path is dropped. The login then leads to the start page.
const MAX_NEXT: usize = 2_000;

/// The page that a request is redirected to after this crate has refused it with 401. `None` if the request is not for
/// a page.
pub(super) fn url(request: &Request<'_>) -> Option<Reference<'static>> {
    let cookies = JwtAuth::of(request)?.config().cookies.as_ref()?;
    let error = RequestState::of(request).error_with(Status::Unauthorized)?;
    let confirm_url = cookies.confirm_url.as_deref().filter(|_| matches!(error, AuthError::NotRecent { .. }));
    let page = confirm_url.or(cookies.login_url.as_deref())?;
    let path = page.split('?').next().unwrap_or_default();
    if request.method() != Method::Get || !asks_for_page(request.accept()?) || request.uri().path() == path {
        return None;
    }
    if *error != AuthError::MissingToken {
        // The status of the response does not show that this is a refusal.
        refusal::log(request, Status::Unauthorized);
    }
    let mut url = page.to_owned();
    let next = request.uri().to_string();
    // Browsers treat `//host` and `/\host` as another site.
    let is_local = !next.starts_with("//") && !next.contains('\\');
    if is_local && next.len() <= MAX_NEXT {
        url.push_str(if page.contains('?') { "&next=" } else { "?next=" });
        encode(&next, &mut url);
    }
    Reference::parse_owned(url).ok()
}

/// Whether the header names `text/html`. Programs that accept any type do not expect a page.
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

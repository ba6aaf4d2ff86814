//! Whether a request with a cookie comes from the application's own pages.

use rocket::http::Method;
use rocket::request::Request;

use super::header;
use crate::config::CookiesConfig;
use crate::error::AuthError;

/// Checks that a request which may change something was made by a page of the application itself. Browsers add cookies
/// to the requests of all pages.
///
/// Requests with a safe method pass (RFC 9110 §9.2.1), except WebSocket handshakes, which are `GET` and open a channel
/// in both directions. For others, the rules are, in this order:
///
/// 1. `Origin: null` is refused, and so are two headers of one name.
/// 2. An `Origin` of the setting `origins` passes.
/// 3. `Sec-Fetch-Site` decides, if present: `same-origin` and `none` pass.
/// 4. `Origin` must be the request's own host, with `https` (in the debug profile without TLS, also with `http`).
/// 5. Without both headers, the request passes if it has no cookie of this application, or with `allow_missing_origin`.
///
/// # Errors
///
/// [`AuthError::CrossOrigin`].
pub(crate) fn check(request: &Request<'_>, cookies: &CookiesConfig, has_cookie: bool) -> Result<(), AuthError> {
    if !changes_something(request) {
        return Ok(());
    }
    let (Ok(origin), Ok(site)) = (header::only(request, "Origin"), header::only(request, "Sec-Fetch-Site")) else {
        return Err(AuthError::CrossOrigin);
    };
    let passes = match (origin, site) {
        (Some("null"), _) => false,
        (Some(origin), _) if cookies.origins.iter().any(|trusted| trusted == origin) => true,
        (_, Some(site)) => matches!(site, "same-origin" | "none"),
        (Some(origin), None) => is_own(request, origin, !cookies.secure),
        (None, None) => !has_cookie || cookies.allow_missing_origin,
    };
    if passes { Ok(()) } else { Err(AuthError::CrossOrigin) }
}

/// Rocket may have replaced the method by the form field `_method`. It routes by the new one.
fn changes_something(request: &Request<'_>) -> bool {
    let is_safe = matches!(request.method(), Method::Get | Method::Head | Method::Options | Method::Trace);
    let is_websocket = |upgrade: &str| upgrade.split(',').any(|name| name.trim().eq_ignore_ascii_case("websocket"));
    let mut changes = !is_safe;
    header::each(request, "Upgrade", |upgrade| changes |= is_websocket(upgrade));
    changes
}

fn is_own(request: &Request<'_>, origin: &str, allows_http: bool) -> bool {
    let Some(host) = request.host() else {
        return false;
    };
    let is_host = |rest: &str, default_port: &str| {
        let host = host.to_string();
        // Browsers leave the default port out of `Origin`.
        let host = host.strip_suffix(default_port).unwrap_or(&host);
        !host.is_empty() && rest.eq_ignore_ascii_case(host)
    };
    match origin.split_once("://") {
        Some(("https", rest)) => is_host(rest, ":443"),
        Some(("http", rest)) => allows_http && is_host(rest, ":80"),
        _ => false,
    }
}

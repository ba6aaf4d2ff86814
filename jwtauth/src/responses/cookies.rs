//! The cookies of a response, and how caches may store it.

use rocket::request::Request;
use rocket::response::Response;

use crate::config::CookiesConfig;
use crate::jwtauth::JwtAuth;
use crate::request::cookie_state::{CookieChange, NewRefreshCookie};
use crate::request::state::RequestState;

/// Sets or removes the cookies, and adds `Vary` and `Cache-Control` where the response depends on them.
///
/// Rocket drops the changes of its own jar when a catcher answers. These headers are written after that.
pub(crate) fn complete(request: &Request<'_>, response: &mut Response<'_>) {
    let state = &RequestState::of(request).cookies;
    if state.looked() {
        limit_caching(response, state.has_identified());
    }
    if let Some(change) = state.take_change() {
        if let Some(config) = JwtAuth::of(request).and_then(|jwtauth| jwtauth.config().cookies.as_ref()) {
            change_cookies(response, config, &change);
        }
        response.set_raw_header("Cache-Control", "no-store");
    }
}

/// Adds `Vary` to a response that depends on the cookies and, if a cookie has provided an identity, `Cache-Control`.
fn limit_caching(response: &mut Response<'_>, is_private: bool) {
    // One pass finds both headers. A look-up in the map would hash each name with SipHash. Most names already differ
    // from these in their length.
    let (mut varies, mut has_cache_control) = (false, false);
    response.headers().iter().for_each(|header| {
        if header.name == "Vary" {
            // RFC 9110 §12.5.5.
            let mut names = header.value.split(',').map(str::trim);
            varies |= names.any(|name| name == "*" || name.eq_ignore_ascii_case("Cookie"));
        } else if header.name == "Cache-Control" {
            has_cache_control = true;
        }
    });
    if !varies {
        response.adjoin_raw_header("Vary", "Cookie");
    }
    if is_private && !has_cache_control {
        // RFC 9111 §5.2.2.7.
        response.set_raw_header("Cache-Control", "private");
    }
}

fn change_cookies(response: &mut Response<'_>, config: &CookiesConfig, change: &CookieChange) {
    let [access, refresh] = [config.access_name(), config.refresh_name()];
    match change {
        CookieChange::Set(cookies) => {
            let max_age = cookies.max_age;
            set(response, config.set(access, &cookies.access, max_age));
            match &cookies.refresh {
                NewRefreshCookie::Set(token) => set(response, config.set(refresh, token, max_age)),
                NewRefreshCookie::Keep => {}
                NewRefreshCookie::Remove => set(response, config.remove(refresh)),
            }
        }
        CookieChange::Clear => [access, refresh].iter().for_each(|name| set(response, config.remove(name))),
    }
}

fn set(response: &mut Response<'_>, cookie: String) {
    response.adjoin_raw_header("Set-Cookie", cookie);
}

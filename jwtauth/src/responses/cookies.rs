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
        vary(response);
    }
    if let Some(change) = state.take_change() {
        if let Some(config) = JwtAuth::of(request).and_then(|jwtauth| jwtauth.config().cookies.as_ref()) {
            change_cookies(response, config, &change);
        }
        response.set_raw_header("Cache-Control", "no-store");
    } else if state.has_identified() && !has(response, "Cache-Control") {
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

/// RFC 9110 §12.5.5.
fn vary(response: &mut Response<'_>) {
    if !has(response, "Vary") {
        response.adjoin_raw_header("Vary", "Cookie");
        return;
    }
    let varies = {
        let mut names = response.headers().get("Vary").flat_map(|value| value.split(',')).map(str::trim);
        names.any(|name| name == "*" || name.eq_ignore_ascii_case("Cookie"))
    };
    if !varies {
        response.adjoin_raw_header("Vary", "Cookie");
    }
}

/// Whether a response has a header. A look-up in the map would hash the name with SipHash. Most names already differ
/// from this one in their length.
fn has(response: &Response<'_>, name: &str) -> bool {
    response.headers().iter().any(|header| header.name == name)
}

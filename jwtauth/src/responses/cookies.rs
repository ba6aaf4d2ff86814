//! The cookies of a response, and how caches may store it.

use rocket::http::Header;
use rocket::request::Request;
use rocket::response::Response;

use crate::config::CookiesConfig;
use crate::request::cookie_state::{CookieChange, NewRefreshCookie};
use crate::request::state::RequestState;

/// Sets or removes the cookies, and adds `Vary` and `Cache-Control` where the response depends on them.
///
/// Rocket drops the changes of its own jar when a catcher answers. These headers are written after that.
pub(crate) fn complete(request: &Request<'_>, response: &mut Response<'_>, config: &CookiesConfig) {
    let state = &RequestState::of(request).cookies;
    if state.looked() {
        vary(response);
    }
    let [access, refresh] = [config.access_name(), config.refresh_name()];
    match state.take_change() {
        Some(CookieChange::Set(cookies)) => {
            let max_age = cookies.max_age;
            set(response, config.set(access, &cookies.access, max_age));
            match &cookies.refresh {
                NewRefreshCookie::Set(token) => set(response, config.set(refresh, token, max_age)),
                NewRefreshCookie::Keep => {}
                NewRefreshCookie::Remove => set(response, config.remove(refresh)),
            }
        }
        Some(CookieChange::Clear) => [access, refresh].iter().for_each(|name| set(response, config.remove(name))),
        None => {
            // RFC 9111 §5.2.2.7.
            if state.has_identified() && !response.headers().contains("Cache-Control") {
                response.set_header(Header::new("Cache-Control", "private"));
            }
            return;
        }
    }
    response.set_header(Header::new("Cache-Control", "no-store"));
}

fn set(response: &mut Response<'_>, cookie: String) {
    response.adjoin_raw_header("Set-Cookie", cookie);
}

/// RFC 9110 §12.5.5.
fn vary(response: &mut Response<'_>) {
    let varies = {
        let mut names = response.headers().get("Vary").flat_map(|value| value.split(',')).map(str::trim);
        names.any(|name| name == "*" || name.eq_ignore_ascii_case("Cookie"))
    };
    if !varies {
        response.adjoin_raw_header("Vary", "Cookie");
    }
}

use rocket::request::Request;

use super::cookie_state::NewCookies;
use super::credential::RefreshCookie;
use super::state::RequestState;
use crate::issue::{Delivery, Tokens};

/// Makes the response to a request set the cookies of new tokens. `false` if the client gets the tokens otherwise.
pub(crate) fn set_cookies(request: &Request<'_>, tokens: &Tokens) -> bool {
    let Delivery::Cookies { is_transient, is_renewal } = tokens.delivery else {
        return false;
    };
    // Without sessions, the access token itself is refreshed.
    let refresh = tokens.refresh_token().or_else(|| tokens.is_refreshable.then(|| tokens.access_token()));
    let cookies = NewCookies {
        access: tokens.access_token().to_owned(),
        refresh: refresh.map(|token| RefreshCookie::value(token, is_transient)),
        // The cookies of a login that never ends get the longest lifetime that browsers allow.
        max_age: if is_transient { None } else { Some(tokens.login_expires_in.unwrap_or(u64::MAX)) },
    };
    let state = &RequestState::of(request).cookies;
    match is_renewal {
        true => state.renew(cookies),
        false => state.log_in(cookies),
    }
    true
}

use rocket::request::Request;

use super::cookie_state::{NewCookies, NewRefreshCookie};
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
        refresh: match refresh {
            Some(token) => NewRefreshCookie::Set(RefreshCookie::value(token, is_transient)),
            // The new access token of a session has the refresh token that it had before.
            None if is_renewal => NewRefreshCookie::Keep,
            None => NewRefreshCookie::Remove,
        },
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

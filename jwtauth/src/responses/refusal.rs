//! The log line of a refused request.

use std::fmt::Write;

use rocket::http::Status;
use rocket::request::Request;

use crate::error::{AuthError, RefreshError, TokenError};
use crate::jws::{Buffer, Header, Parts};
use crate::jwtauth::JwtAuth;
use crate::request::credential::Credential;
use crate::request::state::RequestState;

/// Logs why this request gets a response with this status, if the reason is an error of this crate. The level is
/// `warn`, which Rocket shows at every log level except `off`. A request gets one line, even if several guards refuse
/// it.
///
/// The line contains fixed texts, settings and the route. It contains the key only if that key is configured, and the
/// user only if the signature of the token is valid. A client can cause more lines, but not longer ones.
pub(crate) fn log(request: &Request<'_>, status: Status) {
    let Some(jwtauth) = JwtAuth::of(request) else {
        return;
    };
    let state = RequestState::of(request);
    let (reason, why, token_error) = match (state.refresh_error(), state.error_with(status)) {
        (Some(error), _) if error.status() == status => (error.reason(), error.to_string(), of_refresh(error)),
        // The errors of issuing tokens are logged where they occur.
        (_, Some(error)) if status != Status::InternalServerError => {
            (error.reason(), error.to_string(), of_access(error))
        }
        _ => return,
    };
    let is_refresh = state.refresh_error().is_some();
    let route = match request.route() {
        Some(route) => format!("{} ({})", route.uri, route.name.as_deref().unwrap_or("without a name")),
        None => "without a route".to_owned(),
    };
    let mut line = format!("{} {route} is refused with {}: {reason}: {why}", request.method(), status.code);
    if reason == AuthError::CrossOrigin.reason() {
        add_origin(&mut line, request);
    } else if let Ok(Credential { token, .. }) = credential(jwtauth, request, state, is_refresh) {
        add_token(&mut line, jwtauth, token, token_error, is_refresh);
    }
    rocket::warn!("jwtauth: {line}");
}

fn credential<'r>(
    jwtauth: &JwtAuth,
    request: &'r Request<'_>,
    state: &RequestState,
    is_refresh: bool,
) -> Result<Credential<'r>, AuthError> {
    match is_refresh {
        true => Credential::refresh(request, state, jwtauth.config()),
        false => Credential::access(request, state, jwtauth.config()),
    }
}

/// Adds the headers that describe the origin of a request. They are from the client, so they are escaped and cut.
fn add_origin(line: &mut String, request: &Request<'_>) {
    for name in ["Origin", "Sec-Fetch-Site"] {
        // `none` is a value of `Sec-Fetch-Site`, so an absent header is not shown as one.
        let Some(value) = request.headers().get_one(name) else {
            let _ = write!(line, "; no {name}");
            continue;
        };
        // A backtick would end the quotes.
        let shown: String = value.chars().take(100).flat_map(char::escape_debug).collect();
        let shown = shown.replace('`', "\\u{60}");
        // Writing to a string does not fail.
        let _ = write!(line, "; {name} `{shown}`");
    }
    let is = |name: &str, expected: &str| request.headers().get_one(name) == Some(expected);
    if is("Origin", "null") && is("Sec-Fetch-Site", "same-origin") {
        line.push_str("; a page with `Referrer-Policy: no-referrer` sends this: use `same-origin`");
    }
}

/// The last successful step in the verification of a refused token.
#[derive(Clone, Copy, PartialEq)]
enum Came {
    /// The token does not have the expected form.
    NotInForm,
    /// The signature is invalid, or was not verified.
    Unverified,
    /// The signature is valid.
    Verified,
}

fn of_access(error: &AuthError) -> Came {
    match error {
        AuthError::InvalidToken { error, .. } => of_token(*error),
        AuthError::Forbidden { .. } | AuthError::NotRecent { .. } | AuthError::OtherUser => Came::Verified,
        _ => Came::Unverified,
    }
}

fn of_refresh(error: &RefreshError) -> Came {
    match error {
        RefreshError::InvalidToken(error) => of_token(*error),
        RefreshError::Expired
        | RefreshError::KeyNeverRefreshes
        | RefreshError::MissingClaim
        | RefreshError::UserId
        | RefreshError::Nonce
        | RefreshError::SessionEnded
        | RefreshError::Reuse
        | RefreshError::Superseded
        | RefreshError::NoSuchUser => Came::Verified,
        _ => Came::Unverified,
    }
}

fn of_token(error: TokenError) -> Came {
    match error {
        TokenError::Malformed => Came::NotInForm,
        TokenError::NotYetValid
        | TokenError::Expired
        | TokenError::Issuer
        | TokenError::Audience
        | TokenError::SessionEnded => Came::Verified,
        _ => Came::Unverified,
    }
}

// Writing to a string does not fail.
fn add_token(line: &mut String, jwtauth: &JwtAuth, token: &str, came: Came, is_refresh: bool) {
    let expects_refresh_token = is_refresh && jwtauth.session_manager().is_some();
    if came == Came::NotInForm {
        if expects_refresh_token && token.bytes().filter(|byte| *byte == b'.').count() == 2 {
            line.push_str("; the request has an access token, and the refresh token of the session is expected");
        } else if !is_refresh && is_refresh_token(jwtauth, token) {
            line.push_str("; the request has a refresh token, and an access token is expected");
        }
        return;
    }
    if expects_refresh_token {
        // The session is the only public content of a refresh token.
        if let Some(Ok((_, session, _))) = jwtauth.session_manager().map(|session_manager| session_manager.open(token))
        {
            let _ = write!(line, "; session `{session}`");
        }
        return;
    }
    if let Some(kid) = configured_kid(jwtauth, token) {
        let _ = write!(line, "; key `{}`", kid.escape_debug());
    }
    if came == Came::Verified
        && let Ok(userid) = jwtauth.verifier().inspect(token, jwtauth.now(), |read, _| read.userid().to_owned())
        && !userid.is_empty()
    {
        let _ = write!(line, "; user `{}`", userid.escape_debug());
    }
}

/// Whether the token has the form of a refresh token.
fn is_refresh_token(jwtauth: &JwtAuth, token: &str) -> bool {
    jwtauth
        .session_manager()
        .is_some_and(|session_manager| !matches!(session_manager.open(token), Err(TokenError::Malformed)))
}

/// The `kid` of a token, if it is the `kid` of a configured key.
fn configured_kid(jwtauth: &JwtAuth, token: &str) -> Option<String> {
    let mut buffer = Buffer::new();
    let parts = Parts::split(token.as_bytes()).ok()?;
    let header = Header::parse(buffer.decode(parts.header).ok()?).ok()?;
    let ring = jwtauth.keys();
    let key = ring.keys().iter().find(|key| header.kid.as_deref() == Some(key.kid()))?;
    Some(key.kid().to_owned())
}

use rocket::request::Request;

use crate::issue::{LoginFacts, Nonce};
use crate::jwtauth::JwtAuth;
use crate::request::state::RequestState;

/// The result of the check of a nonce.
pub(super) enum NonceCheck {
    /// There is no nonce handler.
    NotAsked,
    /// The token or the session has no nonce. The handler was not called.
    Missing,
    /// The user's current nonce is the same.
    Same(String),
    /// The user's current nonce is different.
    Changed,
    NoSuchUser,
    /// A guard of the handler refused the request.
    Refused,
    Unavailable,
}

impl NonceCheck {
    /// Compares the nonce of a login with the user's current one. `nonce` is the nonce of the token, or its digest in
    /// the session. `is_same` compares the two. `facts` is passed to the handler.
    ///
    /// If a page's request renews a login, a guard of the handler runs for that request. A refusal by this guard does
    /// not concern the login. The nonce is then unavailable, as if a guard of the loader had refused.
    ///
    /// The `bool` is true if the handler called [`verify_refresh_request`](crate::verify_refresh_request). The result
    /// of the handler may then be wrong.
    pub(super) async fn of<N>(
        jwtauth: &JwtAuth,
        request: &Request<'_>,
        userid: &str,
        nonce: Option<N>,
        is_same: impl FnOnce(&str, N) -> bool,
        facts: impl FnOnce() -> LoginFacts,
    ) -> (Self, bool) {
        let Some(handler) = jwtauth.nonce_handler() else {
            return (NonceCheck::NotAsked, false);
        };
        // This is checked before the handler is called: its guards may take a connection from a pool.
        let Some(nonce) = nonce else {
            return (NonceCheck::Missing, false);
        };
        let check = match handler.ask(request, userid, facts()).await {
            Nonce::Is(current) if is_same(&current, nonce) => NonceCheck::Same(current),
            Nonce::Is(_) => NonceCheck::Changed,
            Nonce::NoSuchUser => NonceCheck::NoSuchUser,
            Nonce::Refused if RequestState::of(request).cookies.is_renewing() => {
                rocket::error!("jwtauth: a guard of the refresh nonce handler refused: the login is not renewed");
                NonceCheck::Unavailable
            }
            Nonce::Refused => NonceCheck::Refused,
            Nonce::Unavailable(_) => NonceCheck::Unavailable,
        };
        (check, RequestState::of(request).has_recursed())
    }
}

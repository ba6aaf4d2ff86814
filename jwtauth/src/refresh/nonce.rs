use rocket::request::Request;

use crate::issue::Nonce;
use crate::jwtauth::JwtAuth;
use crate::request::state::RequestState;

/// What became of the check of a nonce.
pub(super) enum NonceCheck {
    /// There is no nonce handler.
    NotAsked,
    /// The token or the session has no nonce. Then the handler has not been asked.
    Missing,
    /// The user's nonce is the same.
    Same(String),
    /// The user's nonce is another one.
    Changed,
    NoSuchUser,
    /// A guard of the handler refused the request.
    Refused,
    Unavailable,
}

impl NonceCheck {
    /// Compares the nonce of a login with the user's current one. `nonce` is what the token or the session has of it;
    /// `is_same` compares the two.
    ///
    /// Says also whether the handler has asked whether the token can be refreshed: its answer may be wrong then.
    pub(super) async fn of<N>(
        jwtauth: &JwtAuth,
        request: &Request<'_>,
        userid: &str,
        nonce: Option<N>,
        is_same: impl FnOnce(&str, N) -> bool,
    ) -> (Self, bool) {
        let Some(handler) = jwtauth.nonce_handler() else {
            return (NonceCheck::NotAsked, false);
        };
        // Before the handler is asked: its guards may take a connection from a pool.
        let Some(nonce) = nonce else {
            return (NonceCheck::Missing, false);
        };
        let check = match handler.ask(request, userid).await {
            Nonce::Is(current) if is_same(&current, nonce) => NonceCheck::Same(current),
            Nonce::Is(_) => NonceCheck::Changed,
            Nonce::NoSuchUser => NonceCheck::NoSuchUser,
            Nonce::Refused => NonceCheck::Refused,
            Nonce::Unavailable(_) => NonceCheck::Unavailable,
        };
        (check, RequestState::of(request).has_recursed())
    }
}

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use rocket::request::Request;

use super::login_facts::LoginFacts;

/// Returns the current refresh nonce of a user. Only the attribute
/// [`#[refresh_nonce_handler]`](macro@crate::refresh_nonce_handler) creates a handler: it turns a function into one
/// that returns the handler, for
/// [`JwtAuthFairing::refresh_nonce_handler`](crate::JwtAuthFairing::refresh_nonce_handler).
#[derive(Clone, Copy)]
pub struct RefreshNonceHandler(for<'r> fn(&'r Request<'_>, &'r str) -> NonceFuture<'r>);

/// The return type of a handler.
pub type NonceFuture<'r> = Pin<Box<dyn Future<Output = Nonce> + Send + 'r>>;

/// The result of a [`RefreshNonceHandler`].
#[derive(Clone, PartialEq, Eq)]
pub enum Nonce {
    /// The user's nonce.
    Is(String),
    /// There is no such user. No token is issued or refreshed.
    NoSuchUser,
    /// A guard of the handler refused the request, or the user id does not parse. The user may exist. No token is
    /// issued or refreshed.
    Refused,
    /// The nonce is temporarily unavailable, for this reason. The response is 503.
    Unavailable(String),
}

/// Creates a handler from a function that the macro generated.
pub fn nonce_handler(handler: for<'r> fn(&'r Request<'_>, &'r str) -> NonceFuture<'r>) -> RefreshNonceHandler {
    RefreshNonceHandler(handler)
}

impl RefreshNonceHandler {
    /// Calls the handler for a user and a login. If the nonce is unavailable, the reason is logged.
    pub(crate) async fn ask(self, request: &Request<'_>, userid: &str, login: LoginFacts) -> Nonce {
        let nonce = login.scope((self.0)(request, userid)).await;
        if let Nonce::Unavailable(reason) = &nonce {
            rocket::error!("jwtauth: the refresh nonce handler failed: {reason}");
        }
        nonce
    }
}

impl fmt::Debug for RefreshNonceHandler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RefreshNonceHandler")
    }
}

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use rocket::request::Request;

/// Gives the current refresh nonce of a user. Only
/// [`#[refresh_nonce_handler]`](macro@crate::refresh_nonce_handler) makes one: the function under it becomes a function
/// that returns the handler, for
/// [`JwtAuthFairing::refresh_nonce_handler`](crate::JwtAuthFairing::refresh_nonce_handler).
#[derive(Clone, Copy)]
pub struct RefreshNonceHandler(for<'r> fn(&'r Request<'_>, &'r str) -> NonceFuture<'r>);

/// What a handler returns.
pub type NonceFuture<'r> = Pin<Box<dyn Future<Output = Nonce> + Send + 'r>>;

/// The answer of a [`RefreshNonceHandler`].
#[derive(Clone, PartialEq, Eq)]
pub enum Nonce {
    /// The user's nonce.
    Is(String),
    /// There is no such user: nothing is issued, nothing refreshed.
    NoSuchUser,
    /// A guard of the handler refused the request, or the user id does not parse. This says nothing of the user, and
    /// nothing is issued or refreshed.
    Refused,
    /// The nonce can't be had at the moment, for the reason given: 503.
    Unavailable(String),
}

/// Makes a handler of a function that the macro has written.
pub fn nonce_handler(handler: for<'r> fn(&'r Request<'_>, &'r str) -> NonceFuture<'r>) -> RefreshNonceHandler {
    RefreshNonceHandler(handler)
}

impl RefreshNonceHandler {
    /// The nonce of a user. Why there is none is logged.
    pub(crate) async fn ask(self, request: &Request<'_>, userid: &str) -> Nonce {
        let nonce = (self.0)(request, userid).await;
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

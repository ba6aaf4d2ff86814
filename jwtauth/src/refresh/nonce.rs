use std::future::Future;
use std::pin::Pin;

use rocket::request::Request;

/// Says what the refresh nonce of a user is at the moment. Only
/// [`#[refresh_nonce_handler]`](macro@crate::refresh_nonce_handler) makes one; it is given to
/// [`JwtAuthFairing::refresh_nonce_handler`](crate::JwtAuthFairing::refresh_nonce_handler).
pub type RefreshNonceHandler = for<'r> fn(&'r Request<'_>, &'r str) -> NonceFuture<'r>;

/// What a [`RefreshNonceHandler`] returns.
pub type NonceFuture<'r> = Pin<Box<dyn Future<Output = Nonce> + Send + 'r>>;

/// The answer of a [`RefreshNonceHandler`].
#[derive(Clone, PartialEq, Eq)]
pub enum Nonce {
    /// The user's nonce.
    Is(String),
    /// There is no such user: nothing is issued, nothing refreshed.
    NoSuchUser,
    /// A guard of the handler's did not let the request through, or the user id does not parse: nothing is said of
    /// the user, and nothing issued or refreshed.
    Refused,
    /// It can't be said at the moment, for the reason given: 503.
    Unavailable(String),
}

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use rocket::futures::future::BoxFuture;

use crate::error::AuthError;
use crate::issue::Tokens;

/// The future of the access token of a confirmed login. [`Auth::confirm`](crate::Auth::confirm) returns it.
// This is a named type for the same reason as `Issuing`.
#[must_use = "a login is not confirmed before the future is awaited"]
pub struct Confirming<'a>(BoxFuture<'a, Result<Tokens, AuthError>>);

impl<'a> Confirming<'a> {
    pub(super) fn new(future: impl Future<Output = Result<Tokens, AuthError>> + Send + 'a) -> Self {
        Confirming(Box::pin(future))
    }
}

impl Future for Confirming<'_> {
    type Output = Result<Tokens, AuthError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(context)
    }
}

impl fmt::Debug for Confirming<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Confirming").finish_non_exhaustive()
    }
}

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::error::RefreshError;
use crate::issue::{Progress, Tokens};

/// A future of the new tokens of a login. [`Refreshing::renew`](crate::Refreshing::renew) returns it.
///
/// Without sessions and RSA, the call itself issues the token, and the future is ready at once.
// This is a named type for the same reason as `Issuing`.
#[must_use = "a future does nothing for the route before it is awaited"]
pub struct Renewing<'r>(pub(super) Progress<'r, RefreshError>);

impl Future for Renewing<'_> {
    type Output = Result<Tokens, RefreshError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context)
    }
}

impl fmt::Debug for Renewing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Renewing").finish_non_exhaustive()
    }
}

use std::fmt;
use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::task::{Context, Poll};

use rocket::futures::future::BoxFuture;

use super::tokens::Tokens;
use crate::error::AuthError;

/// A future of new tokens. [`Auth::remember`](crate::Auth::remember), [`JwtAuth::issue`](crate::JwtAuth::issue) and
/// [`Refreshing::renew`](crate::Refreshing::renew) return it.
///
/// Without sessions, a nonce handler and RSA there is nothing to wait for. Then the call itself issues the tokens, and
/// the future is ready at once.
///
/// ```
/// # use jwtauth::JwtAuth;
/// use jwtauth::{AuthError, Tokens};
///
/// async fn token_for_backups(jwtauth: &JwtAuth) -> Result<Tokens, AuthError> {
///     jwtauth.issue("backup", ()).await
/// }
/// ```
// This is a named type because the compiler reports a wrong claims type of an `async fn` three times: at the argument,
// at `.await` and at `?`.
#[must_use = "a future does nothing for the route before it is awaited"]
pub struct Issuing<'i, E = AuthError>(State<'i, E>);

enum State<'i, E> {
    /// The result is ready.
    Done(Ready<Result<Tokens, E>>),
    Waiting(BoxFuture<'i, Result<Tokens, E>>),
}

impl<'i, E> Issuing<'i, E> {
    pub(crate) fn done(result: Result<Tokens, E>) -> Self {
        Issuing(State::Done(ready(result)))
    }

    pub(crate) fn waiting(future: impl Future<Output = Result<Tokens, E>> + Send + 'i) -> Self {
        Issuing(State::Waiting(Box::pin(future)))
    }
}

impl<E: Unpin> Future for Issuing<'_, E> {
    type Output = Result<Tokens, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.get_mut().0 {
            State::Done(ready) => Pin::new(ready).poll(context),
            State::Waiting(future) => future.as_mut().poll(context),
        }
    }
}

impl<E> fmt::Debug for Issuing<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issuing").finish_non_exhaustive()
    }
}

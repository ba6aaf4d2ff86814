use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::task::{Context, Poll};

use rocket::futures::future::BoxFuture;

use super::tokens::Tokens;

/// The future of tokens that are being issued.
pub(crate) enum Progress<'i, E> {
    /// The result was available at once.
    Done(Ready<Result<Tokens, E>>),
    Waiting(BoxFuture<'i, Result<Tokens, E>>),
}

impl<'i, E> Progress<'i, E> {
    pub(crate) fn done(result: Result<Tokens, E>) -> Self {
        Progress::Done(ready(result))
    }

    pub(crate) fn waiting(future: impl Future<Output = Result<Tokens, E>> + Send + 'i) -> Self {
        Progress::Waiting(Box::pin(future))
    }
}

impl<E> Future for Progress<'_, E> {
    type Output = Result<Tokens, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.get_mut() {
            Progress::Done(ready) => Pin::new(ready).poll(context),
            Progress::Waiting(future) => future.as_mut().poll(context),
        }
    }
}

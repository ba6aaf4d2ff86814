use std::future::Future;

use rocket::futures::future::BoxFuture;
use rocket::request::Request;
use rocket::response::{self, Responder};

use super::refreshing::Refreshing;
use crate::claims::Claims;
use crate::error::RefreshError;

/// Requires that the loader's future is `Send`. The compiler then reports an error at the loader.
pub fn loading<F: Future + Send>(future: F) -> F {
    future
}

/// What a loader can return.
#[diagnostic::on_unimplemented(
    message = "a refresh endpoint can't return `{Self}`",
    label = "not what a loader returns",
    note = "return `Option<C>` or `Result<Option<C>, E>`, where `C` is a claims type and `E` a responder: `None` says that the user is gone"
)]
pub trait Loaded<'r> {
    #[doc(hidden)]
    type Claims: Claims;
    #[doc(hidden)]
    type Error: Responder<'r, 'static>;
    #[doc(hidden)]
    fn loaded(self) -> Result<Option<Self::Claims>, Self::Error>;
}

impl<'r, C: Claims> Loaded<'r> for Option<C> {
    type Claims = C;
    type Error = RefreshError;

    fn loaded(self) -> Result<Option<C>, RefreshError> {
        Ok(self)
    }
}

impl<'r, C: Claims, E: Responder<'r, 'static>> Loaded<'r> for Result<Option<C>, E> {
    type Claims = C;
    type Error = E;

    fn loaded(self) -> Result<Option<C>, E> {
        self
    }
}

/// Creates a response from the result of the loader. This is not an `async fn`, because its future would depend on the
/// error type. The compiler would then lose the fact that all borrows of the future are from the same request.
pub fn reissue<'r, R: Loaded<'r>>(refreshing: Refreshing<'r>, loaded: R) -> BoxFuture<'r, Reissued<'r>> {
    let request = refreshing.request();
    let claims = match loaded.loaded() {
        Ok(Some(claims)) => Ok(claims),
        Ok(None) => Err(None),
        Err(error) => Err(Some(error.respond_to(request))),
    };
    Box::pin(async move {
        Reissued(match claims {
            Ok(claims) => match refreshing.renew(claims).await {
                Ok(tokens) => tokens.respond_to(request),
                Err(error) => error.respond_to(request),
            },
            Err(Some(answer)) => answer,
            Err(None) => refreshing.refuse().await.respond_to(request),
        })
    })
}

/// Refuses a user id that the parameter type of the endpoint does not accept.
pub fn refuse(refreshing: Refreshing<'_>) -> Reissued<'_> {
    Reissued(RefreshError::UserId.respond_to(refreshing.request()))
}

/// The response of a refresh endpoint.
pub struct Reissued<'r>(response::Result<'r>);

impl<'r> Responder<'r, 'r> for Reissued<'r> {
    fn respond_to(self, _: &'r Request<'_>) -> response::Result<'r> {
        self.0
    }
}

//! What a loader can return, and the response of a refresh endpoint to it.

use std::future::Future;

use rocket::futures::future::{BoxFuture, ready};
use rocket::http::Status;
use rocket::request::Request;
use rocket::response::{self, Responder};

use super::refreshing::Refreshing;
use crate::claims::Claims;
use crate::error::RefreshError;
use crate::issue::Tokens;

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

/// Issues new tokens with the claims that the loader returned. This is not an `async fn`, because its future would
/// depend on the error type. The compiler would then lose the fact that all borrows of the future are from the same
/// request.
pub fn reissue<'r, R: Loaded<'r>>(refreshing: Refreshing<'r>, loaded: R) -> BoxFuture<'r, Reissued<'r>> {
    let request = refreshing.request();
    let claims = match loaded.loaded() {
        Ok(Some(claims)) => Ok(claims),
        Ok(None) => Err(None),
        Err(error) => Err(Some(error.respond_to(request))),
    };
    Box::pin(async move {
        match claims {
            Ok(claims) => refreshing.renew(claims).await.map_or_else(Reissued::Refused, Reissued::Renewed),
            Err(Some(answer)) => Reissued::Failed(answer),
            Err(None) => Reissued::Refused(refreshing.refuse().await),
        }
    })
}

/// Refuses a user id that the parameter type of the endpoint does not accept.
pub fn refuse(_: Refreshing<'_>) -> Reissued<'_> {
    Reissued::Refused(RefreshError::UserId)
}

/// Refuses to renew a login whose user id the endpoint does not accept, or whose request lacks what the loader needs.
pub fn cannot_renew(refreshing: Refreshing<'_>) -> LoginRenewal<'_> {
    Box::pin(ready(refuse(refreshing)))
}

/// A guard of the loader failed with this status.
pub fn failed<'r>(status: Status) -> Reissued<'r> {
    Reissued::Failed(Err(status))
}

/// A login that is being renewed.
pub type LoginRenewal<'r> = BoxFuture<'r, Reissued<'r>>;

/// What a refresh endpoint returns.
pub enum Reissued<'r> {
    /// The login is renewed.
    Renewed(Tokens),
    /// The login cannot be renewed.
    Refused(RefreshError),
    /// The loader or one of its guards failed. The login may still be renewable.
    Failed(response::Result<'r>),
}

impl<'r> Responder<'r, 'r> for Reissued<'r> {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'r> {
        match self {
            Reissued::Renewed(tokens) => tokens.respond_to(request),
            Reissued::Refused(error) => error.respond_to(request),
            Reissued::Failed(answer) => answer,
        }
    }
}

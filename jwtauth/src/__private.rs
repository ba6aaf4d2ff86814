//! What generated code may name. Nothing in here is for anybody else, and nothing of it is promised.

use std::fmt::Display;
use std::future::Future;

use rocket::Data;
use rocket::futures::future::BoxFuture;
use rocket::http::Status;
use rocket::outcome::Outcome;
use rocket::request::{self, FromParam, Request};
use rocket::response::{self, Responder};
use rocket::route::{self, Handler, Route};

use crate::claims::Claims;
pub use crate::claims::ReadBack;
use crate::error::{AuthError, RefreshError};
pub use crate::refresh::{Nonce, NonceFuture, RefreshEndpoint, RefreshingOf};
use crate::refresh::{Refreshing, verify_refresh_request};
use crate::request::state::RequestState;

/// Puts the verification of the token before everything in the route, and gives the route its name.
/// `parses` says whether the application's type can be made of a user id.
pub fn gate(mut route: Route, name: &'static str, parses: fn(&str) -> bool) -> Route {
    route.name = Some(name.into());
    route.handler = Box::new(Gate { handler: route.handler, parses });
    route
}

#[derive(Clone)]
struct Gate {
    handler: Box<dyn Handler>,
    parses: fn(&str) -> bool,
}

#[rocket::async_trait]
impl Handler for Gate {
    async fn handle<'r>(&self, request: &'r Request<'_>, data: Data<'r>) -> route::Outcome<'r> {
        let error = match verify_refresh_request(request).await {
            Ok(refreshing) if (self.parses)(refreshing.userid()) => {
                let outcome = self.handler.handle(request, data).await;
                if let Outcome::Error(Status::ServiceUnavailable) = outcome {
                    // A guard of the loader's, its connection to a database: the client is told when to
                    // come again.
                    RequestState::of(request).fail(AuthError::Unavailable);
                }
                return outcome;
            }
            Ok(_) => RefreshError::UserId,
            Err(error) => error,
        };
        route::Outcome::from(request, error)
    }
}

/// What the first parameter of a loader or nonce handler can be.
#[diagnostic::on_unimplemented(
    message = "a user id can't be read into `{Self}`",
    label = "the first parameter receives the verified user id",
    note = "write `&str`, `String`, a number or any other type that is `FromParam`; guards come after it"
)]
pub trait UserId<'r>: Sized {
    #[doc(hidden)]
    fn from_userid(userid: &'r str) -> Option<Self>;
}

// Not to be told of traits and types of Rocket's that are no answer.
#[diagnostic::do_not_recommend]
impl<'r, T: FromParam<'r>> UserId<'r> for T {
    fn from_userid(userid: &'r str) -> Option<Self> {
        T::from_param(userid).ok()
    }
}

/// The user id as the loader or the nonce handler wants it.
pub fn userid<'r, T: UserId<'r>>(userid: &'r str) -> Option<T> {
    T::from_userid(userid)
}

/// Says of the loader's future, at the place of the loader, that it must be `Send`.
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

/// Makes a response of what the loader returned. Not an `async fn`, whose future would depend on the type of
/// the error: the compiler forgets of such a future that what it borrows is of one and the same request.
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

/// Refuses a user id that is none of this application.
pub fn refuse(refreshing: Refreshing<'_>) -> Reissued<'_> {
    Reissued(RefreshError::UserId.respond_to(refreshing.request()))
}

/// The answer of a refresh endpoint.
pub struct Reissued<'r>(response::Result<'r>);

impl<'r> Responder<'r, 'r> for Reissued<'r> {
    fn respond_to(self, _: &'r Request<'_>) -> response::Result<'r> {
        self.0
    }
}

/// A guard of the nonce handler, or the answer in its place: one that fails for the server's sake makes
/// the nonce unavailable, any other refuses.
pub fn nonce_guard<G, E>(outcome: request::Outcome<G, E>) -> Result<G, Nonce> {
    match outcome {
        Outcome::Success(guard) => Ok(guard),
        Outcome::Error((status, _)) | Outcome::Forward(status) if status.code >= 500 => {
            Err(Nonce::Unavailable(format!("a guard failed with {status}")))
        }
        Outcome::Error(_) | Outcome::Forward(_) => Err(Nonce::Refused),
    }
}

/// What a nonce handler can return.
#[diagnostic::on_unimplemented(
    message = "a refresh nonce handler can't return `{Self}`",
    label = "not what a nonce handler returns",
    note = "return `Option<String>` or `Result<Option<String>, E>`, where `E` is `Display`: `None` says that the user is gone"
)]
pub trait NonceOutcome {
    #[doc(hidden)]
    fn nonce(self) -> Nonce;
}

impl NonceOutcome for Option<String> {
    fn nonce(self) -> Nonce {
        self.map_or(Nonce::NoSuchUser, Nonce::Is)
    }
}

impl<E: Display> NonceOutcome for Result<Option<String>, E> {
    fn nonce(self) -> Nonce {
        match self {
            Ok(nonce) => nonce.nonce(),
            Err(error) => Nonce::Unavailable(error.to_string()),
        }
    }
}

/// Makes a nonce of what the handler returned.
pub fn nonce_is<R: NonceOutcome>(result: R) -> Nonce {
    result.nonce()
}

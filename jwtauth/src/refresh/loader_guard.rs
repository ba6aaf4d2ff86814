//! Calls a guard of a loader outside of its route.

use std::marker::PhantomData;

use rocket::futures::FutureExt;
use rocket::futures::future::BoxFuture;
use rocket::http::Status;
use rocket::outcome::Outcome;
use rocket::request::{FromRequest, Request};

/// A parameter of a loader, of type `T`.
///
/// A parameter that is not a guard is a mistake that the route of the endpoint reports. It must not be reported twice.
/// So there are two traits, and method resolution takes the second if `T` is not a guard.
pub struct LoaderGuard<T>(PhantomData<fn() -> T>);

impl<T> LoaderGuard<T> {
    /// The parameter.
    pub const fn parameter() -> Self {
        LoaderGuard(PhantomData)
    }
}

/// A parameter that is a guard.
pub trait AskGuard<'r, T> {
    /// Calls the guard. If it fails or forwards, the loader cannot be called.
    fn ask(&self, request: &'r Request<'_>) -> BoxFuture<'r, Result<T, Status>>;
}

impl<'r, T: FromRequest<'r> + Send + 'r> AskGuard<'r, T> for LoaderGuard<T> {
    fn ask(&self, request: &'r Request<'_>) -> BoxFuture<'r, Result<T, Status>> {
        let guard = T::from_request(request).map(|outcome| match outcome {
            Outcome::Success(guard) => Ok(guard),
            Outcome::Error((status, _)) | Outcome::Forward(status) => {
                rocket::error!(
                    "jwtauth: a guard of the refresh endpoint's loader, `{}`, gave {status}",
                    std::any::type_name::<T>()
                );
                Err(status)
            }
        });
        Box::pin(guard)
    }
}

/// A parameter that is not a guard. Code that contains one does not compile.
pub trait AskNothing<'r, T> {
    /// Never called.
    fn ask(&self, request: &'r Request<'_>) -> BoxFuture<'r, Result<T, Status>>;
}

impl<'r, T: Send + 'r> AskNothing<'r, T> for &LoaderGuard<T> {
    fn ask(&self, _: &'r Request<'_>) -> BoxFuture<'r, Result<T, Status>> {
        Box::pin(async { Err(Status::InternalServerError) })
    }
}

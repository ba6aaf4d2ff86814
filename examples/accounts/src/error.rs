//! The errors of the routes.

use jwtauth::AuthError;
use rocket::http::Status;
use rocket::{Responder, error};
use rocket_db_pools::sqlx;

/// The error of a route. The catchers create the response body.
#[derive(Responder)]
pub enum Error {
    Auth(AuthError),
    Status(Status),
}

impl From<AuthError> for Error {
    fn from(error: AuthError) -> Self {
        Error::Auth(error)
    }
}

impl From<Status> for Error {
    fn from(status: Status) -> Self {
        Error::Status(status)
    }
}

/// The client may retry later: 503.
impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        error!("the accounts database is away: {error}");
        Error::Auth(AuthError::Unavailable)
    }
}

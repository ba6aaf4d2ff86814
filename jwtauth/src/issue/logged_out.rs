use rocket::http::{Header, Status};
use rocket::request::Request;
use rocket::response::{self, Responder, Response};

use crate::error::AuthError;

/// The answer of a logout route, from [`Auth::forget`](crate::Auth::forget).
///
/// | situation | answer |
/// |---|---|
/// | the session has ended, now or before | 204 without content, `Cache-Control: no-store` |
/// | there are no sessions, or the token is of another issuer | the same |
/// | the request carries no token, or one that is none of ours | 401, as by [`Identity`](crate::Identity) |
/// | the request carries more than one token | 400, as by [`Identity`](crate::Identity) |
/// | the session store is away: the session may not have ended | 503, `Retry-After` |
#[derive(Debug)]
#[must_use = "a logout route answers with it"]
pub struct Forget(Result<(), AuthError>);

impl Forget {
    pub(crate) fn new(result: Result<(), AuthError>) -> Self {
        Forget(result)
    }
}

impl<'r> Responder<'r, 'static> for Forget {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        match self.0 {
            Ok(()) => Response::build().status(Status::NoContent).header(Header::new("Cache-Control", "no-store")).ok(),
            Err(error) => error.respond_to(request),
        }
    }
}

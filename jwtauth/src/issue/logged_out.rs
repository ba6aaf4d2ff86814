use rocket::http::{Header, Status};
use rocket::request::Request;
use rocket::response::{self, Responder, Response};

/// The response of a logout route, from [`Auth::forget`](crate::Auth::forget): 204 without content, and
/// `Cache-Control: no-store`. [`with`](Self::with) returns another response.
#[derive(Debug)]
#[must_use = "a logout route answers with it"]
pub struct LoggedOut<R = ()> {
    /// `None`: 204.
    responder: Option<R>,
}

impl LoggedOut {
    pub(crate) fn new() -> Self {
        LoggedOut { responder: None }
    }

    /// Returns `responder`, with `Cache-Control: no-store`: the start page after a logout, for example.
    ///
    /// ```
    /// # use jwtauth::{Auth, AuthError};
    /// use jwtauth::LoggedOut;
    /// use rocket::post;
    /// use rocket::response::Redirect;
    ///
    /// #[post("/logout")]
    /// async fn logout(auth: Auth<'_>) -> Result<LoggedOut<Redirect>, AuthError> {
    ///     Ok(auth.forget().await?.with(Redirect::to("/")))
    /// }
    /// ```
    pub fn with<R>(self, responder: R) -> LoggedOut<R> {
        LoggedOut { responder: Some(responder) }
    }
}

impl<'r, 'o: 'r, R: Responder<'r, 'o>> Responder<'r, 'o> for LoggedOut<R> {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'o> {
        let mut response = match self.responder {
            Some(responder) => responder.respond_to(request)?,
            None => Response::build().status(Status::NoContent).finalize(),
        };
        response.set_header(Header::new("Cache-Control", "no-store"));
        Ok(response)
    }
}

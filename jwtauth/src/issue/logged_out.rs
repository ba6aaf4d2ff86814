use rocket::http::{Header, Status};
use rocket::request::Request;
use rocket::response::{self, Responder, Response};

/// The response of a logout route, from [`Auth::forget`](crate::Auth::forget): 204 without content, and
/// `Cache-Control: no-store`.
#[derive(Debug)]
#[must_use = "a logout route answers with it"]
pub struct LoggedOut(());

impl LoggedOut {
    pub(crate) fn new() -> Self {
        LoggedOut(())
    }
}

impl<'r> Responder<'r, 'static> for LoggedOut {
    fn respond_to(self, _: &'r Request<'_>) -> response::Result<'static> {
        Response::build().status(Status::NoContent).header(Header::new("Cache-Control", "no-store")).ok()
    }
}

//! The pages: templates, which escape all values, and what is shown instead if a route fails.

use std::time::{Duration, SystemTime};

use askama::Template;
use jwtauth::{AuthError, LocalPath, Session};
use rocket::http::{Header, Status};
use rocket::response::{self, Responder, content::RawHtml};
use rocket::{Request, catch, error};
use rocket_db_pools::sqlx;

use crate::db::User;

/// A rendered template. It may use only this site's own files, and cannot be shown within other pages.
pub struct Page<T>(pub T);

const POLICY: &str = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

impl<'r, T: Template> Responder<'r, 'static> for Page<T> {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        let html = self.0.render().inspect_err(|error| error!("the page can't be rendered: {error}"));
        let mut response = RawHtml(html.map_err(|_| Status::InternalServerError)?).respond_to(request)?;
        response.set_header(Header::new("Content-Security-Policy", POLICY));
        Ok(response)
    }
}

/// The form of a login or a sign-up.
#[derive(Template)]
#[template(path = "entry.html")]
pub struct Entry {
    pub is_signup: bool,
    pub next: LocalPath,
    pub problem: &'static str,
}

#[derive(Template)]
#[template(path = "members.html")]
pub struct Members(pub User);

#[derive(Template)]
#[template(path = "settings.html")]
pub struct Settings(pub User);

#[derive(Template)]
#[template(path = "admin.html")]
pub struct Admin(pub Vec<User>);

#[derive(Template)]
#[template(path = "sessions.html")]
pub struct Sessions(pub Vec<Session>);

impl Sessions {
    /// How long ago a time in seconds since the epoch was.
    fn ago(&self, time: u64) -> String {
        let passed = (SystemTime::UNIX_EPOCH + Duration::from_secs(time)).elapsed().unwrap_or_default();
        let minutes = passed.as_secs() / 60;
        if minutes < 120 { format!("{minutes} min ago") } else { format!("{} h ago", minutes / 60) }
    }
}

#[derive(Template)]
#[template(path = "failed.html")]
pub struct Failed(Status, &'static str);

#[catch(default)]
pub fn failed(status: Status, _: &Request<'_>) -> Page<Failed> {
    Page(Failed(status, status.reason_lossy()))
}

#[catch(403)]
pub fn forbidden() -> Page<Failed> {
    Page(Failed(Status::Forbidden, "This page is for administrators"))
}

/// Why a route does not answer as usual.
#[derive(rocket::Responder)]
pub enum Error {
    /// A catcher creates the page.
    Status(Status),
    /// The same form again, with the problem.
    Form((Status, Page<Entry>)),
}

impl From<AuthError> for Error {
    fn from(error: AuthError) -> Self {
        Error::Status(error.into())
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        error!("the database is unavailable: {error}");
        Error::Status(Status::ServiceUnavailable)
    }
}

//! The pages: templates, which escape all values, and what is shown instead if a route fails.

use std::time::{Duration, SystemTime};

use askama::Template;
use jwtauth::{LocalPath, Session};
use rocket::http::{Header, Status};
use rocket::response::{self, Responder, content::RawHtml};
use rocket::{Request, catch, error};

use crate::users::User;

#[derive(Template)]
pub enum Page {
    /// A form with a username and a password, which is sent to this path.
    #[template(path = "form.html")]
    Form { path: &'static str, next: Option<LocalPath>, problem: &'static str },
    #[template(path = "members.html")]
    Members(User),
    #[template(path = "settings.html")]
    Settings(User),
    #[template(path = "admin.html")]
    Admin(Vec<User>),
    #[template(path = "sessions.html")]
    Sessions(Vec<Session>),
    #[template(path = "failed.html")]
    Failed(Status),
}

/// A page may use only this site's own files, and cannot be shown within other pages.
const POLICY: &str = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

impl<'r> Responder<'r, 'static> for Page {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        let html = self.render().inspect_err(|error| error!("the page can't be rendered: {error}"));
        let mut response = RawHtml(html.map_err(|_| Status::InternalServerError)?).respond_to(request)?;
        response.set_header(Header::new("Content-Security-Policy", POLICY));
        Ok(response)
    }
}

/// The minutes since a time in seconds since the epoch.
fn minutes_since(time: u64) -> u64 {
    (SystemTime::UNIX_EPOCH + Duration::from_secs(time)).elapsed().unwrap_or_default().as_secs() / 60
}

#[catch(default)]
pub fn failed(status: Status, _: &Request<'_>) -> Page {
    Page::Failed(status)
}

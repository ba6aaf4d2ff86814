//! Cross-origin resource sharing: which pages of other origins can read the answers (Fetch §3.2).

use jwtauth::JwtAuth;
use rocket::fairing::{Fairing, Info, Kind};
use rocket::http::{Header, Status};
use rocket::request::Request;
use rocket::response::Response;
use rocket::{async_trait, options};

/// Lets pages of the setting `jwtauth.cookies.origins` send cookies, and read the answers. Browsers check these
/// headers. The guards check `Origin` themselves.
pub struct Cors;

#[async_trait]
impl Fairing for Cors {
    fn info(&self) -> Info {
        Info { name: "CORS", kind: Kind::Response }
    }

    async fn on_response<'r>(&self, request: &'r Request<'_>, response: &mut Response<'r>) {
        // Caches keep an answer for each origin.
        response.adjoin_raw_header("Vary", "Origin");
        let cookies = request.rocket().state::<JwtAuth>().and_then(|jwtauth| jwtauth.config().cookies.as_ref());
        let (Some(origin), Some(cookies)) = (request.headers().get_one("Origin"), cookies) else { return };
        if cookies.origins.iter().any(|trusted| trusted == origin) {
            // Never `*`: browsers refuse it together with credentials.
            response.set_header(Header::new("Access-Control-Allow-Origin", origin.to_owned()));
            response.set_header(Header::new("Access-Control-Allow-Credentials", "true"));
            response.set_header(Header::new("Access-Control-Allow-Headers", "Authorization"));
        }
    }
}

/// Before a request with `Authorization`, browsers ask whether they may send it.
#[options("/<_..>")]
pub fn preflight() -> Status {
    Status::NoContent
}

//! New tokens as a response.

use std::io::Cursor;

use rocket::http::{ContentType, Header, Status};
use rocket::request::Request;
use rocket::response::{self, Responder, Response};

use crate::issue::Tokens;
use crate::request::set_cookies;

impl Tokens {
    /// Returns `responder` and adds the tokens to its response: a page or a redirect after a login, or JSON of the
    /// application's own.
    ///
    /// With [cookies](crate::guide::browsers), the response sets them. Otherwise it gets the header `Authorization`. A
    /// client that needs the refresh token then finds it only in the body, so the route must write
    /// [`refresh_token`](Self::refresh_token) there. The response is `Cache-Control: no-store`.
    ///
    /// If `responder` fails, the client gets no tokens.
    ///
    /// ```
    /// # use jwtauth::{Auth, AuthError};
    /// use jwtauth::WithTokens;
    /// use rocket::post;
    /// use rocket::response::Redirect;
    ///
    /// #[post("/login")]
    /// async fn login(auth: Auth<'_>) -> Result<WithTokens<Redirect>, AuthError> {
    ///     let tokens = auth.remember("alice", ()).await?;
    ///     Ok(tokens.with(Redirect::to("/members")))
    /// }
    /// ```
    pub fn with<R>(self, responder: R) -> WithTokens<R> {
        WithTokens { tokens: self, responder }
    }

    fn add_to(&self, request: &Request<'_>, response: &mut Response<'_>) {
        if !set_cookies(request, self) {
            let authorization = format!("{} {}", self.token_type(), self.access_token());
            response.set_header(Header::new("Authorization", authorization));
        }
        response.set_header(Header::new("Cache-Control", "no-store"));
    }
}

impl<'r> Responder<'r, 'static> for Tokens {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        let body = serde_json::to_vec(&self).map_err(|_| Status::InternalServerError)?;
        let mut response = Response::build();
        let mut response = response.header(ContentType::JSON).sized_body(body.len(), Cursor::new(body)).finalize();
        self.add_to(request, &mut response);
        Ok(response)
    }
}

/// A response with the tokens of a login, from [`Tokens::with`].
#[derive(Debug)]
#[must_use = "a route must return it, or the client gets no tokens"]
pub struct WithTokens<R> {
    tokens: Tokens,
    responder: R,
}

impl<'r, 'o: 'r, R: Responder<'r, 'o>> Responder<'r, 'o> for WithTokens<R> {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'o> {
        let mut response = self.responder.respond_to(request)?;
        self.tokens.add_to(request, &mut response);
        Ok(response)
    }
}

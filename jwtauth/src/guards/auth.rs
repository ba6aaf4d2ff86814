mod confirm;

use std::fmt;

use rocket::outcome::Outcome;
use rocket::request::{self, FromRequest, Request};
use rocket::{Ignite, Rocket, Sentinel};

use super::identity::Identity;
use super::session::Session;
use crate::claims::Claims;
use crate::error::AuthError;
use crate::issue::{
    Delivery, IssueTokens, Issuing, LoggedOut, LoginFacts, NewLogin, Nonce, Progress, Tokens, not_issued,
};
use crate::jwtauth::JwtAuth;
use crate::request::state::RequestState;
use crate::request::{Origins, check_login_origin, end_session_of_cookies, logout};

/// The guard for login and logout routes. It starts, confirms, ends and lists logins of the client.
///
/// ```
/// # use jwtauth::Claims;
/// use jwtauth::{Auth, AuthError, LoggedOut, Tokens};
/// use rocket::form::{Form, FromForm};
/// use rocket::http::Status;
/// use rocket::post;
/// # use serde::{Deserialize, Serialize};
///
/// # #[derive(Serialize, Deserialize, Claims)]
/// # struct Profile { nickname: String }
/// # fn check(login: &Login) -> Option<Profile> { None }
/// #[derive(FromForm)]
/// struct Login { username: String, password: String }
///
/// #[post("/login", data = "<login>")]
/// async fn login(login: Form<Login>, auth: Auth<'_>) -> Result<Tokens, Status> {
///     let profile = check(&login).ok_or(Status::Unauthorized)?;
///     Ok(auth.remember(&login.username, profile).await?)
/// }
///
/// #[post("/logout")]
/// async fn logout(auth: Auth<'_>) -> Result<LoggedOut, AuthError> {
///     auth.forget().await
/// }
/// ```
///
/// # Outcome
///
/// - **Succeeds** if the fairing is attached, with or without a token in the request.
/// - **Forwards** never.
/// - **Fails** with 500 if the fairing is not attached. The launch stops in this case if a route declares the guard.
pub struct Auth<'r> {
    jwtauth: &'r JwtAuth,
    request: &'r Request<'r>,
    /// Which requests can log in and out with cookies.
    origins: Origins,
}

impl<'r> Auth<'r> {
    /// The guard. Cookies count only in requests of these origins.
    pub(super) fn from_origins(request: &'r Request<'_>, origins: Origins) -> Result<Self, AuthError> {
        let jwtauth = JwtAuth::of(request).ok_or(AuthError::NotAttached)?;
        RequestState::of(request).note_guard(request);
        Ok(Auth { jwtauth, request, origins })
    }

    /// Issues tokens for a user who has just logged in. The route returns them.
    ///
    /// [`Identity::userid`](crate::Identity::userid) returns `userid`, and a refresh endpoint gets it as its first
    /// parameter.
    ///
    /// With [sessions](crate::guide::sessions), this starts a session. Its label is the client's `User-Agent`, and the
    /// client also gets a refresh token.
    ///
    /// # Errors
    ///
    /// - [`AuthError::EmptyUserId`] (500) if the user id is empty;
    /// - [`AuthError::WrongUserId`] (500) if there are refresh endpoints, and all of them refuse the user id;
    /// - [`AuthError::Claims`] (500) if the claims can't be written into a token, or the data that the login
    ///   [carries](Issuing::carrying) is not acceptable;
    /// - [`AuthError::Key`] (500) if no key can sign;
    /// - [`AuthError::NoSuchUser`] (401) if the refresh nonce handler finds no such user or its guard refuses the
    ///   request;
    /// - [`AuthError::Unavailable`] (503) if the refresh nonce handler or the session store is unavailable.
    pub fn remember<C: Claims>(&self, userid: impl fmt::Display, claims: C) -> Issuing<'_, C> {
        Issuing::new(self, NewLogin::new(userid.to_string(), claims))
    }

    /// Logs the client out. The route returns the result.
    ///
    /// With [sessions](crate::guide::sessions), this ends the session of the request's token. The token may be an
    /// access token, expired or not, or a refresh token. A session that has already ended is not an error, because a
    /// client may log out twice. A token of a trusted issuer has no session in this application, so nothing ends.
    ///
    /// Without sessions, an issued token stays valid until it expires. The response is then always 204. The client
    /// should drop its token.
    ///
    /// # Errors
    ///
    /// With sessions:
    ///
    /// - [`AuthError::MissingToken`] (401) if the request has no token;
    /// - [`AuthError::InvalidToken`] (401) if the token is not valid;
    /// - [`AuthError::AmbiguousToken`] (400) if the request has more than one token;
    /// - [`AuthError::Unavailable`] (503) if the session store is unavailable. The session may not have ended then.
    pub async fn forget(&self) -> Result<LoggedOut, AuthError> {
        let ended = logout(self.jwtauth, self.request, self.origins).await;
        ended.inspect_err(|error| RequestState::of(self.request).fail(error.clone()))?;
        Ok(LoggedOut::new())
    }

    /// The sessions of the user of this request, the last refreshed first. [`Session::is_current`] marks the session of
    /// this request.
    ///
    /// ```
    /// use jwtauth::{Auth, AuthError, Session};
    /// use rocket::get;
    /// use rocket::http::ContentType;
    ///
    /// #[get("/sessions")]
    /// async fn sessions(auth: Auth<'_>) -> Result<(ContentType, String), AuthError> {
    ///     let sessions: Vec<Session> = auth.sessions().await?;
    ///     Ok((ContentType::JSON, serde_json::to_string(&sessions).unwrap_or_default()))
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of [`Identity`], [`AuthError::NoSessions`] (404) without sessions and for a token of a trusted
    /// issuer, and [`AuthError::Unavailable`] (503) if the session store is unavailable.
    pub async fn sessions(&self) -> Result<Vec<Session>, AuthError> {
        let state = RequestState::of(self.request);
        let identity = Identity::<()>::from_origins(self.request, self.origins).await?;
        // The same user id of another issuer may be a different user in this application.
        if identity.is_of_issuer() {
            state.fail(AuthError::NoSessions);
            return Err(AuthError::NoSessions);
        }
        let listed = self.jwtauth.sessions(identity.userid()).await;
        let mut sessions = listed.inspect_err(|error| state.fail(error.clone()))?;
        sessions.iter_mut().for_each(|session| session.mark(identity.session_id()));
        Ok(sessions)
    }

    pub(super) fn request(&self) -> &'r Request<'r> {
        self.request
    }

    async fn issue<C: Claims>(&self, mut login: NewLogin<C>) -> Result<Tokens, AuthError> {
        if login.userid.is_empty() {
            // This is checked before the nonce handler is called, because such a user can't exist.
            return Err(not_issued(AuthError::EmptyUserId));
        }
        if let Some(handler) = self.jwtauth.nonce_handler() {
            let (auth_time, carried) = (Some(self.jwtauth.now()), login.carried.clone());
            let facts = LoginFacts { session_id: None, auth_time, carried };
            login.nonce = match handler.ask(self.request, &login.userid, facts).await {
                Nonce::Is(nonce) => Some(nonce),
                Nonce::NoSuchUser | Nonce::Refused => return Err(AuthError::NoSuchUser),
                Nonce::Unavailable(_) => return Err(AuthError::Unavailable),
            };
        }
        let client = self.request.headers().get_one("User-Agent").unwrap_or_default();
        let tokens = self.jwtauth.login(&login, client).await?;
        if let (Delivery::Cookies { .. }, Some(cookies)) = (login.delivery, &self.jwtauth.config().cookies) {
            // The browser removes the cookies of the old session. If the store fails now, that session ends later by
            // itself. The reason is logged.
            let _ = end_session_of_cookies(self.jwtauth, self.request, cookies).await;
        }
        Ok(tokens)
    }

    /// How the tokens of a login reach the client. Cookies are set only for a request that may use them.
    fn delivery<C>(&self, login: &NewLogin<C>) -> Result<Delivery, AuthError> {
        if self.jwtauth.config().cookies.is_none() || login.in_body {
            return Ok(Delivery::Body);
        }
        check_login_origin(self.request, self.jwtauth.config(), self.origins)?;
        Ok(Delivery::Cookies { is_transient: login.until_browser_closes, is_renewal: false })
    }
}

impl<C: Claims> IssueTokens<C> for Auth<'_> {
    fn start(&self, mut login: NewLogin<C>) -> Progress<'_, AuthError> {
        // The route may return only a status. The error is stored for the challenge and the catchers.
        let note = |error: &AuthError| RequestState::of(self.request).fail(error.clone());
        if let Err(error) = self.jwtauth.check_login(&login) {
            return Progress::done(Err(not_issued(error)).inspect_err(note));
        }
        login.delivery = match self.delivery(&login) {
            Ok(delivery) => delivery,
            Err(error) => return Progress::done(Err(error).inspect_err(note)),
        };
        let asks = self.jwtauth.nonce_handler().is_some();
        match if asks { None } else { self.jwtauth.login_at_once(&login) } {
            Some(tokens) => Progress::done(tokens.inspect_err(note)),
            None => Progress::waiting(async move { self.issue(login).await.inspect_err(note) }),
        }
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Auth<'r> {
    type Error = AuthError;

    async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, AuthError> {
        match Auth::from_origins(request, Origins::Own) {
            Ok(auth) => Outcome::Success(auth),
            Err(error) => Outcome::Error((error.status(), error)),
        }
    }
}

impl fmt::Debug for Auth<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Auth")
    }
}

impl Sentinel for Auth<'_> {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        JwtAuth::missing(rocket)
    }
}

use std::fmt;

use rocket::outcome::Outcome;
use rocket::request::{self, FromRequest, Request};
use rocket::{Ignite, Rocket, Sentinel};

use super::identity::Identity;
use super::session::Session;
use crate::claims::Claims;
use crate::error::AuthError;
use crate::issue::{Issuing, LoggedOut, Login, Nonce, Tokens, not_issued};
use crate::jwtauth::JwtAuth;
use crate::request::logout;
use crate::request::state::RequestState;

/// The guard for login and logout: what a handler can do about the identity of its client.
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
/// - **Succeeds** if the fairing is attached; whether the request carries a token does not matter.
/// - **Forwards** never.
/// - **Fails** with 500 if it is not; but a route that asks for it then stops the launch.
pub struct Auth<'r> {
    jwtauth: &'r JwtAuth,
    request: &'r Request<'r>,
}

impl Auth<'_> {
    /// Issues the tokens of a user who has just proved to be one; the route answers with them.
    ///
    /// `userid` is what [`Identity::userid`](crate::Identity::userid) will say, and what a refresh
    /// endpoint gets as its first parameter.
    ///
    /// With [sessions](crate::guide::sessions), one begins: it is labelled with the client's `User-Agent`, and the client
    /// gets a refresh token as well.
    ///
    /// # Errors
    ///
    /// - [`AuthError::EmptyUserId`] (500) if the user id is empty;
    /// - [`AuthError::WrongUserId`] (500) if there are refresh endpoints, and none of them accepts the user id;
    /// - [`AuthError::Claims`] (500) if the claims can't stand in a token;
    /// - [`AuthError::Key`] (500) if there is no key that signs;
    /// - [`AuthError::NoSuchUser`] (401) and [`AuthError::Unavailable`] (503) if the refresh nonce
    ///   handler says so;
    /// - [`AuthError::Unavailable`] (503) if the session store is away.
    pub fn remember<C: Claims>(&self, userid: impl fmt::Display, claims: C) -> Issuing<'_> {
        let userid = userid.to_string();
        // The route may go on to answer with no more than a status.
        let note = |error: &AuthError| RequestState::of(self.request).fail(error.clone());
        if let Err(error) = self.jwtauth.userid_types().check(&userid) {
            return Issuing::done(Err(not_issued(error)).inspect_err(note));
        }
        if let Some(tokens) = self.jwtauth.login_at_once(&Login::of(&userid), &claims) {
            return Issuing::done(tokens.inspect_err(note));
        }
        Issuing::waiting(async move { self.issue(&userid, &claims).await.inspect_err(note) })
    }

    /// Forgets the identity of the client; the route answers with what this returns.
    ///
    /// With [sessions](crate::guide::sessions) it ends the session of the request's token: of the access token, also if it has
    /// expired, or of the refresh token. A session that has ended already is no error: a client may come twice. A token
    /// of another issuer has no session here, so nothing ends.
    ///
    /// Without sessions a token that has been issued is good until it expires. So this only tells the client, with 204,
    /// to drop the token, whatever token it has.
    ///
    /// # Errors
    ///
    /// With sessions:
    ///
    /// - [`AuthError::MissingToken`] and [`AuthError::InvalidToken`] (401) if the request carries no token, or one that
    ///   is not acceptable;
    /// - [`AuthError::AmbiguousToken`] (400) if it carries more than one;
    /// - [`AuthError::Unavailable`] (503) if the session store can't be reached. The session may not have ended then.
    pub async fn forget(&self) -> Result<LoggedOut, AuthError> {
        let ended = logout(self.jwtauth, self.request).await;
        ended.inspect_err(|error| RequestState::of(self.request).fail(error.clone()))?;
        Ok(LoggedOut::new())
    }

    /// The sessions of the user who asks, the last refreshed first; [`Session::is_current`] marks the one that is
    /// asking.
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
    /// As [`Identity`] fails; [`AuthError::NoSessions`] (404) without sessions and for a token of another issuer,
    /// [`AuthError::Unavailable`] (503) if the store is away.
    pub async fn sessions(&self) -> Result<Vec<Session>, AuthError> {
        let state = RequestState::of(self.request);
        let identity = Identity::of(self.request).await?;
        // The user id of another issuer may be that of somebody else here.
        if identity.is_of_issuer() {
            state.fail(AuthError::NoSessions);
            return Err(AuthError::NoSessions);
        }
        let listed = self.jwtauth.sessions(identity.userid()).await;
        let mut sessions = listed.inspect_err(|error| state.fail(error.clone()))?;
        sessions.iter_mut().for_each(|session| session.mark(identity.session_id()));
        Ok(sessions)
    }

    async fn issue<C: Claims>(&self, userid: &str, claims: &C) -> Result<Tokens, AuthError> {
        if userid.is_empty() {
            // Before the nonce handler is asked for a user that does not exist.
            return Err(not_issued(AuthError::EmptyUserId));
        }
        let nonce = match self.jwtauth.nonce_handler() {
            None => None,
            Some(handler) => match handler.ask(self.request, userid).await {
                Nonce::Is(nonce) => Some(nonce),
                Nonce::NoSuchUser | Nonce::Refused => return Err(AuthError::NoSuchUser),
                Nonce::Unavailable(_) => return Err(AuthError::Unavailable),
            },
        };
        let client = self.request.headers().get_one("User-Agent").unwrap_or_default();
        self.jwtauth.login(userid, claims, nonce.as_deref(), client).await
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Auth<'r> {
    type Error = AuthError;

    async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, AuthError> {
        match JwtAuth::of(request) {
            Some(jwtauth) => Outcome::Success(Auth { jwtauth, request }),
            None => Outcome::Error((AuthError::NotAttached.status(), AuthError::NotAttached)),
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

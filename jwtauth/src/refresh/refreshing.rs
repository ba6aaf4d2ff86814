use std::fmt;

use rocket::outcome::Outcome;
use rocket::request::{self, FromRequest, Request};
use rocket::{Ignite, Rocket, Sentinel};

use super::rules::{self, Refreshable};
use crate::claims::Claims;
use crate::error::{AuthError, RefreshError};
use crate::issue::Issuing;
use crate::jwtauth::JwtAuth;
use crate::request::state::RequestState;
use crate::session::EndReason;

/// The guard for a refresh route that is written by hand:
/// [`#[refresh_endpoint]`](macro@crate::refresh_endpoint) writes it for those who need no more than to
/// load the user.
///
/// Ask for it as `Result<Refreshing<'_>, RefreshError>` and return the error, which answers with the
/// standard bodies. Make it the first guard of the route, so that no other runs for a bad token.
///
/// ```
/// # use jwtauth::Claims;
/// use jwtauth::{RefreshError, Refreshing, Tokens};
/// use rocket::post;
/// # use serde::{Deserialize, Serialize};
///
/// # #[derive(Serialize, Deserialize, Claims)]
/// # struct Profile { nickname: String }
/// # async fn load(userid: &str) -> Option<Profile> { None }
/// #[post("/refresh")]
/// async fn refresh(refreshing: Result<Refreshing<'_>, RefreshError>) -> Result<Tokens, RefreshError> {
///     let refreshing = refreshing?;
///     let profile = load(refreshing.userid()).await.ok_or(RefreshError::NoSuchUser)?;
///     refreshing.renew(profile).await
/// }
/// ```
///
/// # Outcome
///
/// - **Succeeds** if refreshing is on and the request's token can be refreshed: it is acceptable but for
///   its expiration (unless `verify_expiration_on_refresh`), its nonce is the user's current one,
///   `refresh_until` has not passed, nor `max_lifetime` run out. With sessions: if it is the refresh token of a
///   session that is not over, the current one or one that has just been spent, and the nonce is that of the login.
/// - **Forwards** never.
/// - **Fails** otherwise, with a [`RefreshError`]: 403, or 503 if the nonce handler or the session store can't say.
///   The body is then that of the application's catchers: the standard bodies come with the error as a responder.
///
/// A launch stops if the fairing is not attached, or `allow_refresh` is not set either way.
pub struct Refreshing<'r> {
    jwtauth: &'r JwtAuth,
    login: &'r Refreshable,
    request: &'r Request<'r>,
}

/// Checks whether the token of a request can be refreshed: for guards and fairings of one's own. The
/// same as the guard [`Refreshing`], with which it shares one check a request. Not for the refresh nonce handler
/// and its guards, which are a part of this check, nor to be asked twice at a time.
///
/// # Errors
///
/// As the guard fails.
pub async fn verify_refresh_request<'r>(request: &'r Request<'_>) -> Result<Refreshing<'r>, RefreshError> {
    let jwtauth = JwtAuth::of(request).ok_or(RefreshError::NotAttached)?;
    let _asking = RequestState::of(request).asking().ok_or(RefreshError::Recursion)?;
    let verdict = request.local_cache_async(async { Verdict(rules::check(jwtauth, request).await) }).await;
    match &verdict.0 {
        Ok(login) => Ok(Refreshing { jwtauth, login, request }),
        Err(error) => Err(error.clone()),
    }
}

impl<'r> Refreshing<'r> {
    /// The verified user id.
    pub fn userid(&self) -> &'r str {
        self.login.userid()
    }

    /// When the user logged in, in seconds since the epoch (0 for a time before it). `None` if the token does not say.
    pub fn auth_time(&self) -> Option<u64> {
        self.login.auth_time()
    }

    /// Issues new tokens with these claims, which the route answers with. The time of the login is carried
    /// over, and so is the nonce: the handler is not asked a second time, so that one which changes
    /// meanwhile ends the new token too.
    ///
    /// # Errors
    ///
    /// [`RefreshError::Issue`] (500) if the claims can't stand in a token, or no key signs. With sessions, which
    /// spend the refresh token here, also [`Reuse`](RefreshError::Reuse),
    /// [`SessionEnded`](RefreshError::SessionEnded) and [`Expired`](RefreshError::Expired) (403) if something has
    /// happened to the session meanwhile, and [`Unavailable`](RefreshError::Unavailable) (503) if the store is
    /// away; then nothing is spent.
    pub fn renew<C: Claims>(self, claims: C) -> Issuing<'r, RefreshError> {
        let Refreshing { jwtauth, login, .. } = self;
        match login {
            Refreshable::Stateless(login) => login.renew(jwtauth, claims),
            Refreshable::Session(login) => Issuing::waiting(async move { login.renew(jwtauth, &claims).await }),
        }
    }

    /// Ends the login because the user is gone: gives the error that the route answers with. With sessions, that
    /// of the token ends; without, there is nothing to end.
    ///
    /// ```
    /// # use jwtauth::Claims;
    /// # use jwtauth::{RefreshError, Refreshing, Tokens};
    /// # use rocket::post;
    /// # async fn load(userid: &str) -> Option<()> { None }
    /// #[post("/refresh")]
    /// async fn refresh(refreshing: Result<Refreshing<'_>, RefreshError>) -> Result<Tokens, RefreshError> {
    ///     let refreshing = refreshing?;
    ///     match load(refreshing.userid()).await {
    ///         Some(claims) => refreshing.renew(claims).await,
    ///         None => Err(refreshing.refuse().await),
    ///     }
    /// }
    /// ```
    ///
    /// It is [`RefreshError::NoSuchUser`] (403), or [`RefreshError::Unavailable`] (503) if the session store is
    /// away.
    pub async fn refuse(self) -> RefreshError {
        match self.login {
            Refreshable::Session(login) => login.end(self.jwtauth, EndReason::UserGone).await,
            Refreshable::Stateless(_) => RefreshError::NoSuchUser,
        }
    }

    pub(super) fn request(&self) -> &'r Request<'r> {
        self.request
    }
}

/// The outcome of the check, for the request's local cache.
struct Verdict(Result<Refreshable, RefreshError>);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Refreshing<'r> {
    type Error = RefreshError;

    async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, RefreshError> {
        match verify_refresh_request(request).await {
            Ok(refreshing) => Outcome::Success(refreshing),
            Err(error) => {
                if error == RefreshError::Unavailable {
                    // For `Retry-After`, should the route not answer with the error itself.
                    RequestState::of(request).fail(AuthError::Unavailable);
                }
                Outcome::Error((error.status(), error))
            }
        }
    }
}

impl fmt::Debug for Refreshing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refreshing").field("userid", &self.userid()).finish_non_exhaustive()
    }
}

impl Sentinel for Refreshing<'_> {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        if let Some(jwtauth) = rocket.state::<JwtAuth>() {
            // A route that is written by hand: only its code knows which user ids it accepts.
            jwtauth.userid_types().add_other();
        }
        JwtAuth::refresh_undecided(rocket)
    }
}

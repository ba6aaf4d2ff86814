use std::fmt;

use rocket::outcome::Outcome;
use rocket::request::{self, FromRequest, Request};
use rocket::{Ignite, Rocket, Sentinel};
use subtle::ConstantTimeEq;

use super::sessions::Spending;
use crate::claims::Claims;
use crate::claims::{Registered, unsigned};
use crate::error::{AuthError, RefreshError, TokenError};
use crate::issue::Issuing;
use crate::jwtauth::JwtAuth;
use crate::request::bearer as extract;
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
    token: &'r Refreshable,
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
    let verdict = request.local_cache_async(async { Verdict(verify(jwtauth, request).await) }).await;
    match &verdict.0 {
        Ok(token) => Ok(Refreshing { jwtauth, token, request }),
        Err(error) => Err(error.clone()),
    }
}

impl<'r> Refreshing<'r> {
    /// The verified user id.
    pub fn userid(&self) -> &'r str {
        &self.token.userid
    }

    /// When the user logged in, in seconds since the epoch (0 for a time before it). `None` if the token does not say.
    pub fn auth_time(&self) -> Option<u64> {
        self.token.auth_time
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
        let Refreshing { jwtauth, token, .. } = self;
        let Refreshable { userid, auth_time, nonce, spending } = token;
        if let Some(spending) = spending {
            return Issuing::waiting(async move { jwtauth.rotate(spending, &claims).await });
        }
        let now = jwtauth.now();
        if !jwtauth.signs_slowly(now) {
            let tokens = jwtauth.mint_at_once(userid, &claims, *auth_time, nonce.as_deref(), now);
            return Issuing::done(tokens.map_err(RefreshError::Issue));
        }
        Issuing::waiting(async move {
            let tokens = jwtauth.mint(userid, &claims, *auth_time, nonce.as_deref(), None).await;
            tokens.map_err(RefreshError::Issue)
        })
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
        match &self.token.spending {
            Some(spending) => self.jwtauth.end_for(spending, EndReason::UserGone).await,
            None => RefreshError::NoSuchUser,
        }
    }

    pub(crate) fn request(&self) -> &'r Request<'r> {
        self.request
    }
}

/// What a token says that can be refreshed.
pub(crate) struct Refreshable {
    pub(crate) userid: String,
    pub(crate) auth_time: Option<u64>,
    pub(crate) nonce: Option<String>,
    /// With sessions: what is spent by renewing.
    pub(crate) spending: Option<Spending>,
}

/// The outcome of the check, for the request's local cache.
struct Verdict(Result<Refreshable, RefreshError>);

/// The rules, in the order of more.jwtauth: a token that breaks several of them gets the same one of the
/// two answers from both.
async fn verify(jwtauth: &JwtAuth, request: &Request<'_>) -> Result<Refreshable, RefreshError> {
    let policy = jwtauth.policy();
    if !policy.allow_refresh {
        return Err(RefreshError::Disabled);
    }
    let token = extract::token(request, &jwtauth.config().auth_header_prefix).map_err(|error| match error {
        AuthError::AmbiguousToken => RefreshError::AmbiguousToken,
        _ => RefreshError::MissingToken,
    })?;
    if let Some(keeper) = jwtauth.keeper() {
        return super::sessions::refreshable(jwtauth, keeper, request, token).await;
    }
    let now = jwtauth.now();
    let inspected = jwtauth.inspect_with_key(token, now, |read, key| {
        key.refreshes().then_some(()).ok_or(RefreshError::KeyNeverRefreshes)?;
        policy.check_refresh(&read.registered, now).map_err(|error| match error {
            TokenError::Expired => RefreshError::Expired,
            error => RefreshError::InvalidToken(error),
        })?;
        let nonce = read.texts.nonce.as_deref().map(str::to_owned);
        Ok::<_, RefreshError>(Presented { userid: read.userid().to_owned(), nonce, claims: read.registered })
    });
    let presented = inspected.map_err(RefreshError::InvalidToken)??;
    let nonce = check_nonce(jwtauth, request, &presented).await?;
    let Presented { userid, claims, .. } = presented;
    match claims.refresh_until {
        Some(until) if policy.refresh_ended(until, now) => return Err(RefreshError::Expired),
        None if policy.refresh_delta.is_some() => return Err(RefreshError::MissingClaim),
        _ => {}
    }
    // No login is in the future, whatever the token says. One before the epoch is said to be at the epoch.
    let auth_time = claims.login().map(|login| unsigned(login).min(now));
    if policy.max_lifetime.is_some() && auth_time.is_none() {
        return Err(RefreshError::MissingClaim);
    }
    if policy.login_ended(&claims, now, 0) {
        return Err(RefreshError::Expired);
    }
    Ok(Refreshable { userid, auth_time, nonce, spending: None })
}

/// What a token says that is presented for refreshing.
struct Presented {
    userid: String,
    nonce: Option<String>,
    claims: Registered,
}

/// Compares the token's nonce with the user's current one, and gives it.
async fn check_nonce(
    jwtauth: &JwtAuth,
    request: &Request<'_>,
    token: &Presented,
) -> Result<Option<String>, RefreshError> {
    if jwtauth.nonce_handler().is_none() {
        return Ok(None);
    }
    // Before the handler is asked: its guards may take a connection from a pool.
    let Some(presented) = &token.nonce else {
        return Err(RefreshError::MissingClaim);
    };
    let current = jwtauth.nonce(request, &token.userid).await.map_err(|error| match error {
        _ if RequestState::of(request).has_recursed() => RefreshError::Recursion,
        AuthError::Unavailable => RefreshError::Unavailable,
        _ => RefreshError::NoSuchUser,
    })?;
    match current {
        Some(nonce) if bool::from(nonce.as_bytes().ct_eq(presented.as_bytes())) => Ok(Some(nonce)),
        _ => Err(RefreshError::Nonce),
    }
}

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
        JwtAuth::refresh_unsettled(rocket)
    }
}

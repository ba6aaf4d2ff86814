use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use rocket::outcome::Outcome;
use rocket::request::{self, FromRequest, Request};
use rocket::{Ignite, Rocket, Sentinel};
use serde::de::DeserializeOwned;

use super::renewing::Renewing;
use super::rules::{self, Refreshable};
use crate::claims::{Claims, SessionId, carried};
use crate::error::{AuthError, CarriedError, RefreshError};
use crate::issue::{Delivery, LoginFacts, Progress};
use crate::jwtauth::JwtAuth;
use crate::request::credential::RefreshCookie;
use crate::request::state::RequestState;
use crate::request::{Origins, Source, check_origin};
use crate::session::EndReason;

/// The guard for a refresh route that is written by hand. If the route only loads the user, use
/// [`#[refresh_endpoint]`](macro@crate::refresh_endpoint), which generates the route.
///
/// Declare it as `Result<Refreshing<'_>, RefreshError>` and return the error. The error responds with the standard
/// bodies. Make it the first guard of the route, so that no other guard runs for a bad token.
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
/// - **Succeeds** if refreshing is on and the request's token can be refreshed:
///   - Without sessions, the token is valid, its nonce is the user's current one, `refresh_until` has not passed, and
///     `max_lifetime` has not run out. The token may have expired, unless `verify_expiration_on_refresh` is set.
///   - With sessions, the token is a refresh token of an active session that its client may use
///     ([the rule](crate::guide::sessions#how-it-works)), and the nonce is that of the login.
/// - **Forwards** never.
/// - **Fails** otherwise, with a [`RefreshError`]: 403, or 503 if the nonce handler or the session store is
///   unavailable. The body is that of the application's catchers. The standard bodies are sent if the route returns the
///   error.
///
/// The launch stops if the fairing is not attached or `allow_refresh` is not set. It may be set to `false`.
pub struct Refreshing<'r> {
    jwtauth: &'r JwtAuth,
    login: &'r Refreshable,
    request: &'r Request<'r>,
    delivery: Delivery,
}

/// Checks whether the token of a request can be refreshed, for the application's own guards and fairings. It does the
/// same as the guard [`Refreshing`]. Both share one check per request. Do not call it from the refresh nonce handler or
/// its guards, which are part of this check, and do not call it twice concurrently for one request.
///
/// # Errors
///
/// The same as the guard [`Refreshing`]. A call during this check returns [`RefreshError::Recursion`].
pub async fn verify_refresh_request<'r>(request: &'r Request<'_>) -> Result<Refreshing<'r>, RefreshError> {
    verify(request, Origins::Own).await
}

/// The same as [`verify_refresh_request`], for requests of these origins if the token is from a cookie.
pub(super) async fn verify<'r>(request: &'r Request<'_>, origins: Origins) -> Result<Refreshing<'r>, RefreshError> {
    let jwtauth = JwtAuth::of(request).ok_or(RefreshError::NotAttached)?;
    RequestState::of(request).note_guard(request);
    let delivery = delivery(jwtauth, request, origins)?;
    let _asking = RequestState::of(request).asking().ok_or(RefreshError::Recursion)?;
    let Verdict { login: verdict, .. } = request.local_cache(Verdict::default);
    let verdict = match verdict.get() {
        Some(verdict) => verdict,
        None => {
            let checked = rules::check(jwtauth, request).await;
            verdict.get_or_init(|| checked)
        }
    };
    match verdict {
        Ok(login) => Ok(Refreshing { jwtauth, login, request, delivery }),
        Err(error) => Err(error.clone()),
    }
}

/// The login that the application's code handles. It is the login that a nonce handler is called for. Without one, it
/// is the login that a refresh route refreshes.
pub(crate) fn login_in_question(request: &Request<'_>) -> Option<LoginFacts> {
    LoginFacts::in_question().or_else(|| {
        let Verdict { login, is_of_route } = request.local_cache(Verdict::default);
        let login = login.get().filter(|_| is_of_route.load(Ordering::Acquire))?;
        login.as_ref().ok().map(Refreshable::facts)
    })
}

/// How the new tokens reach the client: in the same way as the request's token. A cookie counts only in requests of
/// these origins.
fn delivery(jwtauth: &JwtAuth, request: &Request<'_>, origins: Origins) -> Result<Delivery, RefreshError> {
    let config = jwtauth.config();
    if config.cookies.is_none() || !matches!(rules::credential(jwtauth, request)?.source, Source::Cookie) {
        return Ok(Delivery::Body);
    }
    check_origin(request, config, origins).map_err(|_| RefreshError::CrossOrigin)?;
    let is_transient = matches!(RefreshCookie::of(request, config), Ok(Some(cookie)) if cookie.is_transient);
    Ok(Delivery::Cookies { is_transient, is_renewal: true })
}

impl<'r> Refreshing<'r> {
    /// The verified user id.
    pub fn userid(&self) -> &'r str {
        self.login.userid()
    }

    /// When the user last authenticated, in seconds since the epoch (0 for an earlier time): the time of the login, or
    /// of a later [confirmation](crate::Auth::confirm). `None` if the token does not contain it.
    pub fn auth_time(&self) -> Option<u64> {
        self.login.auth_time()
    }

    /// The session that is refreshed. `None` without sessions.
    pub fn session_id(&self) -> Option<SessionId> {
        self.login.session_id()
    }

    /// The data that the login [carries](crate::Issuing::carrying). `None` if it carries nothing. With sessions, it is
    /// the data of the session in the store. Without sessions, it is the data of the token. [`renew`](Self::renew)
    /// keeps it.
    ///
    /// # Errors
    ///
    /// If the data does not deserialize as `D`. The error contains the name of the field, but no value.
    pub fn carried<D: DeserializeOwned>(&self) -> Result<Option<D>, CarriedError> {
        carried::read(self.login.carried())
    }

    /// Issues new tokens with these claims. The route returns them. The new token keeps the time of the login, its
    /// data, and the nonce. The nonce handler is not called a second time: if the user's nonce changes in between, the
    /// new token can't be refreshed either.
    ///
    /// With sessions, this spends the refresh token.
    ///
    /// # Errors
    ///
    /// - [`RefreshError::Issue`] (500) if the claims can't be written into a token, or no key can sign.
    /// - With sessions, [`Reuse`](RefreshError::Reuse), [`SessionEnded`](RefreshError::SessionEnded) and
    ///   [`Expired`](RefreshError::Expired) (403) if the session has changed since the check, and
    ///   [`Unavailable`](RefreshError::Unavailable) (503) if the store is unavailable. The token is not spent then.
    pub fn renew<C: Claims>(self, claims: C) -> Renewing<'r> {
        let Refreshing { jwtauth, login, delivery, .. } = self;
        Renewing(match login {
            Refreshable::Stateless(login) => login.renew(jwtauth, claims, delivery),
            Refreshable::Session(login) => {
                Progress::waiting(async move { login.renew(jwtauth, &claims, delivery).await })
            }
        })
    }

    /// Ends the login because the user no longer exists, and returns the error for the route to return. With sessions,
    /// the session of the token ends. Without sessions, there is nothing to end.
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
    /// The error is [`RefreshError::NoSuchUser`] (403), or [`RefreshError::Unavailable`] (503) if the session store is
    /// unavailable.
    pub async fn refuse(self) -> RefreshError {
        match self.login {
            Refreshable::Session(login) => login.end(self.jwtauth, EndReason::UserGone).await,
            Refreshable::Stateless(_) => RefreshError::NoSuchUser,
        }
    }

    /// Makes this login the one that the guards of the route refer to.
    pub(super) fn begin_route(&self) {
        self.request.local_cache(Verdict::default).is_of_route.store(true, Ordering::Release);
    }

    /// The facts about the login for the application's code.
    pub(super) fn facts(&self) -> LoginFacts {
        self.login.facts()
    }

    pub(super) fn request(&self) -> &'r Request<'r> {
        self.request
    }
}

/// The outcome of the check, in the request's local cache.
#[derive(Default)]
struct Verdict {
    /// Empty until the check is done.
    login: OnceLock<Result<Refreshable, RefreshError>>,
    /// Whether the route refreshes this login. A login is also checked if it is renewed during the request of a page.
    /// Each guard then checks for itself whether a cookie counts.
    is_of_route: AtomicBool,
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Refreshing<'r> {
    type Error = RefreshError;

    async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, RefreshError> {
        match verify_refresh_request(request).await {
            Ok(refreshing) => {
                refreshing.begin_route();
                Outcome::Success(refreshing)
            }
            Err(error) => {
                if error == RefreshError::Unavailable {
                    // This adds `Retry-After` even if the route does not return the error.
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
            // The route is written by hand. The user ids that it accepts are not known here.
            jwtauth.userid_types().add_other();
        }
        JwtAuth::refresh_undecided(rocket)
    }
}

mod manage;

use rocket::outcome::Outcome;
use rocket::request::{self, FromRequest, Request};
use rocket::{Ignite, Rocket, Sentinel};
use serde::Serialize;

use super::identity::Identity;
use crate::claims::session_id::SessionId;
use crate::error::{AuthError, TokenError};
use crate::jwtauth::JwtAuth;
use crate::request::state::RequestState;
use crate::session::SessionRecord;

/// The public data of a session. [`Auth::sessions`](crate::Auth::sessions) and
/// [`JwtAuth::sessions`](crate::JwtAuth::sessions) return it. As a guard, it is the session of the request.
///
/// It serializes to an object with `id`, `created`, `refreshed`, `ends_at`, `label` and `current`, for a page that
/// shows users where they are logged in.
///
/// ```
/// use jwtauth::{AuthError, JwtAuth, Session};
/// use rocket::post;
///
/// #[post("/logout-elsewhere")]
/// async fn logout_elsewhere(session: Session, jwtauth: &JwtAuth) -> Result<String, AuthError> {
///     let ended = jwtauth.end_all_sessions(session.userid(), Some(session.id())).await?;
///     Ok(format!("{ended} other sessions have ended"))
/// }
/// ```
///
/// # Outcome of the guard
///
/// - **Succeeds** if [`Identity`] succeeds and the store has the session. The guard always reads the session from the
///   store, whatever the value of `staleness`.
/// - **Forwards** never.
/// - **Fails** as [`Identity`] does, with 503 if the store is unavailable, and with 404 ([`AuthError::NoSessions`]) if
///   sessions are off, or if the token is from a trusted issuer. An application can therefore mount such routes whether
///   sessions are on or off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Session {
    id: SessionId,
    #[serde(skip)]
    userid: String,
    created: u64,
    refreshed: u64,
    ends_at: u64,
    label: String,
    #[serde(rename = "current")]
    is_current: bool,
}

impl Session {
    pub(crate) fn new(record: SessionRecord, ends_at: u64) -> Self {
        let SessionRecord { id, userid, created, refreshed, label, .. } = record;
        Session { id, userid, created, refreshed, ends_at, label, is_current: false }
    }

    pub(crate) fn mark(&mut self, current: Option<SessionId>) {
        self.is_current = Some(self.id) == current;
    }

    /// The id of the session.
    pub fn id(&self) -> SessionId {
        self.id
    }

    /// The id of the user whose session this is.
    pub fn userid(&self) -> &str {
        &self.userid
    }

    /// When the user logged in, in seconds since the epoch.
    pub fn created(&self) -> u64 {
        self.created
    }

    /// When the session was last refreshed, in seconds since the epoch. Before the first refresh, this is the time of
    /// the login. A repeated refresh with the same refresh token does not change it.
    pub fn refreshed(&self) -> u64 {
        self.refreshed
    }

    /// When the session ends unless it is refreshed before, in seconds since the epoch.
    pub fn ends_at(&self) -> u64 {
        self.ends_at
    }

    /// The `User-Agent` of the client at the login, cut to 256 bytes. The client controls this text: escape it where it
    /// is shown.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// Whether this is the session of the request. Always `false` for the sessions that
    /// [`JwtAuth::sessions`](crate::JwtAuth::sessions) returns, because that method has no request.
    pub fn is_current(&self) -> bool {
        self.is_current
    }

    async fn current(request: &Request<'_>) -> Result<Self, AuthError> {
        let jwtauth = JwtAuth::of(request).ok_or(AuthError::NotAttached)?;
        let session_manager = jwtauth.session_manager().ok_or(AuthError::NoSessions)?;
        let identity = Identity::of(request).await?;
        if identity.is_of_issuer() {
            return Err(AuthError::NoSessions);
        }
        let id = jwtauth.policy().session(identity.session_id())?;
        let now = jwtauth.now();
        let record = session_manager.get(id).await?.filter(|record| !session_manager.is_over(record, now));
        let record = record.ok_or_else(|| {
            let cookies = &RequestState::of(request).cookies;
            if cookies.has_token() {
                cookies.clear();
            }
            TokenError::SessionEnded
        })?;
        let ends_at = session_manager.end_of(&record, now);
        Ok(Session { is_current: true, ..Session::new(record, ends_at) })
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Session {
    type Error = AuthError;

    async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, AuthError> {
        match Session::current(request).await {
            Ok(session) => Outcome::Success(session),
            Err(error) => {
                RequestState::of(request).fail_guard(error.clone());
                Outcome::Error((error.status(), error))
            }
        }
    }
}

impl Sentinel for Session {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        JwtAuth::missing(rocket)
    }
}

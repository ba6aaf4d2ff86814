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

/// A session, as its user may see it: from [`Auth::sessions`](crate::Auth::sessions) and
/// [`JwtAuth::sessions`](crate::JwtAuth::sessions) and, as a guard, the session that the request belongs to.
///
/// It serializes to an object with `id`, `created`, `refreshed`, `ends_at`, `label` and `current`, for a page where
/// users see where they are logged in.
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
/// - **Succeeds** if [`Identity`] does, and the store has the session. It is read anew, whatever `staleness` is.
/// - **Forwards** never.
/// - **Fails** as [`Identity`] does, with 503 if the store is away, and with 404 ([`AuthError::NoSessions`]) if
///   the settings have no sessions: so an application can leave it to them.
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

    /// Its name.
    pub fn id(&self) -> SessionId {
        self.id
    }

    /// Whose it is.
    pub fn userid(&self) -> &str {
        &self.userid
    }

    /// When the user logged in, in seconds since the epoch.
    pub fn created(&self) -> u64 {
        self.created
    }

    /// When it was last refreshed, in seconds since the epoch; at first, when it began. A refresh that only repeated
    /// another does not count.
    pub fn refreshed(&self) -> u64 {
        self.refreshed
    }

    /// When it is over unless it is refreshed before, in seconds since the epoch.
    pub fn ends_at(&self) -> u64 {
        self.ends_at
    }

    /// What the client called itself at the login: the `User-Agent`, cut to 256 bytes. The client's own words: escape
    /// them where they are shown.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// Whether the request belongs to it. Never in what [`JwtAuth::sessions`](crate::JwtAuth::sessions) gives, which
    /// knows of no request.
    pub fn is_current(&self) -> bool {
        self.is_current
    }

    async fn current(request: &Request<'_>) -> Result<Self, AuthError> {
        let jwtauth = JwtAuth::of(request).ok_or(AuthError::NotAttached)?;
        let keeper = jwtauth.keeper().ok_or(AuthError::NoSessions)?;
        let identity = Identity::of(request).await?;
        if identity.is_of_issuer() {
            return Err(AuthError::NoSessions);
        }
        let id = jwtauth.policy().session(identity.session_id())?;
        let now = jwtauth.now();
        let record = keeper.get(id).await?.filter(|record| !keeper.is_over(record, now));
        let record = record.ok_or(TokenError::SessionEnded)?;
        let ends_at = keeper.end_of(&record, now);
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

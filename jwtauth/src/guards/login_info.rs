use std::fmt;

use rocket::outcome::Outcome;
use rocket::request::{self, FromRequest, Request};
use rocket::{Ignite, Rocket, Sentinel};

use super::identify::identify;
use crate::claims::{SessionId, unsigned};
use crate::error::AuthError;
use crate::issue::LoginFacts;
use crate::jwtauth::JwtAuth;
use crate::refresh::login_in_question;
use crate::request::Origins;

/// The guard for what a loader can know of the login that it loads the user for: its session and its time.
///
/// ```
/// # use jwtauth::Claims;
/// use jwtauth::{LoginInfo, refresh_endpoint};
/// # use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize, Claims)]
/// struct Profile { nickname: String }
///
/// #[refresh_endpoint("/refresh")]
/// async fn refresh(userid: i64, login: LoginInfo) -> Option<Profile> {
///     rocket::info!("user {userid} logged in at {:?}", login.auth_time());
///     Some(Profile { nickname: "Alice".into() })
/// }
/// ```
///
/// It is about the same login as [`Carried`](crate::Carried): that of the refresh in a loader, a nonce handler and a
/// refresh route, and that of the identity in any other route.
///
/// # Outcome
///
/// - **Succeeds** in a refresh, in a nonce handler, and in any other route if the request has an identity.
/// - **Forwards** never.
/// - **Fails** otherwise as [`Identity`](crate::Identity) fails. A launch stops if the fairing is not attached.
#[derive(Clone)]
pub struct LoginInfo(LoginFacts);

impl LoginInfo {
    /// The session of the login. `None` without sessions, for a token of a trusted issuer, and in a nonce handler that is
    /// called for a new login, whose session has not begun.
    pub fn session_id(&self) -> Option<SessionId> {
        self.0.session_id
    }

    /// When the user logged in, in seconds since the epoch (0 for a time before it). Refreshing does not change it
    /// (OpenID Connect Core §2). `None` if the token does not say.
    pub fn auth_time(&self) -> Option<u64> {
        self.0.auth_time
    }
}

/// The login that a request is about: the one that is refreshed or that a nonce handler is called for, or else that of
/// its identity.
pub(super) async fn facts(request: &Request<'_>) -> Result<LoginFacts, AuthError> {
    if let Some(facts) = login_in_question(request) {
        return Ok(facts);
    }
    let token = identify::<()>(request, Origins::Own).await?;
    Ok(LoginFacts {
        session_id: token.registered.sid,
        auth_time: token.registered.auth_time.map(unsigned),
        carried: token.carried().map(Box::from),
    })
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for LoginInfo {
    type Error = AuthError;

    async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, AuthError> {
        match facts(request).await {
            Ok(facts) => Outcome::Success(LoginInfo(facts)),
            Err(error) => Outcome::Error((error.status(), error)),
        }
    }
}

impl fmt::Debug for LoginInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoginInfo")
            .field("session_id", &self.session_id())
            .field("auth_time", &self.auth_time())
            .finish_non_exhaustive()
    }
}

impl Sentinel for LoginInfo {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        JwtAuth::missing(rocket)
    }
}

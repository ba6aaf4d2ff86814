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

/// The guard for the session and the time of the login. A loader can use it for the login that it loads the user for.
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
/// In a loader, a nonce handler and a refresh route, the login is that of the refresh. In any other route, it is the
/// login of the identity. The guard [`Carried`](crate::Carried) follows the same rule.
///
/// # Outcome
///
/// - **Succeeds** in a refresh, in a nonce handler, and in any other route if the request has an identity.
/// - **Forwards** never.
/// - **Fails** otherwise as [`Identity`](crate::Identity) fails. The launch stops if the fairing is not attached.
#[derive(Clone)]
pub struct LoginInfo(LoginFacts);

impl LoginInfo {
    /// The session of the login. `None` without sessions, for a token of a trusted issuer, and in a nonce handler that
    /// is called for a new login, because its session has not begun.
    pub fn session_id(&self) -> Option<SessionId> {
        self.0.session_id
    }

    /// When the user last authenticated, in seconds since the epoch (0 for an earlier time): the time of the login, or
    /// of a later [confirmation](crate::Auth::confirm). Refreshing does not change it (OpenID Connect Core §2). `None`
    /// if the token does not contain it.
    pub fn auth_time(&self) -> Option<u64> {
        self.0.auth_time
    }
}

/// The login of a request. It is the login that is refreshed or that a nonce handler is called for. Without one, it is
/// the login of the request's identity.
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

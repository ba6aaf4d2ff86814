use std::fmt;
use std::ops::Deref;

use rocket::outcome::Outcome;
use rocket::request::{self, FromRequest, Request};
use rocket::{Ignite, Rocket, Sentinel};
use serde::de::DeserializeOwned;

use super::login_info::facts;
use crate::claims::carried;
use crate::error::{AuthError, CarriedError, TokenError};
use crate::jwtauth::JwtAuth;
use crate::request::state::RequestState;

/// The guard for the data that a login [carries](crate::Issuing::carrying), as the type `D`.
///
/// A loader needs this guard if the user id alone does not determine which data to load:
///
/// ```
/// # use jwtauth::Claims;
/// use jwtauth::{Auth, AuthError, Carried, Tokens, refresh_endpoint};
/// use rocket::post;
/// use serde::{Deserialize, Serialize};
///
/// # #[derive(Serialize, Deserialize, Claims)]
/// # struct Profile { nickname: String }
/// # async fn load(tenant: u32, userid: i64) -> Option<Profile> { None }
/// #[derive(Serialize, Deserialize)]
/// struct Tenant { tenant: u32 }
///
/// #[post("/login")]
/// async fn login(auth: Auth<'_>) -> Result<Tokens, AuthError> {
///     // Check the password first.
///     let profile = load(7, 1).await.ok_or(AuthError::NoSuchUser)?;
///     auth.remember(1, profile).carrying(Tenant { tenant: 7 }).await
/// }
///
/// #[refresh_endpoint("/refresh")]
/// async fn refresh(userid: i64, login: Carried<Tenant>) -> Option<Profile> {
///     load(login.tenant, userid).await
/// }
/// ```
///
/// # Which login
///
/// - In a loader, it is the login that is refreshed. With sessions, the data is that of the session in the store, not
///   that of the token. The same holds for a refresh route after its guard [`Refreshing`](crate::Refreshing) has
///   succeeded. Such a route should call [`Refreshing::carried`](crate::Refreshing::carried) instead: if the token
///   can't be refreshed, this guard fails before the route runs.
/// - In a refresh nonce handler, it is the login that the handler is called for. This may be a refresh or a new login.
/// - In any other route, it is the login of the request's [`Identity`](crate::Identity). The data is the same as that
///   of [`Identity::carried`](crate::Identity::carried). In a route that accepts requests of [other
///   sites](crate::CrossSite), use that method.
///
/// # Outcome
///
/// - **Succeeds** if there is such a login, and its data deserializes as `D`. If the login carries nothing, `D` is
///   deserialized from `null`: `Carried<Option<D>>` then succeeds with `None`.
/// - **Forwards** never.
/// - **Fails** with 401 and [`AuthError::InvalidToken`] if the data does not deserialize as `D`. The client has to log
///   in again, as it does if the claims of its token no longer fit the claims type. In a route without an identity, the
///   guard fails as [`Identity`](crate::Identity) does.
///
/// `Option<Carried<D>>` is `None` for all of these failures, as always in Rocket. Prefer `Carried<Option<D>>`: it
/// distinguishes data that can't be read from absent data.
///
/// The launch stops if the fairing is not attached.
pub struct Carried<D>(pub D);

impl<D> Carried<D> {
    /// The data.
    pub fn into_inner(self) -> D {
        self.0
    }
}

#[rocket::async_trait]
impl<'r, D: DeserializeOwned> FromRequest<'r> for Carried<D> {
    type Error = AuthError;

    async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, AuthError> {
        let error = match facts(request).await {
            Ok(login) => match carried::require(login.carried.as_deref()) {
                Ok(data) => return Outcome::Success(Carried(data)),
                Err(error) => refuse(request, &error),
            },
            Err(error) => error,
        };
        Outcome::Error((error.status(), error))
    }
}

/// Logs why data could not be read, and returns the error of the request.
fn refuse(request: &Request<'_>, error: &CarriedError) -> AuthError {
    rocket::info!("jwtauth: a token is refused: {error}");
    let error = AuthError::from(TokenError::Claims);
    RequestState::of(request).fail_guard(error.clone());
    error
}

impl<D> Deref for Carried<D> {
    type Target = D;

    fn deref(&self) -> &D {
        &self.0
    }
}

/// Shows no data.
impl<D> fmt::Debug for Carried<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Carried").finish_non_exhaustive()
    }
}

impl<D> Sentinel for Carried<D> {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        JwtAuth::missing(rocket)
    }
}

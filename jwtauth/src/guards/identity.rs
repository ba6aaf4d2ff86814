use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use rocket::outcome::Outcome;
use rocket::request::{self, FromRequest, Request};
use rocket::{Ignite, Rocket, Sentinel};
use serde::de::DeserializeOwned;

use super::identify::identify;
use crate::claims::Claims;
use crate::claims::session_id::SessionId;
use crate::claims::{carried, unsigned};
use crate::error::{AuthError, CarriedError};
use crate::jwtauth::JwtAuth;
use crate::request::Origins;
use crate::verified::Verified;

/// The guard that requires a valid token and returns the identity in it.
///
/// It dereferences to the application's claims. `Identity` alone is `Identity<()>`, which accepts any valid token. An
/// identity is one pointer, and cheap to clone.
///
/// ```
/// use jwtauth::{Claims, Identity};
/// use rocket::get;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize, Claims)]
/// struct Profile { nickname: String }
///
/// #[get("/me")]
/// fn me(identity: Identity<Profile>) -> String {
///     format!("{} is {}", identity.userid(), identity.nickname)
/// }
/// ```
///
/// # Outcome
///
/// - **Succeeds** if the request has one token in its `Authorization` header, the token is valid under the
///   [`Config`](crate::Config), and its claims deserialize as `C`.
/// - **Forwards** never.
/// - **Fails** otherwise, with an [`AuthError`]:
///   - 401 if there is no token: `WWW-Authenticate: Bearer`, without an error code (RFC 6750 §3);
///   - 401 if the token is not valid: with `error="invalid_token"` and an `error_description`;
///   - 400 if there is more than one token: with `error="invalid_request"`;
///   - 503 if the session store is unavailable and the state of the session is unknown, or if the token is from a
///     [trusted issuer](crate::guide::issuers) and the keys of the issuer are unavailable.
///
/// The fairing adds the challenge to the response. The body is that of the application's catchers, for example
/// [`jwtauth::catchers()`](crate::catchers()).
///
/// The token is verified once per request, even if several guards with different claims types use it.
///
/// # Optional identities
///
/// - `Option<Identity<C>>` is `None` if the token is missing or invalid, and while the session store is unavailable.
///   [`Visitor<C>`](crate::Visitor) distinguishes these cases.
/// - `Result<Identity<C>, AuthError>` passes the error to the route.
///
/// The launch stops if a route uses an `Identity` in one of these ways and the fairing is not attached.
///
/// # Roles
///
/// An application can write a guard that requests the identity and checks another rule. Rocket only sees the guards in
/// the signature of a route. The guard therefore needs its own sentinel to stop a launch without the fairing:
///
/// ```
/// # use jwtauth::{AuthError, Claims, Identity};
/// # use serde::{Deserialize, Serialize};
/// use rocket::http::Status;
/// use rocket::outcome::Outcome;
/// use rocket::request::{self, FromRequest, Request};
/// use rocket::{Ignite, Rocket, Sentinel};
///
/// # #[derive(Serialize, Deserialize, Claims)]
/// # struct Profile { admin: bool }
/// struct Admin(Identity<Profile>);
///
/// #[rocket::async_trait]
/// impl<'r> FromRequest<'r> for Admin {
///     type Error = Option<AuthError>;
///
///     async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, Self::Error> {
///         match request.guard::<Identity<Profile>>().await {
///             Outcome::Success(identity) if identity.admin => Outcome::Success(Admin(identity)),
///             Outcome::Success(_) => Outcome::Error((Status::Forbidden, None)),
///             Outcome::Error((status, error)) => Outcome::Error((status, Some(error))),
///             Outcome::Forward(status) => Outcome::Forward(status),
///         }
///     }
/// }
///
/// impl Sentinel for Admin {
///     fn abort(rocket: &Rocket<Ignite>) -> bool {
///         Identity::<Profile>::abort(rocket)
///     }
/// }
/// ```
pub struct Identity<C = ()>(Arc<Verified<C>>);

impl<C> Identity<C> {
    /// The user id, as text: the claim that the setting `userid_claim` names.
    pub fn userid(&self) -> &str {
        self.0.userid()
    }

    /// The issuer of the token: a [trusted issuer](crate::guide::issuers), or the setting `issuer` for a token of this
    /// application. `None` for a token of this application without that setting.
    ///
    /// User ids are unique only within an issuer. If several issuers are trusted, compare both.
    pub fn issuer(&self) -> Option<&str> {
        self.0.policy().issuer.as_deref()
    }

    pub(super) fn new(verified: Arc<Verified<C>>) -> Self {
        Identity(verified)
    }

    /// Whether the token is from a trusted issuer. Such a token has no session in this application.
    pub(crate) fn is_of_issuer(&self) -> bool {
        self.0.policy().of_issuer
    }

    /// When the token expires, in seconds since the epoch: the first second at which it is no longer valid
    /// (RFC 7519 §4.1.4). `None` if it never expires.
    pub fn expires_at(&self) -> Option<u64> {
        self.0.registered.exp.map(unsigned)
    }

    /// When the token was issued, in seconds since the epoch (0 for an earlier time). `None` if the token does not
    /// contain it. It may be up to a minute in the future, because the clock of the issuer may be ahead.
    pub fn issued_at(&self) -> Option<u64> {
        self.0.registered.iat.map(unsigned)
    }

    /// When the user logged in, in seconds since the epoch (0 for an earlier time). Refreshing does not change it
    /// (OpenID Connect Core §2). `None` if the token does not contain it.
    pub fn auth_time(&self) -> Option<u64> {
        self.0.registered.auth_time.map(unsigned)
    }

    /// The session that the token belongs to: its claim `sid`. `None` without sessions, and for a token of a trusted
    /// issuer.
    pub fn session_id(&self) -> Option<SessionId> {
        self.0.registered.sid
    }

    /// The data that the login [carries](crate::Issuing::carrying), as the token says. `None` if it carries nothing.
    /// The guard [`Carried`](crate::Carried) gives it in loaders.
    ///
    /// ```
    /// use jwtauth::{CarriedError, Identity};
    /// use rocket::get;
    /// # use serde::Deserialize;
    ///
    /// #[derive(Deserialize)]
    /// struct Impersonated { by: String }
    ///
    /// #[get("/banner")]
    /// fn banner(identity: Identity) -> Result<Option<String>, String> {
    ///     match identity.carried::<Impersonated>() {
    ///         Ok(Some(Impersonated { by })) => Ok(Some(format!("{by} sees this as {}", identity.userid()))),
    ///         Ok(None) => Ok(None),
    ///         Err(error) => Err(error.to_string()),
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// If it carries something that `D` can't be made of. The error names the field, and no value.
    pub fn carried<D: DeserializeOwned>(&self) -> Result<Option<D>, CarriedError> {
        carried::read(self.0.carried())
    }

    /// The application's claims. [`Deref`] returns them too.
    pub fn claims(&self) -> &C {
        &self.0.claims
    }
}

impl<C> Deref for Identity<C> {
    type Target = C;

    fn deref(&self) -> &C {
        &self.0.claims
    }
}

impl<C> Clone for Identity<C> {
    fn clone(&self) -> Self {
        Identity(Arc::clone(&self.0))
    }
}

/// Shows only the user id.
impl<C> fmt::Debug for Identity<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("userid", &self.userid()).finish_non_exhaustive()
    }
}

impl Identity {
    /// Returns the identity of a request, for other guards.
    pub(super) async fn of(request: &Request<'_>) -> Result<Self, AuthError> {
        Identity::from_origins(request, Origins::Own).await
    }
}

impl<C: Claims> Identity<C> {
    /// Returns the identity of a request. A cookie counts only in requests of these origins.
    pub(super) async fn from_origins(request: &Request<'_>, origins: Origins) -> Result<Self, AuthError> {
        identify(request, origins).await.map(Identity)
    }
}

#[rocket::async_trait]
impl<'r, C: Claims> FromRequest<'r> for Identity<C> {
    type Error = AuthError;

    async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, AuthError> {
        match identify(request, Origins::Own).await {
            Ok(verified) => Outcome::Success(Identity(verified)),
            Err(error) => Outcome::Error((error.status(), error)),
        }
    }
}

impl<C> Sentinel for Identity<C> {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        JwtAuth::missing(rocket)
    }
}

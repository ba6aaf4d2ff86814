use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use rocket::outcome::Outcome;
use rocket::request::{self, FromRequest, Request};
use rocket::{Ignite, Rocket, Sentinel};

use crate::claims::Claims;
use crate::claims::session_id::SessionId;
use crate::claims::unsigned;
use crate::error::AuthError;
use crate::jwtauth::JwtAuth;
use crate::request::identify;
use crate::verified::Verified;

/// The guard: who the request is from, as its token says.
///
/// It dereferences to the application's claims. `Identity` alone is `Identity<()>`, for which any
/// acceptable token will do. It is one pointer, and cheap to clone.
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
/// - **Succeeds** if the request carries one token in its `Authorization` header, that token is
///   acceptable by the [`Config`](crate::Config), and `C` can be made of its claims.
/// - **Forwards** never.
/// - **Fails** otherwise, with an [`AuthError`]:
///   - 401 if there is no token: `WWW-Authenticate: Bearer`, without an error code (RFC 6750 §3);
///   - 401 if the token is not acceptable: with `error="invalid_token"` and an `error_description`;
///   - 400 if there is more than one token: with `error="invalid_request"`;
///   - 503 if there are sessions, and whether that of the token has ended can't be said at the moment; or if the
///     token is of a [trusted issuer](crate::guide::issuers), whose keys can't be had.
///
/// The challenge is put on the response by the fairing; the body is that of the application's catchers,
/// [`jwtauth::catchers()`](crate::catchers()) for instance.
///
/// The token is checked once a request, whatever guards ask for it, and as what type.
///
/// # Asking in other ways
///
/// - `Option<Identity<C>>` is `None` for no token and for a bad one alike, as always in Rocket, and also while the
///   session store is away. [`Visitor<C>`](crate::Visitor) tells them apart.
/// - `Result<Identity<C>, AuthError>` leaves the answer to the route.
///
/// A launch stops if a route asks for an `Identity` in one of these ways, and the fairing is not attached.
///
/// # Roles
///
/// A guard of the application's own asks for the identity and adds a rule to it. Rocket sees only the guards
/// in a route's signature, so that it takes a sentinel of its own to stop a launch without the fairing:
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
    /// The user id, as text: the claim that `userid_claim` names.
    pub fn userid(&self) -> &str {
        self.0.userid()
    }

    /// Who issued the token: one of the [trusted issuers](crate::guide::issuers) or, if the setting `issuer` is made,
    /// the application itself. `None` for a token of its own if it is not.
    ///
    /// A user id says who somebody is to the one who issued it. Where tokens of several are accepted, look at both.
    pub fn issuer(&self) -> Option<&str> {
        self.0.policy().issuer.as_deref()
    }

    pub(super) fn new(verified: Arc<Verified<C>>) -> Self {
        Identity(verified)
    }

    /// Whether the token is a trusted issuer's. Such a token has no session here.
    pub(crate) fn is_of_issuer(&self) -> bool {
        self.0.policy().of_issuer
    }

    /// When the token expires, in seconds since the epoch: the first second at which it is no longer
    /// good (RFC 7519 §4.1.4). `None` if it never does.
    pub fn expires_at(&self) -> Option<u64> {
        self.0.registered.exp.map(unsigned)
    }

    /// When the token was issued, in seconds since the epoch (0 for a time before it). `None` if it does not say. It may
    /// lie up to a minute in the future: the clock of the issuer may be ahead.
    pub fn issued_at(&self) -> Option<u64> {
        self.0.registered.iat.map(unsigned)
    }

    /// When the user logged in, in seconds since the epoch (0 for a time before it); refreshing does not change it
    /// (OpenID Connect Core §2). `None` if the token does not say.
    pub fn auth_time(&self) -> Option<u64> {
        self.0.registered.auth_time.map(unsigned)
    }

    /// The session that the token belongs to: its claim `sid`. `None` without sessions, and for a token of another
    /// issuer.
    pub fn session_id(&self) -> Option<SessionId> {
        self.0.registered.sid
    }

    /// The application's claims; [`Deref`] gives them as well.
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

/// Shows the user id, and nothing else of the token.
impl<C> fmt::Debug for Identity<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("userid", &self.userid()).finish_non_exhaustive()
    }
}

impl Identity {
    /// The identity of a request, for other guards.
    pub(super) async fn of(request: &Request<'_>) -> Result<Self, AuthError> {
        identify(request).await.map(Identity)
    }
}

#[rocket::async_trait]
impl<'r, C: Claims> FromRequest<'r> for Identity<C> {
    type Error = AuthError;

    async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, AuthError> {
        match identify(request).await {
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

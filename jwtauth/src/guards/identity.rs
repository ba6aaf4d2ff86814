use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;

use rocket::request::Request;
use serde::de::DeserializeOwned;

use super::anyone::Anyone;
use super::identify::identify;
use crate::claims::Claims;
use crate::claims::session_id::SessionId;
use crate::claims::{carried, unsigned};
use crate::error::{AuthError, CarriedError};
use crate::permissions::Permissions;
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
/// # Permissions
///
/// `Identity<C, R>` also requires the [rule](crate::Rule) `R`: a permission, several of them, a recent login, or a rule
/// of the application. The guard then also fails with 403 if the rule refuses the user, and with 401 if the login is
/// not recent enough. It never forwards, so another route does not answer instead. [`require`](Self::require) checks a
/// rule by hand. The guide has a chapter on [permissions](crate::guide::permissions).
///
/// ```
/// use jwtauth::{Identity, Permissions};
/// use rocket::delete;
///
/// #[derive(Permissions)]
/// enum Permission {
///     #[permission("orders:read")]
///     ReadOrders,
///     #[permission("orders:delete", implies(ReadOrders))]
///     DeleteOrders,
/// }
///
/// #[delete("/orders/<id>")]
/// fn delete(id: u32, identity: Identity<(), permission::DeleteOrders>) -> String {
///     format!("{} deletes {id}", identity.userid())
/// }
/// ```
pub struct Identity<C = (), R = Anyone>(Arc<Verified<C>>, PhantomData<fn() -> R>);

impl<C, R> Identity<C, R> {
    /// The user id, as text: the claim of the setting `userid_claim`. With `userids = "distinct"`, the id of a trusted
    /// issuer's user begins with the prefix of that issuer.
    pub fn userid(&self) -> &str {
        self.0.userid()
    }

    /// The issuer of the token: a [trusted issuer](crate::guide::issuers), or the setting `issuer` for a token of this
    /// application. `None` for a token of this application without that setting.
    ///
    /// With `userids = "shared"`, or without keys of your own and with one issuer, the user id does not contain the
    /// issuer: compare both if that matters.
    pub fn issuer(&self) -> Option<&str> {
        self.0.issuer()
    }

    pub(super) fn new(verified: Arc<Verified<C>>) -> Self {
        Identity(verified, PhantomData)
    }

    /// Whether the token is from a trusted issuer. Such a token has no session in this application.
    pub(crate) fn is_of_issuer(&self) -> bool {
        self.0.policy().of_issuer.is_some()
    }

    /// The claim `sub` of the token, whatever `userid_claim` and `userids` are (RFC 7519 §4.1.2). `None` if it is
    /// absent, or not a string. This and the next two read the token each time.
    pub fn sub(&self) -> Option<String> {
        self.0.text("sub")
    }

    /// The claim `jti` of the token, by which it can be recognized (RFC 7519 §4.1.7). `None` if it is absent, as in
    /// tokens of this application, or not a string.
    pub fn jti(&self) -> Option<String> {
        self.0.text("jti")
    }

    /// The claim `sid` of the token: in a token of a trusted issuer, the session there (OpenID Connect Front-Channel
    /// Logout §3). `None` if it is absent, or not a string. The session in this application is
    /// [`session_id`](Self::session_id).
    pub fn sid(&self) -> Option<String> {
        self.0.text("sid")
    }

    /// When the token expires, in seconds since the epoch: the first second at which it is no longer valid (RFC 7519
    /// §4.1.4). `None` if it never expires.
    pub fn expires_at(&self) -> Option<u64> {
        self.0.registered.exp.map(unsigned)
    }

    /// When the token was issued, in seconds since the epoch (0 for an earlier time). `None` if the token does not
    /// contain it. It may be up to a minute in the future, because the clock of the issuer may be ahead.
    pub fn issued_at(&self) -> Option<u64> {
        self.0.registered.iat.map(unsigned)
    }

    /// When the user last authenticated, in seconds since the epoch (0 for an earlier time): the time of the login, or
    /// of a later [confirmation](crate::Auth::confirm). Refreshing does not change it (OpenID Connect Core §2). `None`
    /// if the token does not contain it.
    pub fn auth_time(&self) -> Option<u64> {
        self.0.registered.auth_time.map(unsigned)
    }

    /// The session that the token belongs to: its claim `sid`. `None` without sessions, and for a token of a trusted
    /// issuer.
    pub fn session_id(&self) -> Option<SessionId> {
        self.0.registered.sid
    }

    /// The data that the login [carries](crate::Issuing::carrying), as it is in the token. `None` if the login carries
    /// nothing. In loaders, use the guard [`Carried`](crate::Carried).
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
    /// If the data does not deserialize as `D`. The error contains the name of the field, but no value.
    pub fn carried<D: DeserializeOwned>(&self) -> Result<Option<D>, CarriedError> {
        carried::read(self.0.carried())
    }

    /// The application's claims. [`Deref`] returns them too.
    pub fn claims(&self) -> &C {
        &self.0.claims
    }

    /// The identity without its rule, for functions that take an `Identity<C>`.
    pub fn without_rule(self) -> Identity<C> {
        Identity(self.0, PhantomData)
    }

    /// The identity with a rule that it satisfies.
    pub(super) fn with_rule<Q>(self) -> Identity<C, Q> {
        Identity(self.0, PhantomData)
    }

    /// The bits of the permissions that the token grants, without those that they imply.
    pub(super) fn granted<P: Permissions>(&self) -> u128 {
        self.0.granted::<P>()
    }

    /// The claim `auth_time`.
    pub(super) fn authenticated_at(&self) -> Option<i64> {
        self.0.registered.auth_time
    }
}

impl<C, R> Deref for Identity<C, R> {
    type Target = C;

    fn deref(&self) -> &C {
        &self.0.claims
    }
}

impl<C, R> Clone for Identity<C, R> {
    fn clone(&self) -> Self {
        Identity(Arc::clone(&self.0), PhantomData)
    }
}

/// Shows only the user id.
impl<C, R> fmt::Debug for Identity<C, R> {
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
        Ok(Identity(identify(request, origins).await?, PhantomData))
    }
}

//! Methods with which a route checks rules.

use super::auth::Auth;
use super::identity::Identity;
use super::rules::{PermissionRule, Rule};
use crate::claims::Claims;
use crate::error::AuthError;
use crate::permissions::{Granted, Permissions};
use crate::request::state::RequestState;

impl<C, R> Identity<C, R> {
    /// The permissions that the token grants. For a token of a trusted issuer, those of its setting
    /// `permissions_claim`; none without that setting.
    ///
    /// They are the permissions of the time when the token was issued. A refresh loads the user again, and with it the
    /// permissions.
    pub fn permissions<P: Permissions>(&self) -> Granted<P> {
        Granted::of(self.granted::<P>())
    }

    /// Checks a rule about permissions in a route. Use it for decisions that depend on data that the route loads.
    ///
    /// ```
    /// use jwtauth::{AuthError, Identity, Permissions};
    /// use rocket::get;
    ///
    /// # struct Order { owner: String }
    /// # fn load(id: u32) -> Order { Order { owner: "alice".into() } }
    /// #[derive(Permissions)]
    /// enum Permission {
    ///     #[permission("orders:read")]
    ///     ReadOrders,
    /// }
    ///
    /// #[get("/orders/<id>")]
    /// fn order(id: u32, identity: Identity) -> Result<String, AuthError> {
    ///     let order = load(id);
    ///     if order.owner != identity.userid() {
    ///         identity.require::<permission::ReadOrders>()?;
    ///     }
    ///     Ok(format!("The order {id} of {}", order.owner))
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`AuthError::Forbidden`] (403). As a response, it has the challenge of the guard.
    pub fn require<Q: PermissionRule>(&self) -> Result<(), AuthError> {
        Q::check_token(self)
    }

    /// Checks any rule in a route. Most rules use the request, which `auth` contains.
    ///
    /// ```
    /// use jwtauth::{Auth, AuthError, Identity, Recent};
    /// use rocket::post;
    ///
    /// #[post("/pay/<cents>")]
    /// async fn pay(cents: u64, identity: Identity, auth: Auth<'_>) -> Result<String, AuthError> {
    ///     if cents > 10_000 {
    ///         identity.check::<Recent<300>>(&auth).await?;
    ///     }
    ///     Ok(format!("{} pays {cents}", identity.userid()))
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// The error of the rule.
    pub async fn check<Q: Rule<C>>(&self, auth: &Auth<'_>) -> Result<(), AuthError>
    where
        C: Claims,
    {
        let verdict = Q::check(&self.clone().without_rule(), auth.request()).await;
        verdict.inspect_err(|error| RequestState::of(auth.request()).fail_rule(error.clone()))
    }
}

use std::future::Future;

use rocket::request::Request;

use super::super::identity::Identity;
use crate::error::AuthError;

/// What a user must be allowed to do: the second parameter of [`Identity<C, R>`](crate::Identity).
///
/// | rule | is satisfied if |
/// |---|---|
/// | `permission::ReadOrders`, from `#[derive(`[`Permissions`](crate::Permissions)`)]` | the token grants the permission, or one that implies it |
/// | `(A, B)`, up to eight rules | all of them are satisfied |
/// | [`Any<(A, B)>`](crate::Any), up to eight rules | one of them is satisfied |
/// | [`Recent<300>`](crate::Recent) | the user logged in, or confirmed the login, within the last 300 seconds |
/// | [`Anyone`](crate::Anyone) | always |
/// | a type of the application | its `check` returns `Ok` |
///
/// # Rules of the application
///
/// A rule gets the verified identity and the request. It is async, so it can load data. A rule that loads nothing is an
/// `async fn` without `.await`. A rule with generic claims works with any claims type.
///
/// ```
/// use jwtauth::{AuthError, Claims, Identity, Rule};
/// use rocket::{get, request::Request};
///
/// /// The second segment of the path names the user.
/// struct Oneself;
///
/// impl<C: Claims> Rule<C> for Oneself {
///     async fn check(identity: &Identity<C>, request: &Request<'_>) -> Result<(), AuthError> {
///         match request.param::<&str>(1) {
///             Some(Ok(user)) if user == identity.userid() => Ok(()),
///             _ => Err(AuthError::forbidden()),
///         }
///     }
/// }
///
/// #[get("/users/<user>/letters")]
/// fn letters(user: &str, _identity: Identity<(), Oneself>) -> String {
///     format!("The letters of {user}")
/// }
/// ```
///
/// With `userids = "shared"`, a user of a [trusted issuer](crate::guide::issuers) may have the id of one of yours: then
/// a rule must also look at [`Identity::issuer`](crate::Identity::issuer).
///
/// # Errors
///
/// A rule that is not satisfied returns [`AuthError::forbidden()`] (403). If it can't decide, for example because a
/// database is unavailable, it returns [`AuthError::Unavailable`] (503). The guard fails with this error, and never
/// forwards.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a rule for an `Identity` with these claims",
    label = "not a rule",
    note = "a rule is a type that `#[derive(jwtauth::Permissions)]` generates for a permission, such as \
            `permission::ReadOrders`, or a tuple of rules, `jwtauth::Any<(A, B)>` or `jwtauth::Recent<SECONDS>`",
    note = "a type of your own is a rule if it implements `jwtauth::Rule` for the claims type"
)]
pub trait Rule<C = ()>: 'static {
    /// Whether the identity satisfies the rule, for this request.
    ///
    /// # Errors
    ///
    /// The reason why the rule is not satisfied.
    fn check(identity: &Identity<C>, request: &Request<'_>) -> impl Future<Output = Result<(), AuthError>> + Send;

    /// The names of the permissions that satisfy the rule, for the challenge of a refused request and for descriptions
    /// of the application. Empty for rules that are not about permissions.
    fn scope() -> Vec<&'static str> {
        Vec::new()
    }

    /// The names of all permissions of the enums that the rule names. Used only by the rules of this crate.
    #[doc(hidden)]
    fn declared() -> Vec<&'static str> {
        Self::scope()
    }
}

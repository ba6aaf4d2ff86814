use super::super::identity::Identity;
use crate::error::AuthError;

/// A rule that only depends on the permissions of the token, so it needs no request: a permission, a tuple of such
/// rules, or [`Any`](crate::Any) of them. [`Identity::require`](crate::Identity::require) checks it.
///
/// Applications cannot implement it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a rule about permissions only",
    label = "needs a request",
    note = "`Identity::check` checks any rule, and `require` those of `#[derive(jwtauth::Permissions)]`"
)]
#[allow(private_bounds)]
pub trait PermissionRule: TokenRule {}

/// The check of such a rule.
pub(crate) trait TokenRule: 'static {
    fn check_token<C, R>(identity: &Identity<C, R>) -> Result<(), AuthError>;

    /// The names of the permissions that satisfy the rule.
    fn names() -> Vec<&'static str>;
}

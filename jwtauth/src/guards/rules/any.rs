use std::marker::PhantomData;

use rocket::request::Request;

use super::super::identity::Identity;
use super::permission_rule::{PermissionRule, TokenRule};
use super::rule::Rule;
use crate::error::AuthError;

/// A rule that is satisfied if one of the rules in the tuple is: `Any<(A, B)>`, up to eight rules.
///
/// They are checked in order, up to the first that is satisfied.
///
/// ```
/// use jwtauth::{Any, Identity, Permissions};
/// use rocket::delete;
///
/// #[derive(Permissions)]
/// enum Permission {
///     #[permission("orders:delete")]
///     DeleteOrders,
///     #[permission("support")]
///     Support,
/// }
///
/// type MayDelete = Any<(permission::DeleteOrders, permission::Support)>;
///
/// #[delete("/orders/<id>")]
/// fn delete(id: u32, _identity: Identity<(), MayDelete>) -> String {
///     format!("The order {id} is deleted")
/// }
/// ```
///
/// # Errors
///
/// If no rule is satisfied, the error is that of the first rule, so the `scope` of the challenge contains the first
/// member. If one of the rules can't decide, the error is its [`AuthError::Unavailable`] (503).
#[derive(Debug)]
pub struct Any<R>(PhantomData<fn() -> R>);

/// Collects the errors of several rules, of which one must be satisfied.
#[derive(Default)]
struct Errors(Option<AuthError>);

impl Errors {
    fn add(&mut self, error: AuthError) {
        // The error of a rule that can't decide takes precedence over a refusal.
        if self.0.is_none() || error == AuthError::Unavailable {
            self.0 = Some(error);
        }
    }

    fn verdict(self) -> Result<(), AuthError> {
        self.0.map_or(Ok(()), Err)
    }
}

/// The first of several lists.
fn first<const N: usize>(lists: [fn() -> Vec<&'static str>; N]) -> Vec<&'static str> {
    lists.first().map_or_else(Vec::new, |first| first())
}

macro_rules! any {
    ($($rule:ident)*) => {
        impl<C: Send + Sync + 'static, $($rule: Rule<C>),*> Rule<C> for Any<($($rule,)*)> {
            async fn check(identity: &Identity<C>, request: &Request<'_>) -> Result<(), AuthError> {
                let mut errors = Errors::default();
                $(match $rule::check(identity, request).await {
                    Ok(()) => return Ok(()),
                    Err(error) => errors.add(error),
                })*
                errors.verdict()
            }

            fn scope() -> Vec<&'static str> {
                first([$($rule::scope),*])
            }

            fn declared() -> Vec<&'static str> {
                [$($rule::declared()),*].concat()
            }
        }

        impl<$($rule: PermissionRule),*> PermissionRule for Any<($($rule,)*)> {}

        impl<$($rule: TokenRule),*> TokenRule for Any<($($rule,)*)> {
            fn check_token<C, R>(identity: &Identity<C, R>) -> Result<(), AuthError> {
                let mut errors = Errors::default();
                $(match $rule::check_token(identity) {
                    Ok(()) => return Ok(()),
                    Err(error) => errors.add(error),
                })*
                errors.verdict()
            }

            fn names() -> Vec<&'static str> {
                first([$($rule::names),*])
            }
        }
    };
}

for_each_length! { any }

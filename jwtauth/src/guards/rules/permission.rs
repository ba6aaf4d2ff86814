//! The rule that requires one permission: each marker type of an enum is one.

use std::borrow::Cow;
use std::future::{Future, ready};

use rocket::request::Request;

use super::super::identity::Identity;
use super::permission_rule::{PermissionRule, TokenRule};
use super::rule::Rule;
use crate::error::AuthError;
use crate::permissions::{PermissionMarker, Permissions};

// Error messages about a rule name the derive macro, not the trait of the types that it generates.
#[diagnostic::do_not_recommend]
impl<C, M: PermissionMarker> Rule<C> for M {
    fn check(identity: &Identity<C>, _: &Request<'_>) -> impl Future<Output = Result<(), AuthError>> + Send {
        ready(M::check_token(identity))
    }

    fn scope() -> Vec<&'static str> {
        M::names()
    }

    fn declared() -> Vec<&'static str> {
        M::Permissions::NAMES.to_vec()
    }
}

#[diagnostic::do_not_recommend]
impl<M: PermissionMarker> PermissionRule for M {}

#[diagnostic::do_not_recommend]
impl<M: PermissionMarker> TokenRule for M {
    fn check_token<C, R>(identity: &Identity<C, R>) -> Result<(), AuthError> {
        let granted_by = M::Permissions::GRANTED_BY.get(M::INDEX).copied().unwrap_or(0);
        match identity.granted::<M::Permissions>() & granted_by {
            0 => Err(missing::<M>()),
            _ => Ok(()),
        }
    }

    fn names() -> Vec<&'static str> {
        Vec::from_iter(name::<M>())
    }
}

#[cold]
fn missing<M: PermissionMarker>() -> AuthError {
    AuthError::Forbidden { scope: Cow::Borrowed(name::<M>().unwrap_or_default()) }
}

fn name<M: PermissionMarker>() -> Option<&'static str> {
    M::Permissions::NAMES.get(M::INDEX).copied()
}

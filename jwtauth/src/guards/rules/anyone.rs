//! The rule that every identity satisfies.

use std::future::{Future, ready};

use rocket::request::Request;

use super::super::anyone::Anyone;
use super::super::identity::Identity;
use super::permission_rule::{PermissionRule, TokenRule};
use super::rule::Rule;
use crate::error::AuthError;

impl<C> Rule<C> for Anyone {
    fn check(_: &Identity<C>, _: &Request<'_>) -> impl Future<Output = Result<(), AuthError>> + Send {
        ready(Ok(()))
    }
}

impl PermissionRule for Anyone {}

impl TokenRule for Anyone {
    fn check_token<C, R>(_: &Identity<C, R>) -> Result<(), AuthError> {
        Ok(())
    }

    fn names() -> Vec<&'static str> {
        Vec::new()
    }
}

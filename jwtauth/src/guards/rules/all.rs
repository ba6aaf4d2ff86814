//! Tuples: all rules must be satisfied.

use rocket::request::Request;

use super::super::identity::Identity;
use super::permission_rule::{PermissionRule, TokenRule};
use super::rule::Rule;
use crate::error::AuthError;

/// The verdict of several rules, of which all must be satisfied.
#[derive(Default)]
struct All {
    /// The `max_age` of the strictest rule that requires a more recent login.
    not_recent: Option<u64>,
}

impl All {
    /// Adds the verdict of a rule. A login that is not recent counts only if no other rule refuses. A new login would
    /// not help a user without the permission.
    fn add(&mut self, verdict: Result<(), AuthError>) -> Result<(), AuthError> {
        match verdict {
            Err(AuthError::NotRecent { max_age }) => {
                self.not_recent = Some(self.not_recent.map_or(max_age, |other| other.min(max_age)));
                Ok(())
            }
            verdict => verdict,
        }
    }

    fn verdict(self) -> Result<(), AuthError> {
        self.not_recent.map_or(Ok(()), |max_age| Err(AuthError::NotRecent { max_age }))
    }
}

/// The error for a missing permission contains all permissions that the rules require: RFC 6750 §3 has "the required
/// scope". A rule of the application may name others in its error.
fn of_all(error: AuthError, scope: impl FnOnce() -> Vec<&'static str>) -> AuthError {
    match error {
        AuthError::Forbidden { scope: missing } if !missing.is_empty() => {
            let mut all: Vec<&str> = scope();
            for name in missing.split(' ') {
                if !all.contains(&name) {
                    all.push(name);
                }
            }
            AuthError::Forbidden { scope: all.join(" ").into() }
        }
        error => error,
    }
}

macro_rules! all {
    ($($rule:ident)*) => {
        impl<C: Send + Sync + 'static, $($rule: Rule<C>),*> Rule<C> for ($($rule,)*) {
            async fn check(identity: &Identity<C>, request: &Request<'_>) -> Result<(), AuthError> {
                let mut all = All::default();
                $(all.add($rule::check(identity, request).await).map_err(|error| of_all(error, <Self as Rule<C>>::scope))?;)*
                all.verdict()
            }

            fn scope() -> Vec<&'static str> {
                [$($rule::scope()),*].concat()
            }

            fn declared() -> Vec<&'static str> {
                [$($rule::declared()),*].concat()
            }
        }

        impl<$($rule: PermissionRule),*> PermissionRule for ($($rule,)*) {}

        impl<$($rule: TokenRule),*> TokenRule for ($($rule,)*) {
            fn check_token<C, R>(identity: &Identity<C, R>) -> Result<(), AuthError> {
                $($rule::check_token(identity).map_err(|error| of_all(error, Self::names))?;)*
                Ok(())
            }

            fn names() -> Vec<&'static str> {
                [$($rule::names()),*].concat()
            }
        }
    };
}

for_each_length! { all }

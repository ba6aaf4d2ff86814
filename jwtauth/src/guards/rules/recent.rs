use std::future::{Future, ready};

use rocket::request::Request;

use super::super::identity::Identity;
use super::rule::Rule;
use crate::error::AuthError;
use crate::jwtauth::JwtAuth;

/// The rule that the user has authenticated within the last `SECONDS` seconds. Use it for actions that a stolen session
/// must not allow: changing a password, paying, deleting an account.
///
/// ```
/// use jwtauth::{Identity, Recent};
/// use rocket::post;
///
/// #[post("/account/delete")]
/// fn delete(identity: Identity<(), Recent<300>>) -> String {
///     format!("Goodbye, {}", identity.userid())
/// }
/// ```
///
/// The time is that of [`Identity::auth_time`](crate::Identity::auth_time). A login and
/// [`Auth::confirm`](crate::Auth::confirm) set it. Refreshing does not change it.
///
/// # Errors
///
/// [`AuthError::NotRecent`] (401), with the challenge of RFC 9470 §3: `error="insufficient_user_authentication"` and
/// `max_age`. A token without `auth_time` fails, and so does a token whose `auth_time` is more than a minute in the
/// future. Together with other rules, this rule is checked last: a new login would not help a user who lacks a
/// permission.
#[derive(Clone, Copy, Debug)]
pub struct Recent<const SECONDS: u64>;

/// The number of seconds by which the clock of another machine may be ahead.
const CLOCK_SKEW: i128 = 60;

impl<C, const SECONDS: u64> Rule<C> for Recent<SECONDS> {
    fn check(identity: &Identity<C>, request: &Request<'_>) -> impl Future<Output = Result<(), AuthError>> + Send {
        ready(match JwtAuth::of(request) {
            Some(jwtauth) if is_recent(identity.authenticated_at(), SECONDS, jwtauth.now()) => Ok(()),
            Some(_) => Err(AuthError::NotRecent { max_age: SECONDS }),
            None => Err(AuthError::NotAttached),
        })
    }
}

fn is_recent(auth_time: Option<i64>, seconds: u64, now: u64) -> bool {
    auth_time.is_some_and(|auth_time| {
        let age = i128::from(now) - i128::from(auth_time);
        (-CLOCK_SKEW..=i128::from(seconds)).contains(&age)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recent_login_is_within_the_seconds() {
        for (auth_time, is_wanted) in [
            (Some(700), true),
            (Some(699), false),
            (Some(1000), true),
            (Some(1060), true),
            (Some(1061), false),
            (Some(-1), false),
            (Some(i64::MIN), false),
            (Some(i64::MAX), false),
            (None, false),
        ] {
            assert_eq!(is_recent(auth_time, 300, 1000), is_wanted, "{auth_time:?}");
        }
        assert!(is_recent(Some(0), u64::MAX, u64::MAX));
        assert!(is_recent(Some(1000), 0, 1000) && !is_recent(Some(999), 0, 1000));
    }
}

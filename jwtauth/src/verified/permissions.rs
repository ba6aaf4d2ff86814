//! The permissions of a verified token.

use super::token::Verified;
use crate::claims::policy::Policy;
use crate::jws;
use crate::permissions::{Found, Permissions, log_wrong_type, read};

impl<C> Verified<C> {
    /// The bits of the permissions that the token grants, without those that they imply. They are read once, and
    /// remembered with the token.
    pub(crate) fn granted<P: Permissions>(&self) -> u128 {
        self.permissions.get::<P>(|| read_granted::<P>(self.token(), self.policy(), self.wrong_permissions))
    }
}

/// `logged` is the claim that is known to have the wrong type.
#[cold]
fn read_granted<P: Permissions>(token: &str, policy: &Policy, logged: Option<&str>) -> u128 {
    let Some(claim) = policy.permissions_claim(P::CLAIM) else {
        return 0;
    };
    let mut buffer = jws::Buffer::new();
    let payload = jws::payload(token.as_bytes(), &mut buffer).ok().and_then(|payload| str::from_utf8(payload).ok());
    match payload.map_or(Found::Nothing, |payload| read::<P>(payload, claim)) {
        Found::Granted(bits) => bits,
        Found::Nothing => 0,
        Found::WrongType => {
            if logged != Some(P::CLAIM) {
                log_wrong_type(P::CLAIM);
            }
            0
        }
    }
}

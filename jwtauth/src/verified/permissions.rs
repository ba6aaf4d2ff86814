//! The permissions of a verified token.

use super::token::Verified;
use crate::claims::policy::Policy;
use crate::jws;
use crate::permissions::{Found, Permissions, read};

impl<C> Verified<C> {
    /// The bits of the permissions that the token grants, without those that they imply. They are read once, and
    /// remembered with the token.
    pub(crate) fn granted<P: Permissions>(&self) -> u128 {
        self.permissions.get::<P>(|| read_granted::<P>(self.token(), self.policy()))
    }
}

#[cold]
fn read_granted<P: Permissions>(token: &str, policy: &Policy) -> u128 {
    let Some(claim) = policy.permissions_claim(P::CLAIM) else {
        return 0;
    };
    let mut buffer = jws::Buffer::new();
    let payload = jws::payload(token.as_bytes(), &mut buffer).ok().and_then(|payload| str::from_utf8(payload).ok());
    match payload.map_or(Found::Nothing, |payload| read::<P>(payload, claim)) {
        Found::Granted(bits) => bits,
        Found::Nothing => 0,
        Found::WrongType => {
            rocket::warn!("jwtauth: the claim `{claim}` of a token is not a list of texts: it grants nothing");
            0
        }
    }
}

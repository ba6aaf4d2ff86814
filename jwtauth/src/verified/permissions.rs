//! The permissions of a verified token.

use super::token::Verified;
use crate::claims::issuer::NamesInClaim;
use crate::claims::policy::{PermissionsSource, Policy};
use crate::jws;
use crate::permissions::{Found, Permissions, PermissionsField, bit, log_wrong_type, read};

impl<C> Verified<C> {
    /// The bits of the permissions that the token grants, without those that they imply. They are read once, and
    /// remembered with the token.
    pub(crate) fn granted<P: Permissions>(&self) -> u128 {
        self.permissions.get::<P>(|| read_granted::<P>(self.token(), self.policy(), self.permissions_claims))
    }
}

/// `logged` are the sets of permissions in the application's claims: when they were read, a wrong type was logged.
#[cold]
fn read_granted<P: Permissions>(token: &str, policy: &Policy, logged: &[PermissionsField]) -> u128 {
    let mut buffer = jws::Buffer::new();
    let payload = jws::payload(token.as_bytes(), &mut buffer).ok().and_then(|payload| str::from_utf8(payload).ok());
    let Some(payload) = payload else {
        return 0;
    };
    match policy.permissions() {
        PermissionsSource::Nothing => 0,
        PermissionsSource::OfEnum => match read::<P>(payload, P::CLAIM) {
            Found::Granted(bits) => bits,
            Found::Nothing => 0,
            Found::WrongType if logged.iter().any(|field| field.reads(P::CLAIM)) => 0,
            Found::WrongType => wrong_type(P::CLAIM),
        },
        PermissionsSource::OfIssuer(claim) => match claim.read(payload) {
            NamesInClaim::Names(names) => names.iter().fold(0, |bits, name| bits | bit::<P>(name)),
            NamesInClaim::WrongType if !logged.is_empty() => 0,
            NamesInClaim::WrongType => wrong_type(&claim.claim.to_string()),
        },
    }
}

/// Such a claim grants nothing.
fn wrong_type(claim: &str) -> u128 {
    log_wrong_type(claim);
    0
}

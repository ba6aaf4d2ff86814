//! Finds out at compile time whether a field of a claims type is a set of permissions.

use std::marker::PhantomData;

use super::declared::Permissions;
use super::granted::Granted;

/// A field of the type `T`. Its constant `CLAIM` is the name that the field must have, if it must have one.
pub struct ClaimOf<T>(PhantomData<T>);

impl<P: Permissions> ClaimOf<Granted<P>> {
    /// The claim of the permissions.
    pub const CLAIM: Option<&'static str> = Some(P::CLAIM);
    /// The names of the permissions.
    pub const NAMES: &'static [&'static str] = P::NAMES;
}

impl<P: Permissions> ClaimOf<Option<Granted<P>>> {
    /// The claim of the permissions.
    pub const CLAIM: Option<&'static str> = Some(P::CLAIM);
    /// The names of the permissions.
    pub const NAMES: &'static [&'static str] = P::NAMES;
}

/// The constants for all other types. The compiler prefers an inherent constant of the type.
pub trait AnyClaim {
    /// Every name is allowed.
    const CLAIM: Option<&'static str> = None;
    /// No permissions.
    const NAMES: &'static [&'static str] = &[];
}

impl<T> AnyClaim for ClaimOf<T> {}

/// Whether the field has the required name `claim`. Without a required name, every name is allowed.
pub const fn is_claim(claim: Option<&str>, field: &str) -> bool {
    let Some(claim) = claim else { return true };
    let (claim, field) = (claim.as_bytes(), field.as_bytes());
    if claim.len() != field.len() {
        return false;
    }
    let mut index = 0;
    while index < claim.len() {
        if claim[index] != field[index] {
            return false;
        }
        index += 1;
    }
    true
}

use std::fmt;
use std::marker::PhantomData;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::declared::Permissions;
use super::names::Names;
use super::reading::{Reading, log_wrong_type};

/// A set of permissions, for [claims types](trait@crate::Claims).
///
/// ```
/// use jwtauth::{Claims, Granted, Permissions};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Permissions)]
/// enum Permission {
///     #[permission("orders:read")]
///     ReadOrders,
///     #[permission("orders:write", implies(ReadOrders))]
///     WriteOrders,
/// }
///
/// #[derive(Serialize, Deserialize, Claims)]
/// struct Profile {
///     permissions: Granted<Permission>,
/// }
///
/// let profile = Profile { permissions: Granted::from([Permission::WriteOrders]) };
/// assert!(profile.permissions.contains(Permission::ReadOrders));
/// assert_eq!(serde_json::to_string(&profile)?, r#"{"permissions":["orders:write"]}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// It serializes as the list of the names that were granted. It deserializes from a list, or from one text with spaces
/// between the names. Names that the enum does not have are ignored.
///
/// # In tokens
///
/// The field must have the name of the claim, `permissions` unless `#[permissions(claim = "…")]` names another one.
/// Otherwise the rules of an [`Identity`](crate::Identity) would not find the permissions. `#[derive(Claims)]` checks
/// this.
///
/// A claim of the wrong type grants nothing and logs a warning. In a token of a
/// [trusted issuer](crate::guide::issuers), the set contains what the issuer's setting `permissions_claim` grants, and
/// is empty without that setting, whatever the token contains. This needs `#[derive(Claims)]` on the type with the
/// field; elsewhere, the set is empty.
pub struct Granted<P> {
    /// The granted permissions, without those that they imply.
    bits: u128,
    permissions: PhantomData<fn() -> P>,
}

impl<P: Permissions> Granted<P> {
    /// The empty set.
    pub const fn new() -> Self {
        Granted::of(0)
    }

    /// Whether the set grants the permission: it contains it, or another one that implies it.
    // The lint does not consider that most enums of permissions are not `Copy`.
    #[allow(clippy::needless_pass_by_value)]
    pub fn contains(&self, permission: P) -> bool {
        self.grants(permission.index())
    }

    /// Adds a permission. Returns whether it was not in the set.
    #[allow(clippy::needless_pass_by_value)]
    pub fn insert(&mut self, permission: P) -> bool {
        let before = self.bits;
        self.bits |= 1_u128.checked_shl(permission.index() as u32).unwrap_or(0);
        self.bits != before
    }

    /// The permissions that were granted, in the order of the enum. Permissions that are only implied are not included.
    pub fn iter(&self) -> impl Iterator<Item = &'static P> + use<P> {
        let bits = self.bits;
        P::ALL.iter().enumerate().filter(move |(index, _)| has(bits, *index)).map(|(_, permission)| permission)
    }

    /// All permissions that the set grants, in the order of the enum.
    pub fn all(&self) -> impl Iterator<Item = &'static P> + use<P> {
        let granted = *self;
        P::ALL.iter().enumerate().filter(move |(index, _)| granted.grants(*index)).map(|(_, permission)| permission)
    }

    /// Whether the set is empty.
    pub fn is_empty(&self) -> bool {
        self.bits == 0
    }

    fn names(&self) -> impl Iterator<Item = &'static str> + use<P> {
        let bits = self.bits;
        P::NAMES.iter().enumerate().filter(move |(index, _)| has(bits, *index)).map(|(_, name)| *name)
    }

    fn grants(&self, index: usize) -> bool {
        P::GRANTED_BY.get(index).is_some_and(|granted_by| self.bits & granted_by != 0)
    }
}

impl<P> Granted<P> {
    pub(crate) const fn of(bits: u128) -> Self {
        Granted { bits, permissions: PhantomData }
    }
}

fn has(bits: u128, index: usize) -> bool {
    bits.checked_shr(index as u32).is_some_and(|bits| bits & 1 == 1)
}

impl<P> Clone for Granted<P> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P> Copy for Granted<P> {}

impl<P> Default for Granted<P> {
    fn default() -> Self {
        Granted::of(0)
    }
}

impl<P> PartialEq for Granted<P> {
    fn eq(&self, other: &Self) -> bool {
        self.bits == other.bits
    }
}

impl<P> Eq for Granted<P> {}

/// Shows the names.
impl<P: Permissions> fmt::Debug for Granted<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}

impl<P: Permissions> FromIterator<P> for Granted<P> {
    fn from_iter<I: IntoIterator<Item = P>>(permissions: I) -> Self {
        let mut granted = Granted::new();
        granted.extend(permissions);
        granted
    }
}

impl<P: Permissions> Extend<P> for Granted<P> {
    fn extend<I: IntoIterator<Item = P>>(&mut self, permissions: I) {
        for permission in permissions {
            self.insert(permission);
        }
    }
}

impl<P: Permissions, const N: usize> From<[P; N]> for Granted<P> {
    fn from(permissions: [P; N]) -> Self {
        permissions.into_iter().collect()
    }
}

impl<P: Permissions> Serialize for Granted<P> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.names())
    }
}

impl<'de, P: Permissions> Deserialize<'de> for Granted<P> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bits = Names::<P>::deserialize(deserializer)?.0;
        match (Reading::current(), bits) {
            // Equal names in a token of another issuer are a coincidence.
            (Reading::IssuerToken, _) => Ok(Granted::default()),
            (Reading::OwnToken, None) => {
                log_wrong_type(P::CLAIM);
                Ok(Granted::default())
            }
            (_, Some(bits)) => Ok(Granted::of(bits)),
            (Reading::Other, None) => Err(D::Error::custom("permissions are a list of texts, or a text")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::reading::reading;
    use super::*;

    #[derive(Debug, PartialEq)]
    enum Permission {
        Read,
        Write,
    }

    impl Permissions for Permission {
        const ALL: &'static [Self] = &[Permission::Read, Permission::Write];
        const NAMES: &'static [&'static str] = &["read", "write"];
        const GRANTED_BY: &'static [u128] = &[0b11, 0b10];
        const CLAIM: &'static str = "permissions";

        fn index(&self) -> usize {
            match self {
                Permission::Read => 0,
                Permission::Write => 1,
            }
        }
    }

    #[test]
    fn granted_contains_what_is_implied_and_writes_what_was_granted() {
        let granted = Granted::from([Permission::Write]);
        assert!(granted.contains(Permission::Read) && granted.contains(Permission::Write));
        assert_eq!(granted.iter().collect::<Vec<_>>(), [&Permission::Write]);
        assert_eq!(granted.all().collect::<Vec<_>>(), [&Permission::Read, &Permission::Write]);
        assert_eq!(format!("{granted:?}"), r#"{"write"}"#);
        assert_eq!(serde_json::to_string(&granted).expect("JSON"), r#"["write"]"#);

        let granted = Granted::from([Permission::Read]);
        assert!(granted.contains(Permission::Read) && !granted.contains(Permission::Write));
    }

    #[test]
    fn granted_ignores_other_names() {
        let read = |text: &str| serde_json::from_str::<Granted<Permission>>(text).expect("permissions");
        assert_eq!(read(r#"["write","delete"]"#), Granted::from([Permission::Write]));
        assert_eq!(read(r#""delete read""#), Granted::from([Permission::Read]));
        assert_eq!(read(r#"["delete"]"#), Granted::new());
        assert!(serde_json::from_str::<Granted<Permission>>("1").is_err());
    }

    #[test]
    fn granted_in_a_token_is_empty_for_other_issuers_and_wrong_types() {
        let read = |what, text: &str| reading(what, || serde_json::from_str::<Granted<Permission>>(text)).ok();
        assert_eq!(read(Reading::OwnToken, r#"["read"]"#), Some(Granted::from([Permission::Read])));
        assert_eq!(read(Reading::OwnToken, "1"), Some(Granted::new()));
        assert_eq!(read(Reading::IssuerToken, r#"["read"]"#), Some(Granted::new()));
        assert_eq!(read(Reading::IssuerToken, r#"{"read":1}"#), Some(Granted::new()));
    }
}

//! The permissions of an application: the trait for its enum, sets of permissions, and reading them from a token.

mod claim_of;
mod declared;
mod declared_names;
mod field;
mod granted;
mod marker;
mod names;
mod read;
mod reading;

pub use self::claim_of::{AnyClaim, ClaimOf, is_claim};
pub use self::declared::Permissions;
pub(crate) use self::declared_names::DeclaredNames;
pub use self::field::PermissionsField;
pub use self::granted::Granted;
pub use self::marker::PermissionMarker;
pub(crate) use self::names::{NamesSeed, bit};
pub(crate) use self::read::{Found, read};
pub(crate) use self::reading::{Reading, log_wrong_type, reading};

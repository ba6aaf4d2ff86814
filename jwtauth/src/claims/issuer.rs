//! The claims of a trusted issuer's token: what the settings of the issuer say about them.

mod claim_path;
mod issuer_name;
mod permissions_claim;
mod raw_members;
mod read;
mod requirement;
mod rules;
mod userid_prefix;

pub use self::claim_path::ClaimPath;
pub(crate) use self::issuer_name::{IssuerName, TENANT, is_tenant};
pub(crate) use self::permissions_claim::{NamesInClaim, PermissionsClaim};
pub(crate) use self::raw_members::RawMembers;
pub(super) use self::read::{IssuerClaims, read};
pub use self::requirement::Requirement;
pub(crate) use self::rules::IssuerRules;
pub(crate) use self::userid_prefix::UserIdPrefix;

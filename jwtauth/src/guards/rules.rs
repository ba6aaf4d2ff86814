//! The rules of identities, one file each.

mod all;
mod any;
mod anyone;
mod permission;
mod permission_rule;
mod recent;
mod rule;

pub use self::any::Any;
pub use self::permission_rule::PermissionRule;
pub use self::recent::Recent;
pub use self::rule::Rule;

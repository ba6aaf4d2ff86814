//! The request guards, one file each.

mod anyone;
mod auth;
mod authorize;
mod cross_site;
mod guarded;
mod identify;
mod identity;
mod public;
mod require;
mod rules;
mod session;
mod typed_id;
mod visitor;

pub use self::anyone::Anyone;
pub use self::auth::Auth;
pub use self::cross_site::CrossSite;
pub use self::guarded::guarded;
pub use self::identity::Identity;
pub use self::public::Public;
pub use self::rules::{Any, PermissionRule, Recent, Rule};
pub use self::session::Session;
pub use self::visitor::Visitor;

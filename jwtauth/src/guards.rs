//! The request guards, one file each, and the check of a token outside of a request.

mod anyone;
mod auth;
mod authorize;
mod carried;
mod confirming;
mod cross_site;
mod guarded;
mod identify;
mod identity;
mod login_info;
mod public;
mod require;
mod rules;
mod session;
mod typed_id;
mod verifying;
mod visitor;

pub use self::anyone::Anyone;
pub use self::auth::Auth;
pub use self::carried::Carried;
pub use self::confirming::Confirming;
pub use self::cross_site::CrossSite;
pub use self::guarded::guarded;
pub use self::identity::Identity;
pub use self::login_info::LoginInfo;
pub use self::public::Public;
pub use self::rules::{Any, PermissionRule, Recent, Rule};
pub use self::session::Session;
pub use self::verifying::Verifying;
pub use self::visitor::Visitor;

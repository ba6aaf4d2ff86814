//! The request guards, one file each.

mod auth;
mod cross_site;
mod identify;
mod identity;
mod session;
mod visitor;

pub use self::auth::Auth;
pub use self::cross_site::CrossSite;
pub use self::identity::Identity;
pub use self::session::Session;
pub use self::visitor::Visitor;

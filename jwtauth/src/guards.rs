//! The request guards, one file each.

mod auth;
mod identity;
mod session;
mod visitor;

pub use self::auth::Auth;
pub use self::identity::Identity;
pub use self::session::Session;
pub use self::visitor::Visitor;

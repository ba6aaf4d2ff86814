//! The request guards, one file each.

mod auth;
mod carried;
mod identity;
mod login_info;
mod session;
mod visitor;

pub use self::auth::Auth;
pub use self::carried::Carried;
pub use self::identity::Identity;
pub use self::login_info::LoginInfo;
pub use self::session::Session;
pub use self::visitor::Visitor;

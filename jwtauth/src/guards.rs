//! The request guards, one file each, and the check of a token outside of a request.

mod auth;
mod carried;
mod cross_site;
mod identify;
mod identity;
mod login_info;
mod session;
mod verifying;
mod visitor;

pub use self::auth::Auth;
pub use self::carried::Carried;
pub use self::cross_site::CrossSite;
pub use self::identity::Identity;
pub use self::login_info::LoginInfo;
pub use self::session::Session;
pub use self::verifying::Verifying;
pub use self::visitor::Visitor;

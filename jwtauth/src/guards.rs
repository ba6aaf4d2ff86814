//! The request guards, one file each.

mod auth;
mod carried;
mod cross_site;
mod identify;
mod identity;
mod login_info;
mod session;
mod visitor;

pub use self::auth::Auth;
pub use self::carried::Carried;
pub use self::cross_site::CrossSite;
pub use self::identity::Identity;
pub use self::login_info::LoginInfo;
pub use self::session::Session;
pub use self::visitor::Visitor;

//! Refreshing: the rules with and without sessions, the guard, and the refresh endpoint.

mod endpoint;
mod gate;
mod nonce;
mod refreshing;
mod refreshing_of;
mod renewing;
mod rules;
mod sessions;
mod stateless;
mod userid;

pub use self::endpoint::{Loaded, Reissued, loading, refuse, reissue};
pub use self::gate::gate;
pub(crate) use self::refreshing::login_in_question;
pub use self::refreshing::{Refreshing, verify_refresh_request};
pub use self::refreshing_of::{RefreshEndpoint, RefreshingOf};
pub use self::renewing::Renewing;
pub use self::userid::{UserId, userid};

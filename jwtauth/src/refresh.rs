//! Refreshing: the rules with and without sessions, the guard, and the refresh endpoint.

mod endpoint;
mod endpoints;
mod gate;
mod loader_guard;
mod nonce;
mod refreshing;
mod refreshing_of;
mod renewal;
mod renewing;
mod rules;
mod sessions;
mod stateless;
mod userid;

pub use self::endpoint::{Loaded, LoginRenewal, Reissued, cannot_renew, loading, refuse, reissue};
pub(crate) use self::endpoints::Endpoints;
pub use self::gate::gate;
pub use self::loader_guard::{AskGuard, AskNothing, LoaderGuard};
pub(crate) use self::refreshing::login_in_question;
pub use self::refreshing::{Refreshing, verify_refresh_request};
pub use self::refreshing_of::{RefreshEndpoint, RefreshingOf};
pub(crate) use self::renewal::renew_login;
pub use self::renewing::Renewing;
pub use self::userid::{UserId, userid};

//! The rules of refreshing, without sessions and with them.

mod endpoint;
mod nonce;
pub(crate) mod refreshing;
mod sessions;

pub use self::endpoint::{RefreshEndpoint, RefreshingOf};
pub use self::nonce::RefreshNonceHandler;
pub use self::nonce::{Nonce, NonceFuture};
pub use self::refreshing::{Refreshing, verify_refresh_request};

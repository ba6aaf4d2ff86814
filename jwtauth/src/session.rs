//! Sessions: refresh tokens that rotate, and logins that can be ended.

mod advance;
mod error;
mod events;
mod fault;
#[cfg(feature = "session-file")]
mod file;
mod flow;
mod guard;
mod id;
mod keeper;
mod known;
mod manage;
mod memory;
#[cfg(feature = "session-postgres")]
mod postgres;
mod purge;
mod record;
#[cfg(feature = "session-redis")]
mod redis;
mod refresh_token_keys;
mod register;
mod store;
mod terms;
#[cfg(any(feature = "session-postgres", feature = "session-redis"))]
mod tls;
mod token;
mod url;

pub use self::advance::{Advance, Advanced};
pub use self::error::StoreError;
pub use self::events::{EndReason, SessionEvents};
#[cfg(test)]
pub(crate) use self::fault::StoreFault;
#[cfg(feature = "session-file")]
pub use self::file::FileStore;
pub(crate) use self::flow::{Spending, refreshable};
pub use self::guard::Session;
pub use self::id::{InvalidSessionId, SessionId};
pub(crate) use self::keeper::Keeper;
pub use self::memory::MemoryStore;
#[cfg(feature = "session-postgres")]
pub use self::postgres::PostgresStore;
pub(crate) use self::purge::purge_hourly;
pub use self::record::SessionRecord;
use self::record::label;
#[cfg(feature = "session-redis")]
pub use self::redis::RedisStore;
pub(crate) use self::refresh_token_keys::RefreshTokenKeys;
pub use self::store::SessionStore;
pub(crate) use self::token::RefreshTokenKey;
pub(crate) use self::url::StoreUrl;

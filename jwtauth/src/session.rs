//! Sessions: refresh tokens that rotate, and logins that can be ended.

mod advance;
mod error;
#[cfg(feature = "session-file")]
mod file;
mod id;
mod memory;
#[cfg(feature = "session-postgres")]
mod postgres;
mod record;
#[cfg(feature = "session-redis")]
mod redis;
mod store;
mod token;
mod url;

pub use self::advance::{Advance, Advanced};
pub use self::error::StoreError;
#[cfg(feature = "session-file")]
pub use self::file::FileStore;
pub use self::id::{InvalidSessionId, SessionId};
pub use self::memory::MemoryStore;
#[cfg(feature = "session-postgres")]
pub use self::postgres::PostgresStore;
pub use self::record::SessionRecord;
pub(crate) use self::record::label;
#[cfg(feature = "session-redis")]
pub use self::redis::RedisStore;
pub use self::store::SessionStore;
pub(crate) use self::token::RefreshTokens;
pub(crate) use self::url::StoreUrl;

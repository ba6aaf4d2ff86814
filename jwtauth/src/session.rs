//! Sessions: rotating refresh tokens, and logins that the application can end.

mod announcer;
mod completion;
mod error;
mod events;
mod lifetime;
mod liveness;
mod manager;
mod proof;
mod purge;
mod record;
mod refresh_outcome;
mod refresh_step;
mod refresh_token;
mod refresh_token_keys;
mod settings;
mod store;
pub(crate) mod stores;

pub use self::error::StoreError;
pub use self::events::{EndReason, SessionEvents};
pub(crate) use self::manager::SessionManager;
pub(crate) use self::purge::purge_hourly;
pub use self::record::SessionRecord;
pub(crate) use self::record::label;
pub use self::refresh_outcome::RefreshOutcome;
pub use self::refresh_step::RefreshStep;
pub(crate) use self::refresh_token::RefreshTokenKey;
pub(crate) use self::settings::SessionSettings;
pub use self::store::SessionStore;
pub(crate) use self::stores::fault::StoreFault;
#[cfg(feature = "session-file")]
pub use self::stores::file::FileStore;
pub use self::stores::memory::MemoryStore;
#[cfg(feature = "session-postgres")]
pub use self::stores::postgres::PostgresStore;
#[cfg(feature = "session-redis")]
pub use self::stores::redis::RedisStore;
pub(crate) use self::stores::url::StoreUrl;

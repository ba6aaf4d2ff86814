//! Sessions: refresh tokens that rotate, and logins that can be ended.

mod advance;
mod error;
mod id;
mod memory;
mod record;
mod store;
mod token;
mod url;

pub use self::advance::{Advance, Advanced};
pub use self::error::StoreError;
pub use self::id::{InvalidSessionId, SessionId};
pub use self::memory::MemoryStore;
pub use self::record::SessionRecord;
pub(crate) use self::record::label;
pub use self::store::SessionStore;
pub(crate) use self::token::RefreshTokens;
pub(crate) use self::url::StoreUrl;

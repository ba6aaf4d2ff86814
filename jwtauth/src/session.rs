//! Sessions: refresh tokens that rotate, and logins that can be ended.

mod advance;
mod error;
mod events;
mod flow;
mod guard;
mod id;
mod keeper;
mod known;
mod manage;
mod memory;
mod purge;
mod record;
mod store;
mod token;
mod url;

pub use self::advance::{Advance, Advanced};
pub use self::error::StoreError;
pub use self::events::{EndReason, SessionEvents};
pub(crate) use self::flow::{Spending, refreshable};
pub use self::guard::Session;
pub use self::id::{InvalidSessionId, SessionId};
pub(crate) use self::keeper::Keeper;
pub use self::memory::MemoryStore;
pub(crate) use self::purge::purge_hourly;
pub use self::record::SessionRecord;
use self::record::label;
pub use self::store::SessionStore;
use self::token::RefreshTokens;
pub(crate) use self::url::StoreUrl;

//! Issuing tokens, and the responses of login and logout routes.

mod delivery;
mod issuing;
mod logged_out;
mod login;
mod login_facts;
mod minter;
mod new_login;
mod nonce;
mod nonce_outcome;
mod progress;
mod session;
mod tokens;
mod userid_types;

pub(crate) use self::delivery::Delivery;
pub use self::issuing::Issuing;
pub use self::logged_out::LoggedOut;
pub(crate) use self::login::Login;
pub(crate) use self::login_facts::LoginFacts;
pub(crate) use self::minter::{Minter, not_issued};
pub(crate) use self::new_login::{IssueTokens, NewLogin};
pub use self::nonce::{Nonce, NonceFuture, RefreshNonceHandler, nonce_handler};
pub use self::nonce_outcome::{NonceOutcome, nonce_guard, nonce_is};
pub(crate) use self::progress::Progress;
pub(crate) use self::session::begin_session;
pub use self::tokens::Tokens;
pub(crate) use self::userid_types::{UserIdType, UserIdTypes};

//! The responses to refused requests.

mod catchers;
pub(crate) mod challenge;
pub(crate) mod cookies;
mod errors;
mod login_page;
pub(crate) mod refusal;
mod tokens;

pub(crate) use self::catchers::are_registered;
pub use self::catchers::catchers;
pub use self::tokens::WithTokens;

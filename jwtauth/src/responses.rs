//! The responses to refused requests.

mod catchers;
pub(crate) mod challenge;
pub(crate) mod cookies;
mod errors;
mod login_page;
mod open_route;
pub(crate) mod refusal;
mod tokens;

pub(crate) use self::catchers::are_registered;
pub use self::catchers::catchers;
pub(crate) use self::open_route::OpenRouteWarnings;
pub use self::tokens::WithTokens;

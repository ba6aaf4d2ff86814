//! The responses to refused requests.

mod catchers;
pub(crate) mod challenge;
mod errors;
pub(crate) mod refusal;

pub use self::catchers::catchers;

//! What responses say of a refusal.

mod catchers;
pub(crate) mod challenge;
mod errors;

pub use self::catchers::catchers;

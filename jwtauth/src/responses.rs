//! What responses say of a refusal.

mod catchers;
pub(crate) mod refusal;

pub use self::catchers::catchers;

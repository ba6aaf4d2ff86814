//! What responses say of a refusal.

mod catchers;

pub use self::catchers::catchers;

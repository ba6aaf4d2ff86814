//! What a login and a logout answer with.

pub(crate) mod issuing;
mod logged_out;
mod tokens;
mod userid_types;

pub use self::issuing::Issuing;
pub use self::logged_out::Forget;
pub use self::tokens::Tokens;
pub(crate) use self::userid_types::{UserIdType, UserIdTypes};

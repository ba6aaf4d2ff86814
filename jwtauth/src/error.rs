//! Error types. They do not depend on requests. `responses` turns them into HTTP responses.

mod auth;
mod carried;
mod claims;
mod facts;
mod key;
mod reason;
mod refresh;
mod token;

pub use self::auth::AuthError;
pub use self::carried::CarriedError;
pub use self::claims::ClaimsError;
pub use self::facts::Facts;
pub use self::key::KeyError;
pub use self::refresh::RefreshError;
pub use self::token::TokenError;

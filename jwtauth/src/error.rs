//! Why something failed. These types know nothing of requests: `responses` makes answers of them.

mod auth;
mod carried;
mod claims;
mod key;
mod reason;
mod refresh;
mod token;

pub use self::auth::AuthError;
pub use self::carried::CarriedError;
pub use self::claims::ClaimsError;
pub use self::key::KeyError;
pub use self::refresh::RefreshError;
pub use self::token::TokenError;

mod auth;
mod key;
mod reason;
mod refresh;
mod token;

pub use self::auth::AuthError;
pub use self::key::KeyError;
pub use self::refresh::RefreshError;
pub use self::token::TokenError;

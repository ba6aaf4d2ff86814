mod auth;
mod refresh;
mod token;

pub use self::auth::AuthError;
pub use self::refresh::RefreshError;
pub use self::token::TokenError;

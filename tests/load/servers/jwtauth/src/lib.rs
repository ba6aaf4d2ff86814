//! What the server and the program that mints its tokens share.

use jwtauth::Claims;
use serde::{Deserialize, Serialize};

/// The application's claims.
#[derive(Serialize, Deserialize, Claims)]
pub struct Profile {
    pub nickname: String,
    pub role: String,
}

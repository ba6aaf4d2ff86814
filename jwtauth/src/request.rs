//! The token of a request: its header, its verification, and the state that is kept per request.

mod bearer;
mod cookie;
pub(crate) mod cookie_state;
pub(crate) mod credential;
pub(crate) mod cross_origin;
mod header;
mod identify;
mod login_origin;
mod logout;
mod set_cookies;
mod source;
pub(crate) mod state;

pub(crate) use self::identify::{Obstacle, Origins, check_origin, identify, identify_at_once};
pub(crate) use self::login_origin::check_login_origin;
pub(crate) use self::logout::{end_session_of_cookies, logout};
pub(crate) use self::set_cookies::set_cookies;
pub(crate) use self::source::Source;

//! The token of a request: its header, its verification, and the state that is kept per request.

pub(crate) mod bearer;
mod identify;
mod logout;
pub(crate) mod state;

pub(crate) use self::identify::identify;
pub(crate) use self::logout::logout;

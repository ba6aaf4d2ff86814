//! Where a request carries its token, the check of it, and what is kept per request.

pub(crate) mod bearer;
mod identify;
mod logout;
pub(crate) mod state;

pub(crate) use self::identify::identify;
pub(crate) use self::logout::logout;

//! Where a request carries its token, the check of it, and what is kept per request.

pub(crate) mod bearer;
mod identify;
pub(crate) mod state;

pub(crate) use self::identify::identify;

//! Where a request carries its token, and what is known of a request.

pub(crate) mod bearer;
pub(crate) mod state;

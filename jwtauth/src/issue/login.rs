use super::delivery::Delivery;
use crate::claims::LoginClaims;

/// The login that an access token is issued for.
#[derive(Clone, Copy)]
pub(crate) struct Login<'l> {
    pub(crate) claims: LoginClaims<'l>,
    pub(crate) delivery: Delivery,
}

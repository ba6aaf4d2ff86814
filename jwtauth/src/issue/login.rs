use super::delivery::Delivery;
use crate::claims::{LoginClaims, SessionId};

/// The login that an access token is issued for. See [`LoginClaims`].
#[derive(Clone, Copy)]
pub(crate) struct Login<'l> {
    pub(crate) userid: &'l str,
    pub(crate) auth_time: Option<u64>,
    pub(crate) login_time: Option<u64>,
    pub(crate) nonce: Option<&'l str>,
    /// The session, and the generation that is handed out.
    pub(crate) session: Option<(SessionId, u64)>,
    pub(crate) carried: Option<&'l str>,
    pub(crate) delivery: Delivery,
}

impl<'l> Login<'l> {
    /// A login that takes place now, without a nonce and a session, and that carries nothing.
    pub(crate) fn of(userid: &'l str) -> Self {
        let (auth_time, login_time) = (None, None);
        Login { userid, auth_time, login_time, nonce: None, session: None, carried: None, delivery: Delivery::Body }
    }

    pub(super) fn claims(&self) -> LoginClaims<'l> {
        let Login { userid, auth_time, login_time, nonce, session, carried, .. } = *self;
        LoginClaims { userid, auth_time, login_time, nonce, session, carried }
    }
}

use super::delivery::Delivery;
use crate::claims::SessionId;

/// The login that an access token is issued for.
#[derive(Clone, Copy)]
pub(crate) struct Login<'l> {
    pub(crate) userid: &'l str,
    /// `None` means now.
    pub(crate) auth_time: Option<u64>,
    pub(crate) nonce: Option<&'l str>,
    /// The session, and the generation that is handed out.
    pub(crate) session: Option<(SessionId, u64)>,
    pub(crate) delivery: Delivery,
}

impl<'l> Login<'l> {
    /// A login that takes place now, without a nonce and a session.
    pub(crate) fn of(userid: &'l str) -> Self {
        Login { userid, auth_time: None, nonce: None, session: None, delivery: Delivery::Body }
    }
}

use super::session_id::SessionId;

/// The login that an access token is issued for.
#[derive(Clone, Copy)]
pub(crate) struct Login<'l> {
    pub(crate) userid: &'l str,
    /// When the user last proved to be one. `None`: now.
    pub(crate) auth_time: Option<u64>,
    /// When the login was, if it was not at `auth_time`.
    pub(crate) login_time: Option<u64>,
    pub(crate) nonce: Option<&'l str>,
    pub(crate) sid: Option<SessionId>,
    /// What the login carries, as JSON.
    pub(crate) carried: Option<&'l str>,
}

impl<'l> Login<'l> {
    /// A login that takes place now, without a nonce and a session, and that carries nothing.
    pub(crate) fn of(userid: &'l str) -> Self {
        Login { userid, auth_time: None, login_time: None, nonce: None, sid: None, carried: None }
    }
}

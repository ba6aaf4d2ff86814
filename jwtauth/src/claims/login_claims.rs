use super::session_id::SessionId;

/// What an access token says of its login.
#[derive(Clone, Copy)]
pub(crate) struct LoginClaims<'l> {
    pub(crate) userid: &'l str,
    /// When the user was authenticated. `None` means now.
    pub(crate) auth_time: Option<u64>,
    /// When the login was, if it was not at `auth_time`.
    pub(crate) login_time: Option<u64>,
    pub(crate) nonce: Option<&'l str>,
    /// The session, and the generation that is handed out.
    pub(crate) session: Option<(SessionId, u64)>,
    /// What the login carries, as JSON.
    pub(crate) carried: Option<&'l str>,
}

impl<'l> LoginClaims<'l> {
    /// A login that takes place now, without a nonce and a session, and that carries nothing.
    pub(crate) fn of(userid: &'l str) -> Self {
        LoginClaims { userid, auth_time: None, login_time: None, nonce: None, session: None, carried: None }
    }
}

//! The claims about a login in a new access token, and until when it can be refreshed.

use super::session_id::SessionId;

/// The time in which an access token can be refreshed, without sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RefreshWindow {
    /// `refresh_delta` from now on.
    New,
    /// At most that of an earlier token of the login: its `refresh_until`, if it has one.
    Kept(Option<u64>),
    /// No time at all.
    Closed,
}

/// The facts about a login in an access token.
#[derive(Clone, Copy)]
pub(crate) struct LoginClaims<'l> {
    pub(crate) userid: &'l str,
    /// When the user was authenticated. `None` means now.
    pub(crate) auth_time: Option<u64>,
    /// The time of the login, if it differs from `auth_time`.
    pub(crate) login_time: Option<u64>,
    pub(crate) nonce: Option<&'l str>,
    pub(crate) refresh_window: RefreshWindow,
    /// The session, and the generation that the client gets.
    pub(crate) session: Option<(SessionId, u64)>,
    /// The data of the login, as JSON.
    pub(crate) carried: Option<&'l str>,
}

impl<'l> LoginClaims<'l> {
    /// A login at the current time, without a nonce, a session and data.
    pub(crate) fn of(userid: &'l str) -> Self {
        LoginClaims {
            userid,
            auth_time: None,
            login_time: None,
            nonce: None,
            refresh_window: RefreshWindow::New,
            session: None,
            carried: None,
        }
    }
}
